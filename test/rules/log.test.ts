/** machines/log.ts against an array of terms: the compact log is the same log. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  append,
  configurationOf,
  configurationsBetween,
  emptyLog,
  lastIndexOfTerm,
  lastTerm,
  matches,
  runsBetween,
  termAt,
  truncateFrom,
} from '../../machines/log.ts';
import { acceptAppend } from '../../machines/rules/log-matching.ts';
import { logOf, runsOf, termsOf } from '../support/step.ts';
import {
  compact,
  naiveLast,
  naiveLastOfTerm,
  naiveTermAt,
  someLog,
  someTerms,
  spell,
} from './naive-log.ts';

const someIndex = fc.nat({ max: 16 });

describe('the log as consensus sees it', () => {
  it('is empty at first: index 0 and term 0 are before the first entry', () => {
    expect(lastTerm(emptyLog)).to.equal(0);
    expect(termAt(emptyLog, 0)).to.equal(0);
    expect(termAt(emptyLog, 1)).to.equal(null);
    expect(matches(emptyLog, 0, 0)).to.equal(true);
  });

  it('keeps entries of one term as one run, so its size is the number of terms', () => {
    const log = append(logOf([1, 1]), [{ firstIndex: 3, term: 1 }], 1_000);
    expect(log.runs).to.deep.equal([{ firstIndex: 1, term: 1 }]);
    expect(log.lastIndex).to.equal(1_000);
  });

  it('knows the term of its snapshot and nothing below it', () => {
    const log = compact({ snapshotIndex: 5, snapshotTerm: 2, terms: [2, 3] });
    expect([4, 5, 6, 7, 8].map((index) => termAt(log, index))).to.deep.equal([null, 2, 2, 3, null]);
    expect(lastTerm(truncateFrom(log, 6))).to.equal(2);
  });

  it('spells every log that it holds', () => {
    fc.assert(
      fc.property(someLog, (log) => {
        expect(spell(compact(log))).to.deep.equal(log);
      }),
    );
  });

  it('termAt and lastTerm are those of the entries', () => {
    fc.assert(
      fc.property(someLog, someIndex, (log, index) => {
        expect(termAt(compact(log), index)).to.equal(naiveTermAt(log, index));
        expect(lastTerm(compact(log))).to.equal(naiveTermAt(log, naiveLast(log)));
      }),
    );
  });

  it('matches an index and a term when the entry there has the term', () => {
    fc.assert(
      fc.property(someLog, someIndex, fc.nat({ max: 12 }), (log, index, term) => {
        const holds = naiveTermAt(log, index) === term;
        expect(matches(compact(log), index, term)).to.equal(holds);
      }),
    );
  });

  it('append puts entries behind the last one', () => {
    fc.assert(
      fc.property(someLog, someTerms, (log, more) => {
        const base = naiveTermAt(log, naiveLast(log)) ?? 0;
        const terms = more.map((term) => base + term - 1).filter((term) => term > 0);
        const lastIndex = naiveLast(log) + terms.length;
        const longer = append(compact(log), runsOf(terms, naiveLast(log) + 1), lastIndex);
        expect(spell(longer)).to.deep.equal({ ...log, terms: [...log.terms, ...terms] });
      }),
    );
  });

  it('truncateFrom drops the entry and all that follow it', () => {
    fc.assert(
      fc.property(someLog, someIndex, (log, index) => {
        const from = Math.max(index, log.snapshotIndex + 1);
        const kept = log.terms.slice(0, from - log.snapshotIndex - 1);
        expect(spell(truncateFrom(compact(log), from))).to.deep.equal({ ...log, terms: kept });
      }),
    );
  });

  it('runsBetween gives the terms of a stretch, as a message carries them', () => {
    fc.assert(
      fc.property(someLog, someIndex, someIndex, (log, a, b) => {
        const from = Math.max(Math.min(a, b), log.snapshotIndex + 1);
        const to = Math.min(Math.max(a, b), naiveLast(log));
        const runs = runsBetween(compact(log), from, to);
        const terms = log.terms.slice(from - log.snapshotIndex - 1, to - log.snapshotIndex);
        expect(runs).to.deep.equal(runsOf(from > to ? [] : terms, from));
        expect(termsOf({ lastIndex: to, runs })).to.deep.equal(from > to ? [] : terms);
      }),
    );
  });

  it('lastIndexOfTerm is the largest index up to one, of at most a term', () => {
    fc.assert(
      fc.property(someLog, someIndex, fc.nat({ max: 12 }), (log, index, term) => {
        const from = Math.max(index, log.snapshotIndex);
        expect(lastIndexOfTerm(compact(log), from, term)).to.equal(
          naiveLastOfTerm(log, from, term),
        );
      }),
    );
  });
});

describe('who takes part, by the log (§6)', () => {
  const of = (index: number, ...voters: string[]) => {
    return { index, voters, outgoing: [], learners: [] };
  };
  const log = append(
    append(logOf([1]), [{ firstIndex: 2, term: 2 }], 3, [of(2, 'a', 'b')]),
    [{ firstIndex: 4, term: 2 }],
    6,
    [of(5, 'a')],
  );

  it('"a server always uses the latest configuration in its log"', () => {
    expect(configurationOf(logOf([1])).voters).to.deep.equal(['a', 'b', 'c']);
    expect(configurationOf(log)).to.deep.equal(of(5, 'a'));
  });

  it('is undone by truncation, step by step, down to what the servers were started with', () => {
    expect(configurationOf(truncateFrom(log, 6))).to.deep.equal(of(5, 'a'));
    expect(configurationOf(truncateFrom(log, 5))).to.deep.equal(of(2, 'a', 'b'));
    expect(configurationOf(truncateFrom(log, 2)).index).to.equal(0);
  });

  it('travels with its entries', () => {
    expect(configurationsBetween(log, 3, 6)).to.deep.equal([of(5, 'a')]);
    expect(configurationsBetween(log, 2, 4)).to.deep.equal([of(2, 'a', 'b')]);
  });

  it('is taken from an AppendEntries only with the entries that are new', () => {
    const m = { prevLogIndex: 1, prevLogTerm: 1, lastIndex: 5, runs: runsOf([2, 2, 2, 2], 2) };
    const known = truncateFrom(log, 5);
    const taken = acceptAppend(known, { ...m, configurations: [of(2, 'x'), of(5, 'z')] }, 5);
    expect(taken.configurations).to.deep.equal([of(2, 'a', 'b'), of(5, 'z')]);
  });
});
