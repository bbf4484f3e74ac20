/** §5.4, safety: who may lead, and what may commit; Figure 8. */
import { expect } from 'chai';
import type { Term } from '../../machines/messages.ts';
import {
  aCandidate,
  aFollower,
  aLeader,
  appendEntries,
  back,
  command,
  matched,
  persisted,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
} from '../support/step.ts';
import { paper } from './sentences.ts';

const five = ['a', 'b', 'c', 'd', 'e'];

/** Whether a server with this log, in term 5, votes for a candidate of term 5. */
function votes(log: readonly Term[], lastLogTerm: Term, lastLogIndex: number): boolean {
  const ask = requestVote({ term: 5, lastLogTerm, lastLogIndex });
  const [after, effects] = step(aFollower({ term: 5, log }), ask);
  const voteGranted = after.context.votedFor === 'b';
  expect(effects).to.deep.include(sends('term', voteReply({ ...back, term: 5, voteGranted })));
  return voteGranted;
}

describe('§5.4 Safety', () => {
  paper('5.4.1-1', () => {
    const candidate = aCandidate({ term: 5, log: [1, 1, 4] });
    expect(candidate.context.log.lastIndex).to.equal(3);
    expect(votes([1, 1, 4], 4, 3)).to.equal(true);
    expect(votes([1, 1, 4, 4], 4, 3)).to.equal(false);
  });

  paper('5.4.1-2', () => {
    expect(votes([1, 1, 1, 1], 2, 1)).to.equal(true);
    expect(votes([2], 1, 4)).to.equal(false);
  });

  paper('5.4.1-3', () => {
    expect(votes([1, 2, 2], 2, 4)).to.equal(true);
    expect(votes([1, 2, 2], 2, 3)).to.equal(true);
    expect(votes([1, 2, 2], 2, 2)).to.equal(false);
  });

  paper('5.4.2-1', () => {
    // Figure 8 (c): S1 leads again, in term 4; entry 2 of term 2 is on S1, S2 and S3.
    const s1 = aLeader({ voters: five, term: 4, log: [1, 2] });
    const [c] = step(
      s1,
      matched({ term: 4, matchIndex: 2 }),
      matched({ peer: 'c', term: 4, matchIndex: 2 }),
      // Its own disk has written the no-op meanwhile; that changes nothing.
      persisted({ write: 2, lastIndex: 3, lastTerm: 4 }),
    );
    expect(c.context.commitIndex).to.equal(0);
    // (d): and rightly so, for S5 with its entry of term 3 may be elected by S3 and replace it.
    const s3 = aFollower({ id: 'c', voters: five, term: 4, log: [1, 2] });
    const ask = requestVote({ from: 'e', to: 'c', term: 5, lastLogIndex: 2, lastLogTerm: 3 });
    const [voted] = step(s3, ask);
    expect(voted.context.votedFor).to.equal('e');
    const replace = { from: 'e', to: 'c', term: 5, prev: [1, 1], entries: [3, 5] } as const;
    const [d] = step(voted, appendEntries(replace));
    expect(termsOf(d.context.log)).to.deep.equal([1, 3, 5]);
    expect(roleOf(d)).to.equal('follower.fresh');
  });

  paper('5.4.2-2', () => {
    // Figure 8 (e): S1 replicates an entry of term 4 to a majority before it crashes.
    const s1 = aLeader({ voters: five, term: 4, log: [1, 2] });
    const [e] = step(
      s1,
      persisted({ write: 2, lastIndex: 3, lastTerm: 4 }),
      matched({ term: 4, matchIndex: 3 }),
      matched({ peer: 'c', term: 4, matchIndex: 3 }),
    );
    expect(e.context.commitIndex).to.equal(3); // Entry 2 of term 2 with it.
    // S5 cannot win an election any more: a majority has a later last term.
    const s2 = aFollower({ id: 'b', voters: five, term: 4, log: [1, 2, 4] });
    const ask = requestVote({ from: 'e', to: 'b', term: 5, lastLogIndex: 2, lastLogTerm: 3 });
    expect(step(s2, ask)[0].context.votedFor).to.equal(null);
    // By counting alone, later entries of term 4 commit one by one.
    const [later] = step(
      e,
      command(1),
      ...['b', 'c', 'd'].map((peer) => matched({ peer, term: 4, matchIndex: 4 })),
    );
    expect(later.context.commitIndex).to.equal(4);
  });
});
