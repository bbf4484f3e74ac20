/**
 * Acceptance, followers: what the predecessor's follower tests meant, asked of the chart that runs.
 * Rows FOL of README.md. The election timer's length is FOL2, in state.test.ts.
 */
import { expect } from 'chai';
import {
  aFollower,
  appendEntries,
  appendReply,
  arms,
  back,
  cancels,
  command,
  fire,
  persists,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
  withoutTimers,
} from '../support/step.ts';

describe('acceptance: follower', () => {
  it('FOL3 refuses AppendEntries of a lower term, and tells its own', () => {
    const [after, effects] = step(aFollower({ term: 2 }), appendEntries({ term: 1 }));
    expect(after.context.currentTerm).to.equal(2);
    expect(effects).to.deep.equal([
      sends('term', appendReply({ ...back, term: 2, success: false, matchIndex: 0 })),
    ]);
  });

  it('FOL4 accepts AppendEntries of its term: knows its leader, and waits anew', () => {
    const [after, effects] = step(aFollower(), appendEntries());
    expect(after.context.leader).to.equal('b');
    expect(effects).to.deep.include.members([
      cancels('electionTimeout', 'role.follower.contact.leaderless'),
      arms('freshness', 'role.follower.contact.fresh'),
      sends('term', appendReply(back)),
    ]);
    const [, again] = step(after, appendEntries());
    expect(again).to.deep.include(arms('freshness', 'role.follower.contact.fresh'));
  });

  it('FOL5 replaces a conflicting entry, and acknowledges when the new one is on disk', () => {
    const follower = aFollower({ term: 2, log: [1, 1] });
    const [after, effects] = step(follower, appendEntries({ term: 2, prev: [1, 1], entries: [2] }));
    expect(termsOf(after.context.log)).to.deep.equal([1, 2]);
    expect(withoutTimers(effects)).to.deep.include.members([
      persists({
        kind: 'received',
        write: after.context.writes,
        firstIndex: 2,
        lastIndex: 2,
        lastTerm: 2,
        configurations: [],
        payload: 'lines',
      }),
      sends('log', appendReply({ ...back, term: 2, matchIndex: 2 })),
    ]);
  });

  it('FOL6 refuses entries after an index that its log does not have', () => {
    const [after, effects] = step(
      aFollower({ log: [1] }),
      appendEntries({ prev: [5, 1], entries: [1] }),
    );
    expect(termsOf(after.context.log)).to.deep.equal([1]);
    const hint = { refusedIndex: 5, hintIndex: 1, hintTerm: 1 };
    expect(withoutTimers(effects)).to.deep.equal([
      sends('term', appendReply({ ...back, success: false, ...hint })),
    ]);
  });

  it('FOL7 grants its vote, once it is on disk, when it has none given in the term', () => {
    const [after, effects] = step(aFollower(), requestVote());
    expect(after.context.votedFor).to.equal('b');
    expect(withoutTimers(effects)).to.deep.equal([
      persists({ kind: 'vote', write: after.context.writes, term: 1, votedFor: 'b' }),
      sends('term', voteReply(back)),
    ]);
  });

  it('FOL8 refuses a second candidate in the same term', () => {
    const [after, effects] = step(aFollower({ votedFor: 'c' }), requestVote({ from: 'b' }));
    expect(after.context.votedFor).to.equal('c');
    expect(effects).to.deep.equal([sends('term', voteReply({ ...back, voteGranted: false }))]);
  });

  it('FOL8 gives the same vote again to the same candidate, whose first answer was lost', () => {
    const [after, effects] = step(aFollower({ votedFor: 'b' }), requestVote({ from: 'b' }));
    expect(after.context.votedFor).to.equal('b');
    expect(effects).to.deep.include(sends('term', voteReply(back)));
  });

  it('FOL9 refuses a candidate whose log is older or shorter', () => {
    const voter = aFollower({ term: 2, log: [1, 2, 2] });
    const denied = sends('term', voteReply({ ...back, term: 2, voteGranted: false }));
    const shorter = requestVote({ term: 2, lastLogIndex: 2, lastLogTerm: 2 });
    const older = requestVote({ term: 2, lastLogIndex: 9, lastLogTerm: 1 });
    expect(step(voter, shorter)[1]).to.deep.equal([denied]);
    expect(step(voter, older)[1]).to.deep.equal([denied]);
  });

  it('FOL10 asks for (pre-)votes when its election timeout ends', () => {
    const [after] = step(aFollower(), fire('electionTimeout', 'role.follower.contact.leaderless'));
    expect(roleOf(after)).to.equal('preCandidate');
  });

  it('FOL11 ignores the timers of states that it is not in', () => {
    const follower = aFollower();
    for (const timer of [
      fire('electionTimeout', 'role.candidate'),
      fire('quorumCheck', 'role.leader.quorum.watching'),
      fire('staleness', 'role.follower.contact.stale'),
    ]) {
      const [after, effects] = step(follower, timer);
      expect(after.value).to.deep.equal(follower.value);
      expect(after.context).to.equal(follower.context);
      expect(effects).to.deep.equal([]);
    }
  });

  it('FOL12 refuses a client when it knows no leader', () => {
    const [, effects] = step(aFollower(), command(7));
    expect(effects).to.deep.equal([replies({ kind: 'refused', batch: 7, leader: null })]);
  });

  it('FOL13 sends a client to the leader that it knows', () => {
    const [, effects] = step(aFollower({ leader: 'c' }), command(7));
    expect(effects).to.deep.equal([replies({ kind: 'refused', batch: 7, leader: 'c' })]);
  });
});
