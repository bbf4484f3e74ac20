/** The thesis: disruptive servers (4.2.3), stepping down (6.2), reads (6.4), pre-vote (9.6). */
import { expect } from 'chai';
import { HeldReplica } from '../support/held-replica.ts';
import { PureCluster } from '../support/pure-cluster.ts';
import {
  aFollower,
  aLeader,
  aPreCandidate,
  appendReply,
  fire,
  matched,
  persisted,
  preVote,
  preVoteReply,
  replies,
  requestVote,
  roleOf,
  step,
} from '../support/step.ts';
import { paper } from './sentences.ts';

const read = (batch: number) => ({ type: 'client.read', batch }) as const;
const readable = (batch: number, readIndex: number) =>
  replies({ kind: 'readable', batch, readIndex });
const upToDate = { term: 9, lastLogIndex: 99, lastLogTerm: 8 };

describe('thesis §4.2.3 Disruptive servers', () => {
  paper('thesis-4.2.3-1', () => {
    const server = aFollower({ leader: 'c' });
    const [after, effects] = step(server, requestVote(upToDate));
    expect(effects).to.deep.equal([]);
    expect(after.context).to.deep.equal(server.context);
  });

  paper('thesis-4.2.3-2', () => {
    // Whoever waited that long finds voters that have waited, too.
    const [stale] = step(
      aFollower({ leader: 'c' }),
      fire('freshness', 'role.follower.contact.fresh'),
    );
    const [after] = step(stale, requestVote(upToDate));
    expect(after.context).to.include({ currentTerm: 9, votedFor: 'b' });
    const held = new HeldReplica({ random: () => 0 }).start(); // The shortest of all timeouts.
    held.pass(499);
    expect(held.role).to.equal('follower.leaderless');
  });

  paper('thesis-4.2.3-3', () => {
    const cluster = new PureCluster(1, { a: [], b: [], c: [] });
    cluster.campaign('a');
    cluster.settle();
    for (const to of ['a', 'b']) cluster.hear(to, requestVote({ ...upToDate, from: 'c', to }));
    cluster.settle();
    expect(cluster.role('a')).to.equal('leader');
    expect(cluster.context('b').currentTerm).to.equal(2);
  });
});

describe('thesis §6.2 Routing requests to the leader', () => {
  paper('thesis-6.2-1', () => {
    const held = new HeldReplica().start().elect().settle();
    held.receive(appendReply({ term: 2 }));
    held.pass(500); // b answered once within it.
    expect(held.role).to.equal('leader');
    held.pass(500);
    expect(held.role).to.equal('follower.leaderless');
  });
});

describe('thesis §6.4 Processing read-only queries more efficiently', () => {
  paper('thesis-6.4-1', () => {
    const [waiting, effects] = step(aLeader({ log: [1] }), read(1));
    expect(effects).to.deep.equal([]);
    const [, opened] = step(
      waiting,
      persisted({ write: 2, lastIndex: 2, lastTerm: 1 }),
      matched({ matchIndex: 2 }),
    );
    expect(
      opened.filter((effect) => 'tell' in effect && effect.tell === 'replicator.b'),
    ).to.deep.include({
      tell: 'replicator.b',
      event: { type: 'leader.confirming', round: 1 },
    });
  });

  paper('thesis-6.4-2', () => {
    const [asked] = step(aLeader({ open: true }), read(1));
    // What commits while the round is under way does not belong to it.
    const [later, effects] = step(
      asked,
      { type: 'client.command', batch: 2, count: 1, payload: [] },
      ...['b', 'c'].map((peer) => matched({ peer, matchIndex: 2 })),
      appendReply({ round: 1 }),
    );
    expect(later.context.commitIndex).to.equal(2);
    expect(effects).to.deep.include(readable(1, 1));
  });

  paper('thesis-6.4-3', () => {
    const [first] = step(aLeader({ open: true }), read(1), appendReply({ round: 1 }));
    const [second, effects] = step(first, read(2));
    expect(effects.filter((effect) => 'tell' in effect)).to.have.length(2);
    // The acknowledgement of the round before says nothing of this one.
    expect(step(second, appendReply({ from: 'c', round: 1 }))[1]).not.to.deep.include(
      readable(2, 1),
    );
    expect(step(second, appendReply({ from: 'c', round: 2 }))[1]).to.deep.include(readable(2, 1));
  });

  paper('thesis-6.4-4', () => {
    const held = new HeldReplica({ limits: { maxApplyPerTurn: 1 }, log: [1, 1, 1] }).start();
    held.elect().sync();
    held.receive(appendReply({ term: 2 }), appendReply({ term: 2, matchIndex: 4 }));
    expect(held.context.commitIndex).to.equal(4);
    held.submit({ id: 1, op: 'read', machine: 'kv', query: { get: { key: 'x' } } }).turn();
    held.receive(appendReply({ term: 2, matchIndex: 4, round: 1 }));
    while (held.replica.lastApplied < 4) {
      expect(held.answers).to.deep.equal([]);
      held.turn();
    }
    held.turn();
    expect(held.answers[0]).to.deep.include({ id: 1, ok: true });
  });
});

describe('thesis §9.6 Preventing disruptions when a server rejoins the cluster', () => {
  paper('thesis-9.6-1', () => {
    const voters = ['a', 'b', 'c', 'd', 'e'];
    const canvassing = aPreCandidate({ voters, term: 3 });
    expect(canvassing.context.currentTerm).to.equal(3);
    const [one] = step(canvassing, preVoteReply({ term: 3 }));
    expect([roleOf(one), one.context.currentTerm]).to.deep.equal(['preCandidate', 3]);
    const [two] = step(one, preVoteReply({ from: 'c', term: 3 }));
    expect([roleOf(two), two.context.currentTerm]).to.deep.equal(['candidate', 4]);
  });

  paper('thesis-9.6-2', () => {
    const grants = (server: ReturnType<typeof aFollower>, lastLogTerm: number) =>
      step(server, preVote({ term: 3, lastLogIndex: 2, lastLogTerm }))[1].some(
        (effect) =>
          'send' in effect &&
          effect.send.messages.some((m) => m.type === 'rpc.preVoteReply' && m.voteGranted),
      );
    expect(grants(aFollower({ term: 3, log: [1, 3] }), 3)).to.equal(true);
    expect(grants(aFollower({ term: 3, log: [1, 3] }), 2)).to.equal(false);
    expect(grants(aFollower({ term: 3, log: [1, 3], leader: 'c' }), 3)).to.equal(false);
  });

  paper('thesis-9.6-3', () => {
    const cluster = new PureCluster(1, { a: [], b: [], c: [] });
    cluster.campaign('a');
    cluster.settle();
    // c is cut off: it times out again and again, and its term stays what it was.
    cluster.fire('c', 'xstate.after.freshness.server.role.follower.contact.fresh');
    cluster.fire('c', 'xstate.after.staleness.server.role.follower.contact.stale');
    for (let i = 0; i < 5; i += 1) {
      cluster.fire('c', 'xstate.after.electionTimeout.server.role.preCandidate');
      cluster.settle(['c']);
    }
    expect(cluster.context('c').currentTerm).to.equal(2);
    // It comes back in the middle of a canvass: nobody minds, and the next heartbeat ends it.
    cluster.fire('c', 'xstate.after.electionTimeout.server.role.preCandidate');
    cluster.settle();
    cluster.fire('a', 'xstate.after.heartbeat.replicator.pulse.beating', 'replicator.c');
    cluster.settle();
    expect(['a', 'b', 'c'].map((id) => cluster.role(id))).to.deep.equal([
      ...['leader', 'follower.fresh', 'follower.fresh'],
    ]);
    expect(cluster.context('a').currentTerm).to.equal(2);
  });
});
