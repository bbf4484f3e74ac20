/** Doubt (design §8): a server whose disk lost entries votes for nobody until a leader matched it. */
import { expect } from 'chai';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import {
  aFollower,
  appendEntries,
  arms,
  back,
  fire,
  persisted,
  persists,
  preVote,
  preVoteReply,
  requestVote,
  roleOf,
  sends,
  step,
  voteReply,
  withoutTimers,
} from '../support/step.ts';

const doubtful = aFollower({ term: 2, log: [1], trust: 'doubtful' });
const isDoubtful = (server: ServerSnapshot) => server.matches({ trust: 'doubtful' });
const proof = (write: number) => persists({ kind: 'trust', write, trust: 'proven' });

describe('a doubtful server', () => {
  it('gives no vote, though it adopts the term', () => {
    const [after, effects] = step(
      doubtful,
      requestVote({ term: 3, lastLogIndex: 9, lastLogTerm: 2 }),
    );
    expect(withoutTimers(effects)).to.deep.equal([
      persists({ kind: 'vote', write: 1, term: 3, votedFor: null }),
      sends('term', voteReply({ ...back, term: 3, voteGranted: false })),
    ]);
    expect(isDoubtful(after)).to.equal(true);
  });

  it('gives no pre-vote', () => {
    const ask = preVote({ term: 2, lastLogIndex: 9, lastLogTerm: 2 });
    expect(step(doubtful, ask)[1]).to.deep.equal([
      sends('term', preVoteReply({ ...back, term: 2, campaignTerm: 3, voteGranted: false })),
    ]);
  });

  it('never campaigns; it waits for a leader', () => {
    const [after, effects] = step(
      doubtful,
      fire('electionTimeout', 'role.follower.contact.leaderless'),
    );
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects.at(-1)).to.deep.equal(
      arms('electionTimeout', 'role.follower.contact.leaderless'),
    );
  });

  it('is proven once its disk holds all that the leader had at first contact', () => {
    const [written] = step(
      doubtful,
      appendEntries({ term: 2, prev: [1, 1], entries: [2], last: 2 }),
    );
    expect(isDoubtful(written)).to.equal(true); // Not yet on disk.
    const [proven, effects] = step(written, persisted({ write: 1, lastIndex: 2, lastTerm: 2 }));
    expect(isDoubtful(proven)).to.equal(false);
    expect(effects).to.deep.equal([proof(2)]);
    const [stale] = step(proven, fire('freshness', 'role.follower.contact.fresh'));
    const ask = requestVote({ from: 'c', term: 3, lastLogIndex: 2, lastLogTerm: 2 });
    expect(step(stale, ask)[1]).to.deep.include(
      sends('term', voteReply({ from: 'a', to: 'c', term: 3 })),
    );
  });

  it('is not proven by a part of it, nor by entries that nobody verified', () => {
    const [part] = step(doubtful, appendEntries({ term: 2, prev: [1, 1], last: 5 }));
    expect(isDoubtful(part)).to.equal(true);
    const long = aFollower({ term: 2, log: [1, 1, 1], trust: 'doubtful' });
    const [unverified] = step(long, appendEntries({ term: 2, prev: [1, 1], last: 3 }));
    expect(isDoubtful(unverified)).to.equal(true);
  });

  it('measures by what the leader had at first: a leader that goes on appending is no moving target', () => {
    const [after] = step(
      doubtful,
      appendEntries({ term: 2, prev: [1, 1], last: 2 }),
      appendEntries({ term: 2, prev: [1, 1], entries: [2], last: 90 }),
      persisted({ write: 1, lastIndex: 2, lastTerm: 2 }),
    );
    expect(isDoubtful(after)).to.equal(false);
  });

  it('stays so through every change of role and term (a bug: the term gate once forgot it)', () => {
    const [after] = step(
      doubtful,
      requestVote({ term: 3 }),
      appendEntries({ term: 4, from: 'c', prev: [7, 4], last: 7 }),
      fire('freshness', 'role.follower.contact.fresh'),
      fire('staleness', 'role.follower.contact.stale'),
      requestVote({ term: 6 }),
    );
    expect(isDoubtful(after)).to.equal(true);
    expect(after.context.currentTerm).to.equal(6);
  });

  it('begins anew with each term: another leader may have more', () => {
    const [after] = step(
      doubtful,
      appendEntries({ term: 2, prev: [0, 0], last: 9 }),
      appendEntries({ term: 3, from: 'c', prev: [1, 1], last: 2 }),
    );
    expect(after.context).to.include({ leaderLast: 2, verifiedIndex: 1 });
    expect(isDoubtful(after)).to.equal(true);
  });
});
