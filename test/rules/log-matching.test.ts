/** §5.3, the consistency check and what follows from it, against entry-by-entry comparison. */
import { expect } from 'chai';
import fc from 'fast-check';
import { truncateFrom } from '../../machines/log.ts';
import type { Term } from '../../machines/messages.ts';
import {
  acceptAppend,
  matchAppend,
  nextAfterConflict,
  type Appended,
  type Match,
} from '../../machines/rules/log-matching.ts';
import { logOf, termsOf } from '../support/step.ts';
import {
  appendOf,
  carried,
  compact,
  naiveLast,
  naiveLastOfTerm,
  naiveTermAt,
  someAppend,
  someLog,
  someTerms,
  spell,
  twoLogs,
  type NaiveLog,
} from './naive-log.ts';

function naiveMatch(log: NaiveLog, m: Appended): Match {
  if (naiveTermAt(log, m.prevLogIndex) !== m.prevLogTerm) {
    const hintIndex = naiveLastOfTerm(log, m.prevLogIndex, m.prevLogTerm);
    return { kind: 'conflict', hintIndex, hintTerm: naiveTermAt(log, hintIndex) ?? 0 };
  }
  const fresh = carried(m).find(({ index, term }) => naiveTermAt(log, index) !== term);
  if (fresh === undefined) return { kind: 'known' };
  const truncates = fresh.index <= naiveLast(log);
  return { kind: 'extends', appendFrom: fresh.index, truncates };
}

const extend = (appendFrom: number, truncates = false): Match => {
  return { kind: 'extends', appendFrom, truncates };
};
const conflict = (hintIndex: number, hintTerm: Term): Match => {
  return { kind: 'conflict', hintIndex, hintTerm };
};

describe('the consistency check', () => {
  const rows: [string, Term[], Appended, Match][] = [
    ['an empty log takes the first entry', [], appendOf([1], 0, 1), extend(1)],
    ['an entry follows one that is there', [1, 1], appendOf([1, 1, 2], 2, 3), extend(3)],
    ['a heartbeat that matches brings nothing', [1, 1], appendOf([1, 1], 2, 2), { kind: 'known' }],
    ['a repetition brings nothing', [1, 1, 2], appendOf([1, 1, 2], 0, 3), { kind: 'known' }],
    ['an old prefix of ours truncates nothing', [1, 1, 2], appendOf([1], 0, 1), { kind: 'known' }],
    ['what overlaps is skipped', [1, 1, 2], appendOf([1, 1, 2, 2], 1, 4), extend(4)],
    ['a real conflict truncates', [1, 1, 2], appendOf([1, 1, 3], 2, 3), extend(3, true)],
    ['a conflict inside the batch', [1, 1, 1], appendOf([1, 2, 2], 0, 3), extend(2, true)],
    ['no entry at prevLogIndex: too short', [1], appendOf([1, 1, 1, 2], 3, 4), conflict(1, 1)],
    ['another term there: back by a term', [1, 2, 2], appendOf([1, 1, 1, 3], 3, 4), conflict(1, 1)],
  ];
  for (const [title, terms, message, expected] of rows) {
    it(`${title}: ${JSON.stringify(terms)}`, () => {
      expect(matchAppend(logOf(terms), message)).to.deep.equal(expected);
    });
  }

  it('comparing runs finds what comparing entries finds', () => {
    fc.assert(
      fc.property(someLog, someAppend, (log, m) => {
        fc.pre(m.prevLogIndex >= log.snapshotIndex);
        expect(matchAppend(compact(log), m)).to.deep.equal(naiveMatch(log, m));
      }),
      { numRuns: 500 },
    );
  });

  it('a refusal names no index above which the logs could still agree', () => {
    fc.assert(
      fc.property(twoLogs, fc.nat({ max: 20 }), ([leader, own], at) => {
        const m = appendOf(leader, Math.min(at, leader.length), leader.length);
        const match = matchAppend(logOf(own), m);
        if (match.kind !== 'conflict') return;
        const agreeAbove = own.filter(
          (term, i) => i + 1 > match.hintIndex && i < m.prevLogIndex && leader[i] === term,
        );
        expect(agreeAbove).to.deep.equal([]);
      }),
    );
  });
});

describe('accepting entries', () => {
  it('replaces everything from the first new entry on', () => {
    fc.assert(
      fc.property(someLog, someAppend, (log, m) => {
        fc.pre(m.prevLogIndex >= log.snapshotIndex);
        const match = matchAppend(compact(log), m);
        if (match.kind !== 'extends') return;
        const kept = log.terms.slice(0, match.appendFrom - log.snapshotIndex - 1);
        const fresh = carried(m).filter(({ index }) => index >= match.appendFrom);
        const terms = [...kept, ...fresh.map(({ term }) => term)];
        expect(spell(acceptAppend(compact(log), m, match.appendFrom))).to.deep.equal({
          ...log,
          terms,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('makes the log agree with the message, whatever it held; again, it changes nothing', () => {
    fc.assert(
      fc.property(someTerms, someAppend, (terms, m) => {
        const log = logOf(terms);
        const match = matchAppend(log, m);
        if (match.kind === 'conflict') return;
        const next = match.kind === 'extends' ? acceptAppend(log, m, match.appendFrom) : log;
        expect(termsOf(truncateFrom(next, m.lastIndex + 1)).slice(m.prevLogIndex)).to.deep.equal(
          carried(m).map(({ term }) => term),
        );
        expect(matchAppend(next, m)).to.deep.equal({ kind: 'known' });
      }),
    );
  });
});

describe('backing up after a refusal', () => {
  it('tries right after the last entry of at most the hinted term, never at what matches', () => {
    fc.assert(
      fc.property(someLog, fc.nat(12), fc.nat(8), fc.nat(6), (log, hintIndex, hintTerm, match) => {
        fc.pre(hintIndex >= log.snapshotIndex);
        const at = naiveLastOfTerm(log, hintIndex, hintTerm);
        const next = nextAfterConflict(compact(log), { hintIndex, hintTerm }, match);
        expect(next).to.equal(Math.max(match, at) + 1);
      }),
    );
  });

  it('finds where two logs agree, in at most a round trip per divergent term', () => {
    fc.assert(
      fc.property(twoLogs, ([leader, own]) => {
        const agreed = leader.findIndex((term, i) => own[i] !== term);
        const shared = agreed < 0 ? leader.length : agreed;
        let prevLogIndex = leader.length;
        let roundTrips = 1;
        for (;;) {
          const match = matchAppend(logOf(own), appendOf(leader, prevLogIndex, prevLogIndex));
          if (match.kind !== 'conflict') break;
          prevLogIndex = Math.min(prevLogIndex - 1, nextAfterConflict(logOf(leader), match, 0) - 1);
          roundTrips += 1;
        }
        const divergent = new Set([...leader.slice(shared), ...own.slice(shared)]).size;
        expect(prevLogIndex).to.equal(Math.min(shared, leader.length));
        expect(roundTrips).to.be.at.most(divergent + 1);
      }),
      { numRuns: 500 },
    );
  });
});
