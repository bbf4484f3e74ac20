/**
 * Pure steps are what the running actors do: the same events, in a random, seeded order, lead a real
 * replica and a purely stepped server to the same states, the same children and the same messages.
 */
import { expect } from 'chai';
import type { Message, Term } from '../../machines/messages.ts';
import { linkMachine } from '../../machines/link.machine.ts';
import { randomFrom, type Random } from '../../simulation/random.ts';
import { createStepper, timerEvent } from '../../simulation/stepper.ts';
import { HeldReplica, withLines } from '../support/held-replica.ts';
import { PureCluster } from '../support/pure-cluster.ts';
import {
  appendEntries,
  appendReply,
  command,
  preVote,
  preVoteReply,
  requestVote,
  voteReply,
} from '../support/step.ts';

const eventsPerRun = 80;
const lastTerm = 9;
const serverTimers = [
  ...[
    'electionTimeout.server.role.follower.contact.leaderless',
    'freshness.server.role.follower.contact.fresh',
  ],
  ...[
    'staleness.server.role.follower.contact.stale',
    'suspicion.server.role.follower.contact.suspecting',
  ],
  ...['electionTimeout.server.role.preCandidate', 'electionTimeout.server.role.candidate'],
  'quorumCheck.server.role.leader.quorum.watching',
].map((timer) => `xstate.after.${timer}`);
const heartbeat = 'xstate.after.heartbeat.replicator.pulse.beating';

/** What the leader of each term has in its log: some of an older leader's, then entries of its own. */
function someHistories(random: Random): Term[][] {
  const histories: Term[][] = [[], [1]];
  for (let term = 2; term <= lastTerm; term += 1) {
    const older = random.pick(histories);
    const kept = older.slice(0, random.int(0, older.length));
    histories.push([...kept, ...Array<Term>(random.int(1, 3)).fill(term)]);
  }
  return histories;
}

/** A message to `a` that might be sent in about this term. */
function someMessage(random: Random, currentTerm: Term, histories: Term[][]): Message {
  const term = Math.min(lastTerm, Math.max(1, currentTerm + random.int(-1, 1)));
  const from = random.pick(['b', 'c']);
  const log = histories[term] ?? [];
  const at = random.int(0, log.length);
  const index = random.int(0, 6);
  const last = { lastLogIndex: log.length, lastLogTerm: log.at(-1) ?? 0 };
  const voteGranted = random.chance(0.8);
  switch (random.int(0, 6)) {
    case 0:
    case 1: {
      const prev = [at, log[at - 1] ?? 0] as const;
      const entries = log.slice(at, random.int(at, log.length));
      return withLines(appendEntries({ from, term, prev, entries, last: log.length }), log);
    }
    case 2:
      return requestVote({ from, term, ...last });
    case 3:
      return preVote({ from, term, ...last });
    case 4:
      return voteReply({ from, term, voteGranted });
    case 5:
      return preVoteReply({ from, term, voteGranted });
    default: {
      const about = { refusedIndex: index, hintIndex: random.int(0, index), hintTerm: term - 1 };
      return random.chance(0.7)
        ? appendReply({ from, term, matchIndex: 0, round: random.int(0, 2) })
        : appendReply({ from, term, success: false, ...about });
    }
  }
}

/** Everything that there is to compare; bytes are counted differently, payloads not at all. */
function compare(held: HeldReplica, pure: PureCluster, trail: string): void {
  const { value, context, children } = held.replica.server.getSnapshot();
  const family = pure.family('a');
  expect(family.server.value, trail).to.deep.equal(value);
  expect({ ...family.server.context, window: 0 }, trail).to.deep.equal({ ...context, window: 0 });
  const live = Object.entries(children).filter(([id]) => id.startsWith('replicator.'));
  expect(Object.keys(family.replicators), trail).to.have.members(live.map(([id]) => id));
  for (const [id, child] of live) {
    const stepped = family.replicators[id as `replicator.${string}`];
    expect(described(stepped), `${trail}: ${id}`).to.deep.equal(described(child?.getSnapshot()));
  }
}

function described(snapshot: unknown) {
  const { value, context } = snapshot as {
    value: object;
    context: { nextIndex: number; matchIndex: number; round: number; inflight: object[] };
  };
  const { nextIndex, matchIndex, round, inflight } = context;
  return { value, nextIndex, matchIndex, round, frames: inflight.length };
}

const spoken = (messages: readonly Message[]) =>
  messages.map((message) => JSON.stringify({ ...message, payload: null })).sort();

function run(seed: number): Set<string> {
  const random = randomFrom(seed);
  const histories = someHistories(random);
  const held = new HeldReplica().start();
  const pure = new PureCluster(1, { a: [], b: [], c: [] });
  const roles = new Set<string>();
  let trail = `seed ${seed}`;
  for (let i = 0; i < eventsPerRun && held.role !== 'failed'; i += 1) {
    const said = pure.sent.length;
    held.take();
    const { server } = held.replica;
    const choice = random.int(0, 9);
    if (choice < 3) {
      const timer = random.pick(serverTimers);
      trail += `\n${timer}`;
      server.send(timerEvent(timer));
      pure.fire('a', timer);
    } else if (choice === 3) {
      const peer = random.pick(['b', 'c']);
      trail += `\nlink of ${peer} closed`;
      held.replica.linkClosed(peer);
      pure.hear('a', { type: 'link.closed', peer });
    } else if (choice === 4) {
      trail += '\na command';
      held.submit({ id: i, op: 'open' }).turn();
      pure.hear('a', command(i));
    } else if (choice === 5 && held.role === 'leader') {
      const peer = `replicator.${random.pick(['b', 'c'])}` as const;
      trail += `\nheartbeat of ${peer}`;
      server.getSnapshot().children[peer]?.send(timerEvent(heartbeat));
      pure.fire('a', heartbeat, peer);
    } else {
      const message = someMessage(random, held.context.currentTerm, histories);
      trail += `\n${JSON.stringify({ ...message, payload: null })}`;
      held.receive(message);
      pure.hear('a', message);
    }
    held.settle();
    compare(held, pure, trail);
    if (held.role !== 'failed') {
      expect(spoken(pure.sent.slice(said)), trail).to.deep.equal(spoken(held.take()));
    }
    roles.add(held.role);
  }
  return roles;
}

describe('simulation: the pure stepper', () => {
  it('leads a server and its replicators where the running actors go', () => {
    const roles = new Set<string>();
    for (let seed = 1; seed <= 40; seed += 1) for (const role of run(seed)) roles.add(role);
    expect([...roles]).to.include.members([
      ...['follower.leaderless', 'follower.fresh', 'follower.stale', 'follower.suspecting'],
      ...['preCandidate', 'candidate', 'leader'],
    ]);
  });

  it('changes nothing but what it returns: from one snapshot, many ways lead on', () => {
    const links = createStepper(linkMachine, { peer: 'b' });
    const [start] = links.start({ peer: 'b' });
    const before = JSON.stringify(start);
    expect(links.step(start, { type: 'socket.connected' })[0].value).to.equal('handshake');
    expect(links.step(start, { type: 'admin.stop' })[0].value).to.equal('stopped');
    expect(JSON.stringify(start)).to.equal(before);
  });

  it('throws what a slot-free chart throws, and goes on with the next step', () => {
    const links = createStepper(linkMachine, { peer: 'b' });
    const [start] = links.start({ peer: 'b' });
    const broken = Object.defineProperty({ type: 'socket.closed' }, 'why', {
      get: () => {
        throw new Error('boom');
      },
    }) as never;
    expect(() => links.step(start, broken)).to.throw('boom');
    expect(links.step(start, { type: 'socket.connected' })[0].value).to.equal('handshake');
  });
});
