/**
 * simulation/faults/faults.ts: every kind of fault begins, ends by itself, and ends at once when
 * healed.
 */
import { expect } from 'chai';
import { VirtualClock } from '../../simulation/clock.ts';
import { Nemesis } from '../../simulation/faults/faults.ts';
import { Network, perfectNetwork } from '../../simulation/network.ts';
import { faultKinds, type FaultKind } from '../../simulation/options/fault-options.ts';
import { drawOptions } from '../../simulation/options/options.ts';
import { randomFrom } from '../../simulation/random.ts';
import { allowedBy } from '../../simulation/options/schedule.ts';
import { effects, type Victim } from '../../simulation/faults/victim.ts';
import { crc32 } from '../../storage/crc32.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';

const servers = ['a', 'b', 'c'];
/** Faults of a kind in one test, about. */
const rounds = 10;

/** Three servers that note what is done to them. */
function aVictim() {
  const clock = new VirtualClock();
  const down = new Set<string>();
  const done = new Set<string>();
  let lagging = 0;
  let deaf = 0;
  const disks = new Map(servers.map((id) => [id, new MemoryDisk('test', crc32)]));
  const network = new Network(servers, perfectNetwork, {
    clock,
    random: randomFrom(1),
    deliver: () => undefined,
    linkClosed: () => done.add('linkClosed'),
  });
  const loseReplies = network.loseReplies.bind(network);
  network.loseReplies = (server, lost) => {
    done.add('repliesLost');
    loseReplies(server, lost);
  };
  let late = 0;
  const delayVotes = network.delayVotes.bind(network);
  network.delayVotes = (mostMs) => {
    done.add('votesLate');
    late += 1;
    const onTime = delayVotes(mostMs);
    return () => {
      late -= 1;
      onTime();
    };
  };
  const slowDown = network.slowDown.bind(network);
  network.slowDown = (from, to, mostMs) => {
    done.add('slow');
    late += 1;
    const onTime = slowDown(from, to, mostMs);
    return () => {
      late -= 1;
      onTime();
    };
  };
  const loseEntries = network.loseEntries.bind(network);
  network.loseEntries = (from, to, lost) => {
    done.add('entriesLost');
    late += lost ? 1 : -1;
    loseEntries(from, to, lost);
  };
  const short = new Set<string>();
  const victim: Victim = {
    servers,
    clock,
    network,
    leader: () => 'a',
    configuration: () => ({ voters: servers, outgoing: [], learners: [] }),
    isCandidate: (id) => id === 'b',
    disk: (id) => {
      done.add('disk');
      return disks.get(id) as MemoryDisk;
    },
    crash: (id) => void (down.add(id), done.add('crash')),
    start: (id) => void (down.delete(id), done.add('start')),
    space: (id, enough) => {
      if (enough) short.delete(id);
      else short.add(id);
      done.add('space');
    },
    pause: () => done.add('pause'),
    resume: () => done.add('resume'),
    transfer: () => done.add('transfer'),
    lag: (lagMs) => void ((lagging = lagMs), done.add('lag')),
    loseAnswers: (lost) => void ((deaf += lost ? 1 : -1), done.add('answersLost')),
    note: () => undefined,
  };
  /** Links on which a message gets lost now. */
  const blocked = (): number => {
    const { lost } = network.counts;
    for (const from of servers) {
      for (const to of servers) {
        network.send({ type: 'rpc.requestVoteReply', from, to, term: 1, voteGranted: true });
      }
    }
    return network.counts.lost - lost;
  };
  const isWhole = (): boolean =>
    down.size === 0 &&
    blocked() === 0 &&
    lagging === 0 &&
    short.size === 0 &&
    deaf === 0 &&
    late === 0 &&
    [...disks.values()].every((disk) => !disk.stalled && !disk.failNextSync) &&
    [...disks.values()].every((disk) => !disk.full && !disk.rotten);
  return { clock, victim, done, blocked, isWhole };
}

const marks: Readonly<Record<FaultKind, readonly string[]>> = {
  transfer: ['transfer'],
  crash: ['crash', 'start'],
  powerCut: ['crash', 'start'],
  pause: ['pause', 'resume'],
  pauseAfterSend: ['pause', 'resume'],
  partition: ['linkClosed'],
  oneWay: ['linkClosed'],
  cut: ['linkClosed'],
  diskStall: ['disk'],
  diskFail: ['disk', 'start'],
  crashAtEffect: ['crash', 'start'],
  applyLag: ['lag'],
  bridge: ['linkClosed'],
  isolateAfterAppend: ['linkClosed'],
  repliesLost: ['answersLost', 'repliesLost'],
  diskFull: ['disk', 'start'],
  diskShort: ['space'],
  bitRot: ['crash', 'disk', 'start'],
  doubt: ['crash', 'disk', 'start'],
  votesLate: ['crash', 'votesLate', 'start'],
  campaignAlone: ['linkClosed'],
  answersLate: ['linkClosed', 'slow'],
  slowFollower: ['slow'],
  promisersRestart: ['crash', 'entriesLost', 'start'],
};

describe('simulation: faults', () => {
  for (const kind of faultKinds) {
    it(`${kind}: comes about as often as its rate says, and goes`, () => {
      const { clock, victim, done, isWhole } = aVictim();
      const nemesis = new Nemesis(victim, randomFrom(7));
      // Servers are busy all the time, so that a fault which waits for its moment soon has it.
      const busy = (): void => {
        for (const effect of effects) for (const server of servers) nemesis.reached(server, effect);
        clock.setTimeout(busy, 1);
      };
      busy();
      nemesis.start({ [kind]: { everyMs: 100, lastsMs: 10 } });
      clock.runUntil(100 * rounds);
      // Here doubt never ends, so that only one server may be struck by it.
      const least = kind === 'doubt' ? 1 : rounds * 0.6;
      expect(nemesis.injected[kind]).to.be.within(least, rounds * 1.6);
      expect([...done]).to.include.members([...marks[kind]]);
      nemesis.heal();
      expect(isWhole()).to.equal(true);
    });
  }

  it('doubt: never so many doubtful servers that the others could not elect a leader', () => {
    const { clock, victim } = aVictim();
    const nemesis = new Nemesis(victim, randomFrom(5));
    nemesis.start({ doubt: { everyMs: 10, lastsMs: 5 } });
    clock.runUntil(1_000);
    const doubtful = servers.filter((id) => victim.disk(id).durableVote.trust === 'doubtful');
    expect(doubtful).to.have.length(1);
    expect(nemesis.decisions.length, 'the same server, again and again').to.be.above(1);
  });

  it('leaves out what a schedule leaves out, and all else happens as before', () => {
    const run = (leftOut: string | null) => {
      const { clock, victim } = aVictim();
      const allowed = { ...allowedBy(undefined), fault: (name: string) => name !== leftOut };
      const nemesis = new Nemesis(victim, randomFrom(5), allowed);
      nemesis.start({ crash: { everyMs: 10, lastsMs: 5 }, partition: { everyMs: 10, lastsMs: 5 } });
      clock.runUntil(100);
      return nemesis.decisions;
    };
    const all = run(null);
    expect(run('crash/3')).to.deep.equal(all.filter(({ name }) => name !== 'crash/3'));
    expect(all.map(({ name }) => name)).to.include('crash/3');
  });

  it('draws no fault for which the cluster is too small', () => {
    const drawn = (size: number): Set<string> =>
      new Set(
        Array.from({ length: 60 }, (_, seed) => Object.keys(drawOptions(seed, size).faults)).flat(),
      );
    expect([...drawn(1)]).not.to.include('partition');
    expect([...drawn(2)])
      .to.include('partition')
      .and.not.include('doubt');
    expect([...drawn(3)]).to.have.members([...faultKinds]);
  });

  it('splits the cluster while a partition lasts, and heals at once', () => {
    const { clock, victim, blocked, isWhole } = aVictim();
    const nemesis = new Nemesis(victim, randomFrom(3));
    nemesis.start({ partition: { everyMs: 10, lastsMs: 1_000_000 } });
    clock.runUntil(200);
    expect(blocked()).to.be.above(0);
    nemesis.heal();
    expect(isWhole()).to.equal(true);
    clock.runUntil(10_000);
    expect(isWhole(), 'nothing begins after healing').to.equal(true);
  });
});
