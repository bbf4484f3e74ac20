/** Figure 2: "If there exists an N such that …", and what a follower may believe. */
import { expect } from 'chai';
import fc from 'fast-check';
import { followerCommitIndex, leaderCommitIndex } from '../../machines/rules/commitment.ts';
import { logOf } from '../support/step.ts';
import { someTerms } from './naive-log.ts';

const voters = ['a', 'b', 'c', 'd', 'e'];
const logOfVoters = (terms: readonly number[], ids: readonly string[]) => {
  const log = logOf(terms);
  return { ...log, base: { ...log.base, voters: ids } };
};
const leaderView = (terms: readonly number[], matches: readonly number[]) => ({
  log: logOfVoters(terms, voters),
  currentTerm: 4,
  commitIndex: 1,
  matchIndex: (voter: string) => matches[voters.indexOf(voter)] ?? 0,
});

describe("a leader's commitIndex", () => {
  it('is what a majority holds, of its own term', () => {
    expect(leaderCommitIndex(leaderView([1, 2, 4, 4], [4, 3, 3, 0, 0]))).to.equal(3);
  });

  it('Figure 8c: an entry of term 2 on a majority is not committed by counting', () => {
    expect(leaderCommitIndex(leaderView([1, 2, 4], [3, 2, 2, 1, 1]))).to.equal(1);
  });

  it('Figure 8e: with an entry of its own term on a majority, all before it commit, too', () => {
    expect(leaderCommitIndex(leaderView([1, 2, 4], [3, 3, 3, 1, 1]))).to.equal(3);
  });

  it('never falls, whatever the voters say after a restart', () => {
    expect(leaderCommitIndex({ ...leaderView([4, 4], [0, 0, 0, 0, 0]), commitIndex: 2 })).to.equal(
      2,
    );
  });

  it('is the N of Figure 2, found by trying all', () => {
    const indices = fc.array(fc.nat({ max: 10 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(someTerms, indices, fc.nat({ max: 10 }), fc.nat({ max: 1 }), (terms, m, c, d) => {
        const currentTerm = (terms.at(-1) ?? 0) + d;
        const commitIndex = Math.min(c, terms.length);
        const holders = (n: number) => m.filter((matchIndex) => matchIndex >= n).length;
        const committable = terms
          .map((term, i) => ({ n: i + 1, term }))
          .filter(({ n, term }) => 2 * holders(n) > m.length && term === currentTerm)
          .map(({ n }) => n);
        const names = m.map((_, i) => `n${i}`);
        const found = leaderCommitIndex({
          log: logOfVoters(terms, names),
          currentTerm,
          commitIndex,
          // A match is of entries that the leader has.
          matchIndex: (voter) => Math.min(m[names.indexOf(voter)] ?? 0, terms.length),
        });
        expect(found).to.equal(Math.max(commitIndex, ...committable));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a follower's commitIndex", () => {
  for (const [title, own, leaderCommit, verified, expected] of [
    ['follows the leader', 1, 3, 5, 3],
    ['stops at the last entry that this very message verified', 1, 9, 5, 5],
    ['does not fall with a late message', 4, 2, 5, 4],
    ['does not fall with a message that verifies less', 4, 9, 3, 4],
  ] as const) {
    it(title, () => {
      expect(followerCommitIndex(own, leaderCommit, verified)).to.equal(expected);
    });
  }
});
