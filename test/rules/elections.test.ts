/** §5.2 and §5.4.1: who may have a vote. */
import { expect } from 'chai';
import fc from 'fast-check';
import { grantsVote, isUpToDate } from '../../machines/rules/elections.ts';
import { logOf } from '../support/step.ts';
import { someTerms } from './naive-log.ts';

describe('the more up-to-date log', () => {
  for (const [title, terms, lastLogTerm, lastLogIndex, expected] of [
    ['an empty log is as up to date as another', [], 0, 0, true],
    ['any log is, compared with an empty one', [], 1, 1, true],
    ['an empty one is not, compared with any log', [1], 0, 0, false],
    ['equal logs are', [1, 1, 2], 2, 3, true],
    ['the later last term wins, however short', [1, 1, 2], 3, 1, true],
    ['the earlier last term loses, however long', [1, 1, 2], 1, 9, false],
    ['with equal last terms the longer wins', [1, 1, 2], 2, 4, true],
    ['with equal last terms the shorter loses', [1, 1, 2], 2, 2, false],
  ] as [string, number[], number, number, boolean][]) {
    it(title, () => {
      expect(isUpToDate(logOf(terms), lastLogTerm, lastLogIndex)).to.equal(expected);
    });
  }

  it('of any two logs one is at least as up to date as the other; both only if they end alike', () => {
    const end = (terms: readonly number[]) => [terms.at(-1) ?? 0, terms.length] as const;
    fc.assert(
      fc.property(someTerms, someTerms, (left, right) => {
        const rightWins = isUpToDate(logOf(left), ...end(right));
        const leftWins = isUpToDate(logOf(right), ...end(left));
        expect(rightWins || leftWins).to.equal(true);
        expect(rightWins && leftWins).to.equal(
          JSON.stringify(end(left)) === JSON.stringify(end(right)),
        );
      }),
    );
  });
});

describe('a vote', () => {
  const request = { from: 'b', lastLogIndex: 3, lastLogTerm: 2 };
  for (const [title, votedFor, terms, expected] of [
    ['is granted to the first who asks', null, [1, 1, 2], true],
    ['is granted again to the same candidate, whose answer got lost', 'b', [1, 1, 2], true],
    ['is not granted to a second candidate', 'c', [1, 1, 2], false],
    ['is not granted to a log that is behind', null, [1, 1, 2, 2], false],
    ['is not granted again to a log that is behind', 'b', [1, 1, 3], false],
  ] as [string, string | null, number[], boolean][]) {
    it(title, () => {
      expect(grantsVote({ log: logOf(terms), votedFor }, request)).to.equal(expected);
    });
  }
});
