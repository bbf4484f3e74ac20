/** Votes, pre-votes and campaigns (§5.2, §5.4.1; thesis §9.6). */
import { expect } from 'chai';
import { PureCluster } from '../support/pure-cluster.ts';
import {
  aCandidate,
  aFollower,
  aLeader,
  aPreCandidate,
  aRecovering,
  appendEntries,
  appendReply,
  arms,
  back,
  cancels,
  fire,
  persists,
  preVote,
  preVoteReply,
  recovered,
  requestVote,
  roleOf,
  sends,
  step,
  voteReply,
  withoutTimers,
} from '../support/step.ts';

const leaderless = 'role.follower.contact.leaderless';
const toC = { from: 'a', to: 'c' } as const;

describe('a vote', () => {
  it('is on its way to the disk before the answer is on its way to the candidate', () => {
    const [after, effects] = step(
      aFollower({ log: [1] }),
      requestVote({ lastLogIndex: 1, lastLogTerm: 1 }),
    );
    expect(after.context.votedFor).to.equal('b');
    expect(effects).to.deep.equal([
      cancels('electionTimeout', leaderless),
      persists({ kind: 'vote', write: 1, term: 1, votedFor: 'b' }),
      sends('term', voteReply({ ...back })),
      arms('electionTimeout', leaderless),
    ]);
  });

  it('goes to one candidate in a term; the same one gets the same answer again', () => {
    const voted = aFollower({ votedFor: 'b' });
    expect(step(voted, requestVote({ from: 'c' }))[1]).to.deep.equal([
      sends('term', voteReply({ ...toC, voteGranted: false })),
    ]);
    expect(step(voted, requestVote())[1]).to.deep.include(sends('term', voteReply({ ...back })));
  });

  it('is given by a stale and by a suspecting follower, but not by a fresh one', () => {
    const fresh = aFollower({ leader: 'c' });
    const ask = requestVote({ term: 2 });
    const [stale] = step(fresh, fire('freshness', 'role.follower.contact.fresh'));
    const [suspecting] = step(fresh, { type: 'link.closed', peer: 'c' });
    const answers = [fresh, stale, suspecting].map((server) => withoutTimers(step(server, ask)[1]));
    const grant = [
      persists({ kind: 'vote', write: 1, term: 2, votedFor: null }),
      persists({ kind: 'vote', write: 2, term: 2, votedFor: 'b' }),
      sends('term', voteReply({ ...back, term: 2 })),
    ];
    expect(answers).to.deep.equal([[], grant, grant]);
  });

  it('is given by a server that is no voter in its own configuration, which may be old', () => {
    const outsider = aFollower({ voters: ['b', 'c', 'd'] });
    expect(step(outsider, requestVote())[1]).to.deep.include(sends('term', voteReply({ ...back })));
  });
});

describe('a pre-vote', () => {
  it('is granted by the log alone, and changes nothing', () => {
    const server = aFollower({ term: 3, log: [1, 3], votedFor: 'c' });
    const ask = preVote({ term: 3, lastLogIndex: 2, lastLogTerm: 3 });
    const [after, effects] = step(server, ask);
    expect(effects).to.deep.equal([
      sends('term', preVoteReply({ ...back, term: 3, campaignTerm: 4 })),
    ]);
    expect(after.context).to.deep.equal(server.context);
    expect(after.value).to.deep.equal(server.value);
  });

  it('is refused to a log that is behind', () => {
    const server = aFollower({ term: 3, log: [1, 3] });
    const ask = preVote({ term: 3, lastLogIndex: 5, lastLogTerm: 1 });
    expect(step(server, ask)[1]).to.deep.equal([
      sends('term', preVoteReply({ ...back, term: 3, campaignTerm: 4, voteGranted: false })),
    ]);
  });

  it('is refused for a term that is not to come', () => {
    const ask = preVote({ term: 3, campaignTerm: 3 });
    expect(step(aFollower({ term: 3 }), ask)[1]).to.deep.equal([
      sends('term', preVoteReply({ ...back, term: 3, campaignTerm: 3, voteGranted: false })),
    ]);
  });

  it('is not even heard by a follower that hears its leader, nor by a leader', () => {
    for (const server of [aFollower({ leader: 'c' }), aLeader()]) {
      const [after, effects] = step(server, preVote({ lastLogIndex: 9, lastLogTerm: 9 }));
      expect(effects).to.deep.equal([]);
      expect(after.context).to.deep.equal(server.context);
    }
  });
});

describe('a pre-candidate', () => {
  it('asks all others about the next term, and keeps its own', () => {
    const [after, effects] = step(
      aFollower({ term: 3, log: [1, 3], votedFor: 'b' }),
      fire('electionTimeout', leaderless),
    );
    const ask = preVote({ ...back, term: 3, lastLogIndex: 2, lastLogTerm: 3 });
    expect(effects).to.deep.equal([
      cancels('electionTimeout', leaderless),
      sends('term', ask, { ...ask, to: 'c' }),
      arms('electionTimeout', 'role.preCandidate'),
    ]);
    expect(after.context).to.deep.include({ currentTerm: 3, votedFor: 'b', votes: ['a'] });
  });

  it('campaigns when a majority would vote for it, itself included', () => {
    const [after, effects] = step(aPreCandidate({ term: 3, log: [1] }), preVoteReply({ term: 3 }));
    expect(roleOf(after)).to.equal('candidate');
    const ask = requestVote({ ...back, term: 4, lastLogIndex: 1, lastLogTerm: 1 });
    expect(effects).to.deep.equal([
      cancels('electionTimeout', 'role.preCandidate'),
      persists({ kind: 'vote', write: 1, term: 4, votedFor: 'a' }),
      sends('term', ask, { ...ask, to: 'c' }),
      sends('term', voteReply({ from: 'a', to: 'a', term: 4 })),
      arms('electionTimeout', 'role.candidate'),
    ]);
  });

  it('counts a voter once, refusals never, and no reply to another canvass', () => {
    const five = aPreCandidate({ voters: ['a', 'b', 'c', 'd', 'e'], term: 3 });
    const [after] = step(
      five,
      preVoteReply({ term: 3 }),
      preVoteReply({ term: 3 }),
      preVoteReply({ term: 3, from: 'c', voteGranted: false }),
      preVoteReply({ term: 3, from: 'd', campaignTerm: 3 }),
    );
    expect(roleOf(after)).to.equal('preCandidate');
    expect(after.context.votes).to.deep.equal(['a', 'b']);
  });

  it('never takes a pre-vote for a vote (two kinds of reply, two counts)', () => {
    expect(roleOf(step(aCandidate({ term: 4 }), preVoteReply({ term: 4 }))[0])).to.equal(
      'candidate',
    );
    expect(roleOf(step(aPreCandidate({ term: 4 }), voteReply({ term: 4 }))[0])).to.equal(
      'preCandidate',
    );
  });

  it('asks again when nobody answers, forgetting the answers of before', () => {
    const five = aPreCandidate({ voters: ['a', 'b', 'c', 'd', 'e'] });
    const [after, effects] = step(
      five,
      preVoteReply(),
      fire('electionTimeout', 'role.preCandidate'),
    );
    expect(roleOf(after)).to.equal('preCandidate');
    expect(after.context.votes).to.deep.equal(['a']);
    expect(effects.map((effect) => Object.keys(effect)[0])).to.deep.equal([
      'cancel',
      'send',
      'timer',
    ]);
  });

  it('adopts the higher term of a refusal, or the two would refuse each other for ever', () => {
    // a has the longer log and b the higher term: neither can win as they are.
    const cluster = new PureCluster(3, { a: [1, 3], b: [1], c: [] });
    cluster.hear('b', appendReply({ from: 'c', to: 'b', term: 5 }));
    cluster.campaign('a');
    cluster.settle(['c']);
    expect(cluster.context('a').currentTerm).to.equal(5);
    expect(cluster.role('a')).to.equal('follower.leaderless');
    cluster.campaign('a');
    cluster.settle(['c']);
    expect(cluster.role('a')).to.equal('leader');
  });

  it('gives way to a leader of its own term, and hears it at once', () => {
    const [after, effects] = step(aPreCandidate(), appendEntries());
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(withoutTimers(effects)).to.deep.include(sends('term', appendReply({ ...back })));
  });

  it('does not know its leader any more (or stickiness would lock it out of voting)', () => {
    const [canvassing] = step(
      aFollower({ leader: 'b' }),
      { type: 'link.closed', peer: 'b' },
      fire('suspicion', 'role.follower.contact.suspecting'),
    );
    expect(canvassing.context.leader).to.equal(null);
  });
});

describe('a candidate', () => {
  it('counts its own vote like any other: when it is told that it is on disk', () => {
    const [one] = step(aCandidate({ term: 2 }), voteReply({ term: 2 }));
    expect(roleOf(one)).to.equal('candidate');
    const [two] = step(one, voteReply({ from: 'a', term: 2 }));
    expect(roleOf(two)).to.equal('leader');
  });

  it('counts a voter once, and refusals never', () => {
    const five = aCandidate({ voters: ['a', 'b', 'c', 'd', 'e'], term: 2 });
    const [after] = step(
      five,
      voteReply({ term: 2 }),
      voteReply({ term: 2 }),
      voteReply({ term: 2, from: 'c', voteGranted: false }),
    );
    expect(after.context.votes).to.deep.equal(['b']);
  });

  it('votes for nobody else in its term, and is asked again what it is asked', () => {
    const ask = requestVote({ term: 2, lastLogIndex: 9, lastLogTerm: 1 });
    expect(step(aCandidate({ term: 2 }), ask)[1]).to.deep.equal([
      sends('term', voteReply({ ...back, term: 2, voteGranted: false })),
    ]);
  });

  it('returns to follower when another leader of its term is heard, and hears it at once', () => {
    const [after, effects] = step(aCandidate({ term: 2 }), appendEntries({ term: 2 }));
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(effects).to.deep.equal([
      cancels('electionTimeout', 'role.candidate'),
      // Entered, then re-entered at once by the message that it hears.
      arms('electionTimeout', leaderless),
      cancels('electionTimeout', leaderless),
      sends('term', appendReply({ ...back, term: 2 })),
      { apply: { commitIndex: 0 } },
      arms('freshness', 'role.follower.contact.fresh'),
    ]);
  });

  it('canvasses before it tries again: a split vote costs one term, not one per timeout', () => {
    const [after] = step(aCandidate({ term: 2 }), fire('electionTimeout', 'role.candidate'));
    expect(roleOf(after)).to.equal('preCandidate');
    expect(after.context.currentTerm).to.equal(2);
  });

  it('alone in its cluster still waits for its own vote to be on disk', () => {
    const [after, effects] = step(aRecovering({ voters: ['a'] }), recovered());
    expect(roleOf(after)).to.equal('candidate');
    expect(withoutTimers(effects)).to.deep.equal([
      sends('term'),
      persists({ kind: 'vote', write: 1, term: 2, votedFor: 'a' }),
      sends('term'),
      sends('term', voteReply({ from: 'a', to: 'a', term: 2 })),
    ]);
    expect(roleOf(step(after, voteReply({ from: 'a', term: 2 }))[0])).to.equal('leader');
  });

  it('alone in its cluster waits for no leader: there is none but itself', () => {
    const alone = aRecovering({ voters: ['a'] });
    expect(roleOf(step(alone, recovered())[0])).to.equal('candidate');
    expect(roleOf(step(alone, recovered({ trust: 'doubtful' }))[0])).to.equal(
      'follower.leaderless',
    );
    const learner = aRecovering({ id: 'd', voters: ['a'] });
    expect(roleOf(step(learner, recovered())[0])).to.equal('follower.leaderless');
  });
});
