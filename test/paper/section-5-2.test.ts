/** §5.2, leader election. */
import { expect } from 'chai';
import { HeldReplica } from '../support/held-replica.ts';
import { PureCluster } from '../support/pure-cluster.ts';
import {
  aCandidate,
  aFollower,
  aPreCandidate,
  aRecovering,
  appendEntries,
  appendRefusal,
  arms,
  back,
  fire,
  persists,
  preVoteReply,
  recovered,
  requestVote,
  roleOf,
  sends,
  step,
  voteReply,
} from '../support/step.ts';
import { paper } from './sentences.ts';

const timeout = fire('electionTimeout', 'role.candidate');
const five = ['a', 'b', 'c', 'd', 'e'];

describe('§5.2 Leader election', () => {
  paper('5.2-1', () => {
    const disk = recovered({ term: 4, votedFor: 'a', log: [1, 4] }); // It was a candidate, even.
    expect(roleOf(step(aRecovering(), disk)[0])).to.equal('follower.leaderless');
  });

  paper('5.2-2', () => {
    let server = aFollower({ leader: 'b' });
    for (let beat = 0; beat < 5; beat += 1) {
      let effects;
      [server, effects] = step(server, appendEntries());
      expect(effects.at(-1)).to.deep.equal(arms('freshness', 'role.follower.contact.fresh'));
      expect(roleOf(server)).to.equal('follower.fresh');
    }
    // Of a candidate: one that it grants its vote.
    expect(step(aFollower(), requestVote())[1].at(-1)).to.deep.equal(
      arms('electionTimeout', 'role.follower.contact.leaderless'),
    );
  });

  paper('5.2-3', () => {
    const held = new HeldReplica().start().elect().settle();
    held.take();
    held.pass(100); // Two heartbeat intervals.
    const beats = held.take().filter((message) => message.type === 'rpc.appendEntries');
    expect(beats.map(({ to }) => to)).to.deep.equal(['b', 'c', 'b', 'c']);
    expect(beats.every((beat) => beat.lastIndex === beat.prevLogIndex)).to.equal(true);
  });

  paper('5.2-4', () => {
    const held = new HeldReplica().start();
    held.pass(749);
    expect(held.role).to.equal('follower.leaderless');
    held.pass(1);
    expect(held.role).to.equal('preCandidate');
  });

  paper('5.2-5', () => {
    const [after] = step(aPreCandidate({ term: 3 }), preVoteReply({ term: 3 }));
    expect(roleOf(after)).to.equal('candidate');
    expect(after.context.currentTerm).to.equal(4);
  });

  paper('5.2-6', () => {
    const [after, effects] = step(aPreCandidate({ term: 3 }), preVoteReply({ term: 3 }));
    expect(after.context.votedFor).to.equal('a');
    const ask = requestVote({ ...back, term: 4 });
    expect(effects.slice(1, -1)).to.deep.equal([
      persists({ kind: 'vote', write: 1, term: 4, votedFor: 'a' }),
      sends('term', ask, { ...ask, to: 'c' }),
      sends('term', voteReply({ from: 'a', to: 'a', term: 4 })),
    ]);
  });

  paper('5.2-7', () => {
    const candidate = aCandidate({ term: 4 });
    const won = step(candidate, voteReply({ term: 4 }), voteReply({ term: 4, from: 'a' }))[0];
    const established = step(candidate, appendEntries({ term: 4 }))[0];
    const expired = step(candidate, timeout)[0];
    expect([won, established, expired].map(roleOf)).to.deep.equal([
      ...['leader', 'follower.fresh', 'preCandidate'],
    ]);
    const refusal = voteReply({ term: 4, voteGranted: false });
    const others = [refusal, requestVote({ term: 4 }), requestVote({ term: 3 })];
    for (const event of others) expect(roleOf(step(candidate, event)[0])).to.equal('candidate');
  });

  paper('5.2-8', () => {
    const candidate = aCandidate({ term: 4, voters: five });
    const own = voteReply({ term: 4, from: 'a' });
    const [two] = step(candidate, own, voteReply({ term: 4 }));
    expect(roleOf(two)).to.equal('candidate');
    // Not of another term, not of a stranger, not twice.
    const [still] = step(
      two,
      voteReply({ term: 3, from: 'c' }),
      voteReply({ term: 4, from: 'x' }),
      voteReply({ term: 4 }),
    );
    expect(roleOf(still)).to.equal('candidate');
    expect(roleOf(step(still, voteReply({ term: 4, from: 'c' }))[0])).to.equal('leader');
  });

  paper('5.2-9', () => {
    const answer = (from: string, voteGranted: boolean) =>
      sends('term', voteReply({ from: 'a', to: from, voteGranted }));
    const [first, granted] = step(aFollower(), requestVote({ from: 'b' }));
    expect(granted).to.deep.include(answer('b', true));
    expect(step(first, requestVote({ from: 'c' }))[1]).to.deep.include(answer('c', false));
    // Nor after a restart: the vote was on disk before it left.
    const again = aFollower({ votedFor: 'b' });
    expect(step(again, requestVote({ from: 'c' }))[1]).to.deep.include(answer('c', false));
  });

  paper('5.2-10', () => {
    const cluster = new PureCluster(1, { a: [], b: [], c: [] });
    cluster.campaign('a');
    while (cluster.role('a') !== 'leader')
      cluster.hear(cluster.network[0]!.to, cluster.network.shift());
    const first = cluster.sent.filter((message) => message.type === 'rpc.appendEntries');
    expect(first.map(({ to, lastIndex }) => [to, lastIndex])).to.deep.equal([
      ['b', 0],
      ['c', 0],
    ]);
    cluster.settle();
    expect(['b', 'c'].map((id) => cluster.role(id))).to.deep.equal([
      ...['follower.fresh', 'follower.fresh'],
    ]);
  });

  paper('5.2-11', () => {
    for (const term of [4, 5]) {
      const [after] = step(aCandidate({ term: 4 }), appendEntries({ term }));
      expect(roleOf(after)).to.equal('follower.fresh');
      expect(after.context).to.include({ currentTerm: term, leader: 'b' });
    }
  });

  paper('5.2-12', () => {
    const [after, effects] = step(aCandidate({ term: 4 }), appendEntries({ term: 3 }));
    expect(roleOf(after)).to.equal('candidate');
    expect(effects).to.deep.equal([sends('term', appendRefusal({ ...back, term: 4 }))]);
  });

  paper('5.2-13', () => {
    // Between the two terms there is a canvass: docs/divergence.md#pre-vote.
    const promises = ['b', 'c'].map((from) => preVoteReply({ from, term: 4 }));
    const [after, effects] = step(aCandidate({ term: 4, voters: five }), timeout, ...promises);
    expect(after.context.currentTerm).to.equal(5);
    const asked = effects.flatMap((effect) => ('send' in effect ? effect.send.messages : []));
    expect(
      asked.filter(({ type }) => type === 'rpc.requestVote').map(({ to }) => to),
    ).to.deep.equal(['b', 'c', 'd', 'e']);
  });

  paper('5.2-14', () => {
    const timeouts = [0, 0.25, 0.5, 0.75].map((part) => {
      const held = new HeldReplica({ random: () => part }).start();
      while (held.role !== 'preCandidate') held.pass(25);
      return held.clock.now;
    });
    expect(timeouts).to.deep.equal([500, 625, 750, 875]);
    // It is drawn anew for each wait.
    let draws = 0;
    const held = new HeldReplica({ random: () => (draws += 1) / 100 }).start();
    const before = draws;
    held.receive(requestVote());
    expect(draws).to.be.above(before);
  });
});
