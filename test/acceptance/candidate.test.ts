/**
 * Acceptance, candidates: rows CAND of README.md, with what they hid set right: a candidate that
 * steps down adopts the term and processes the message that made it.
 */
import { expect } from 'chai';
import {
  aCandidate,
  appendEntries,
  appendReply,
  aPreCandidate,
  arms,
  back,
  command,
  fire,
  persists,
  preVoteReply,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
  withoutTimers,
} from '../support/step.ts';

describe('acceptance: candidate', () => {
  it('CAND1 raises its term, votes for itself, and asks all others once that is on disk', () => {
    const [after, effects] = step(aPreCandidate({ term: 0 }), preVoteReply({ term: 0 }));
    expect(after.context).to.deep.include({ currentTerm: 1, votedFor: 'a' });
    const ask = { from: 'a', term: 1 } as const;
    expect(effects).to.deep.include.members([
      persists({ kind: 'vote', write: after.context.writes, term: 1, votedFor: 'a' }),
      sends('term', requestVote({ ...ask, to: 'b' }), requestVote({ ...ask, to: 'c' })),
      sends('term', voteReply({ from: 'a', to: 'a' })),
      arms('electionTimeout', 'role.candidate'),
    ]);
  });

  it('CAND3 refuses AppendEntries of an older term with its own', () => {
    const [after, effects] = step(aCandidate({ term: 3 }), appendEntries({ term: 2 }));
    expect(roleOf(after)).to.equal('candidate');
    expect(effects).to.deep.equal([
      sends('term', appendReply({ ...back, term: 3, success: false })),
    ]);
  });

  it('CAND4 follows a leader of its term, keeps its vote, and processes the message', () => {
    const [after, effects] = step(
      aCandidate({ term: 2 }),
      appendEntries({ term: 2, entries: [2] }),
    );
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(after.context).to.deep.include({ currentTerm: 2, votedFor: 'a', leader: 'b' });
    expect(termsOf(after.context.log)).to.deep.equal([2]);
    expect(effects).to.deep.include(sends('log', appendReply({ ...back, term: 2, matchIndex: 1 })));
  });

  it('CAND4 follows a leader of a higher term, adopts that, and processes the message', () => {
    const [after, effects] = step(aCandidate({ term: 2 }), appendEntries({ term: 5 }));
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(after.context).to.deep.include({ currentTerm: 5, votedFor: null, leader: 'b' });
    expect(effects).to.deep.include(sends('term', appendReply({ ...back, term: 5 })));
  });

  it('CAND5 refuses a rival of its term: its vote is its own', () => {
    const [after, effects] = step(aCandidate({ term: 2 }), requestVote({ term: 2 }));
    expect(after.context.votedFor).to.equal('a');
    expect(effects).to.deep.equal([
      sends('term', voteReply({ ...back, term: 2, voteGranted: false })),
    ]);
  });

  it('CAND6 adopts the higher term of a rival, and answers it', () => {
    const [after, effects] = step(aCandidate({ term: 2 }), requestVote({ term: 3 }));
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(after.context).to.deep.include({ currentTerm: 3, votedFor: 'b' });
    expect(withoutTimers(effects).at(-1)).to.deep.equal(
      sends('term', voteReply({ ...back, term: 3 })),
    );
  });

  it('CAND7 leads with the second vote of three, its own being on disk', () => {
    const [own] = step(aCandidate(), voteReply({ from: 'a' }));
    expect(roleOf(own)).to.equal('candidate');
    expect(roleOf(step(own, voteReply({ from: 'b' }))[0])).to.equal('leader');
  });

  it('CAND8 stays a candidate with one vote of three', () => {
    expect(roleOf(step(aCandidate(), voteReply({ from: 'b' }))[0])).to.equal('candidate');
  });

  it('CAND9 does not count a vote of another term', () => {
    const candidate = step(aCandidate({ term: 3 }), voteReply({ from: 'a', term: 3 }))[0];
    expect(roleOf(step(candidate, voteReply({ term: 2 }))[0])).to.equal('candidate');
  });

  it('CAND10 does not count one voter twice', () => {
    const [after] = step(
      aCandidate({ voters: ['a', 'b', 'c', 'd', 'e'] }),
      voteReply({ from: 'a' }),
      voteReply({ from: 'b' }),
      voteReply({ from: 'b' }),
    );
    expect(roleOf(after)).to.equal('candidate');
    expect(after.context.votes).to.deep.equal(['a', 'b']);
  });

  it('CAND11 tries again, in a later term, when nobody has won', () => {
    const [again] = step(aCandidate({ term: 2 }), fire('electionTimeout', 'role.candidate'));
    expect(roleOf(again)).to.equal('preCandidate');
    const [after] = step(again, preVoteReply({ term: 2 }));
    expect(roleOf(after)).to.equal('candidate');
    expect(after.context).to.deep.include({ currentTerm: 3, votedFor: 'a' });
  });

  it('CAND12 ignores the timers of states that it is not in', () => {
    const candidate = aCandidate();
    const [after, effects] = step(candidate, fire('freshness', 'role.follower.contact.fresh'));
    expect(after.context).to.equal(candidate.context);
    expect(effects).to.deep.equal([]);
  });

  it('CAND13 knows no leader to send clients to', () => {
    const [, effects] = step(aCandidate(), command(7));
    expect(effects).to.deep.equal([replies({ kind: 'refused', batch: 7, leader: null })]);
  });
});
