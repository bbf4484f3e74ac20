/** simulation/faults.ts: every kind of fault begins, ends by itself, and ends at once when healed. */
import { expect } from 'chai';
import { VirtualClock } from '../../simulation/clock.ts';
import { Nemesis, type Victim } from '../../simulation/faults.ts';
import { Network, perfectNetwork } from '../../simulation/network.ts';
import { faultKinds, type FaultKind } from '../../simulation/options.ts';
import { randomFrom } from '../../simulation/random.ts';
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
  const disks = new Map(servers.map((id) => [id, new MemoryDisk('test', crc32)]));
  const network = new Network(servers, perfectNetwork, {
    clock,
    random: randomFrom(1),
    deliver: () => undefined,
    linkClosed: () => done.add('linkClosed'),
  });
  const victim: Victim = {
    servers,
    clock,
    network,
    leader: () => 'a',
    disk: (id) => {
      done.add('disk');
      return disks.get(id) as MemoryDisk;
    },
    crash: (id) => void (down.add(id), done.add('crash')),
    start: (id) => void (down.delete(id), done.add('start')),
    pause: () => done.add('pause'),
    resume: () => done.add('resume'),
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
    [...disks.values()].every((disk) => !disk.stalled && !disk.failNextSync);
  return { clock, victim, done, blocked, isWhole };
}

const marks: Readonly<Record<FaultKind, readonly string[]>> = {
  crash: ['crash', 'start'],
  powerCut: ['crash', 'start'],
  pause: ['pause', 'resume'],
  partition: ['linkClosed'],
  oneWay: ['linkClosed'],
  cut: ['linkClosed'],
  diskStall: ['disk'],
  diskFail: ['disk', 'start'],
};

describe('simulation: faults', () => {
  for (const kind of faultKinds) {
    it(`${kind}: comes about as often as its rate says, and goes`, () => {
      const { clock, victim, done, isWhole } = aVictim();
      const nemesis = new Nemesis(victim, randomFrom(7));
      nemesis.start({ [kind]: { everyMs: 100, lastsMs: 10 } });
      clock.runUntil(100 * rounds);
      expect(nemesis.injected[kind]).to.be.within(rounds * 0.6, rounds * 1.6);
      expect([...done]).to.include.members([...marks[kind]]);
      nemesis.heal();
      expect(isWhole()).to.equal(true);
    });
  }

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
