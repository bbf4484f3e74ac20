/** §5.3, log replication, and Figure 7. */
import { expect } from 'chai';
import type { Term } from '../../machines/messages.ts';
import { HeldReplica, withLines } from '../support/held-replica.ts';
import { PureCluster } from '../support/pure-cluster.ts';
import {
  aFollower,
  aLeader,
  appendEntries,
  appendRefusal,
  appendReply,
  back,
  command,
  logOf,
  matched,
  persisted,
  persists,
  sends,
  step,
  termsOf,
  withoutTimers,
} from '../support/step.ts';
import { paper } from './sentences.ts';

/** Figure 7, when the leader at the top comes to power, in term 8. */
const figure7: Record<string, Term[]> = {
  top: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
  a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
  b: [1, 1, 1, 4],
  c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  e: [1, 1, 1, 4, 4, 4, 4],
  f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
};

/** The leader is elected, and all that it and the others say is delivered. */
function playFigure7(): PureCluster {
  const cluster = new PureCluster(7, figure7);
  cluster.campaign('top');
  cluster.settle();
  return cluster;
}

/** The AppendEntries that `to` got. */
const appendsTo = (cluster: PureCluster, to: string) =>
  cluster.sent.flatMap((message) =>
    message.type === 'rpc.appendEntries' && message.to === to ? [message] : [],
  );

/** A leader that was elected, over a held disk; its no-op is committed. */
function anOpenLeader(): HeldReplica {
  const held = new HeldReplica({ limits: { maxApplyPerTurn: 1 } }).start().elect().settle();
  held.receive(appendReply({ term: 2 }), appendReply({ term: 2, matchIndex: 1 })).settle();
  held.take();
  return held;
}

describe('§5.3 Log replication', () => {
  paper('5.3-1', () => {
    const [after, effects] = step(aLeader({ log: [1] }), command(3, 2));
    expect(termsOf(after.context.log)).to.deep.equal([1, 1, 1, 1]);
    const told = { type: 'leader.advanced', log: after.context.log, commitIndex: 0 };
    expect(effects.filter((effect) => 'tell' in effect)).to.deep.equal([
      { tell: 'replicator.b', event: told },
      { tell: 'replicator.c', event: told },
    ]);
    // And the replicators send, without waiting for the disk.
    const cluster = new PureCluster(1, { a: [], b: [], c: [] });
    cluster.campaign('a');
    cluster.settle();
    cluster.hear('a', command(1));
    expect(cluster.network.map(({ to, type }) => [to, type])).to.deep.equal([
      ['b', 'rpc.appendEntries'],
      ['c', 'rpc.appendEntries'],
    ]);
  });

  paper('5.3-2', () => {
    const held = anOpenLeader();
    held.submit({ id: 7, op: 'open' }).turn().settle();
    expect(held.answers).to.deep.equal([]); // On its own disk only.
    held.receive(appendReply({ term: 2, matchIndex: 2 }));
    expect(held.answers).to.deep.equal([]); // Committed, not yet applied.
    held.settle();
    expect(held.replica.lastApplied).to.equal(2);
    expect(held.answers).to.deep.equal([{ id: 7, ok: true, session: 2 }]);
  });

  paper('5.3-3', () => {
    // Every message to c is lost; much later it hears again.
    const cluster = new PureCluster(1, { a: [], b: [], c: [] });
    cluster.campaign('a');
    cluster.settle(['c']);
    for (let batch = 1; batch <= 3; batch += 1) cluster.hear('a', command(batch));
    cluster.settle(['c']);
    expect(cluster.context('a').commitIndex).to.equal(4); // Clients have been answered.
    expect(cluster.log('c')).to.deep.equal([]);
    cluster.fire('a', 'xstate.after.heartbeat.replicator.pulse.beating', 'replicator.c');
    cluster.settle();
    expect(cluster.log('c')).to.deep.equal(cluster.log('a'));
  });

  paper('5.3-4', () => {
    const five = { voters: ['a', 'b', 'c', 'd', 'e'], term: 2 };
    const [own] = step(aLeader(five), persisted({ write: 2, lastIndex: 1, lastTerm: 2 }));
    const [two] = step(own, matched({ term: 2, matchIndex: 1 }));
    expect(two.context.commitIndex).to.equal(0);
    const [three] = step(two, matched({ peer: 'c', term: 2, matchIndex: 1 }));
    expect(three.context.commitIndex).to.equal(1);
  });

  paper('5.3-5', () => {
    const leader = aLeader({ term: 4, log: [1, 1, 2] });
    const both = ['b', 'c'].map((peer) => matched({ peer, term: 4, matchIndex: 4 }));
    const [after, effects] = step(leader, ...both);
    expect(after.context.commitIndex).to.equal(4);
    expect(effects).to.deep.include({ apply: { commitIndex: 4 } });
  });

  paper('5.3-6', () => {
    const held = anOpenLeader();
    held.pass(50);
    const beats = held.take().filter((message) => message.type === 'rpc.appendEntries');
    expect(beats.map(({ leaderCommit }) => leaderCommit)).to.deep.equal([1, 1]);
    const [after] = step(
      aFollower({ log: [1, 1], leader: 'b' }),
      appendEntries({ prev: [2, 1], commit: 2 }),
    );
    expect(after.context.commitIndex).to.equal(2);
  });

  paper('5.3-7', () => {
    const held = new HeldReplica({ limits: { maxApplyPerTurn: 1 }, log: [1, 1, 1] }).start();
    held.receive(withLines(appendEntries({ prev: [3, 1], commit: 3 }), [1, 1, 1]));
    const applied = [held.replica.lastApplied];
    for (let turn = 0; turn < 4; turn += 1) applied.push(held.turn().replica.lastApplied);
    expect(applied).to.deep.equal([0, 1, 2, 3, 3]);
  });

  paper('5.3-8', () => {
    const [after, effects] = step(aLeader({ log: [1] }), command(1), command(2, 2), command(3));
    expect(effects[0]).to.deep.equal(
      persists({
        ...{ kind: 'proposed', write: 5, firstIndex: 6, lastIndex: 6, term: 1 },
        payload: 'commands',
      }),
    );
    expect(after.context.log.lastIndex).to.equal(6);
    // Within a term there is no way but up: neither a refusal nor a heartbeat moves an entry.
    const [still] = step(after, appendRefusal({ refusedIndex: 1 }), appendReply({ matchIndex: 1 }));
    expect(still.context.log).to.deep.equal(after.context.log);
  });

  paper('5.3-9', () => {
    const cluster = playFigure7();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const carrying = appendsTo(cluster, id).filter((m) => m.lastIndex > m.prevLogIndex);
      expect(carrying).to.have.length(1);
      for (const { prevLogIndex, prevLogTerm, lastIndex, runs } of carrying) {
        expect(prevLogTerm).to.equal(cluster.log('top')[prevLogIndex - 1]);
        expect(termsOf({ lastIndex, runs })).to.deep.equal(cluster.log('top').slice(prevLogIndex));
      }
    }
  });

  paper('5.3-10', () => {
    const server = aFollower({ term: 3, log: [1, 2] });
    for (const prev of [
      [3, 2], // No entry there.
      [2, 3], // One of another term.
    ] as const) {
      const [after, effects] = step(server, appendEntries({ term: 3, prev, entries: [3] }));
      expect(after.context.log).to.deep.equal(logOf([1, 2]));
      const refusal = { term: 3, refusedIndex: prev[0], hintIndex: 2, hintTerm: 2 };
      expect(withoutTimers(effects)).to.deep.equal([
        sends('term', appendRefusal({ ...back, ...refusal })),
      ]);
    }
  });

  paper('5.3-11', () => {
    const cluster = playFigure7();
    expect(cluster.role('top')).to.equal('leader');
    const repaired = [...figure7['top']!, 8]; // Its own no-op last.
    for (const id of Object.keys(figure7)) expect(cluster.log(id), id).to.deep.equal(repaired);
    expect(cluster.context('top').commitIndex).to.equal(11);
  });

  paper('5.3-12', () => {
    const cluster = playFigure7();
    const next = Object.values(cluster.family('top').replicators).map(
      ({ context }) => context.nextIndex,
    );
    expect(next).to.deep.equal([12, 12, 12, 12, 12, 12]);
  });

  paper('5.3-13', () => {
    const cluster = playFigure7();
    const first = Object.keys(figure7)
      .filter((id) => id !== 'top')
      .map((id) => appendsTo(cluster, id)[0]!.prevLogIndex + 1);
    expect(first).to.deep.equal([11, 11, 11, 11, 11, 11]);
  });

  paper('5.3-14', () => {
    const cluster = playFigure7();
    const nextOf = (id: string) => appendsTo(cluster, id).map((m) => m.prevLogIndex + 1);
    // The last one carries the entries, from where the logs agree.
    expect(
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => [id, nextOf(id)])),
    ).to.deep.equal({
      a: [11, 10, 10],
      b: [11, 5, 5],
      c: [11, 11],
      d: [11, 11],
      e: [11, 6, 6],
      f: [11, 4, 4],
    });
  });

  paper('5.3-15', () => {
    // docs/divergence.md#conflict-hints: at most one refusal per divergent term of either log.
    const cluster = playFigure7();
    const refusals = cluster.sent.filter(
      (message) => message.type === 'rpc.appendEntriesReply' && !message.success,
    );
    expect(refusals.map(({ from }) => from).sort()).to.deep.equal(['a', 'b', 'e', 'f']);
  });

  paper('5.3-16', () => {
    const before = aLeader({ term: 3, log: [1, 2] });
    const hears = [
      appendRefusal({ term: 3, refusedIndex: 2 }),
      appendReply({ term: 3, matchIndex: 1 }),
      appendEntries({ term: 2, prev: [1, 1], entries: [2] }),
      matched({ term: 3, matchIndex: 1 }),
      persisted({ write: 2, lastIndex: 3, lastTerm: 3 }),
      // Even one that claims to lead the same term: this server stops, its log stays.
      appendEntries({ term: 3, prev: [0, 0], entries: [3] }),
    ];
    for (const event of hears) {
      expect(step(before, event)[0].context.log).to.deep.equal(before.context.log);
    }
  });
});
