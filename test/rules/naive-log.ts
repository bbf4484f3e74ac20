/**
 * The log as one would write it down first: an array with a term per entry. The rules are compared
 * with it, entry by entry, and so is the compact log of machines/log.ts.
 */
import fc from 'fast-check';
import { emptyLog, append, type Log } from '../../machines/log.ts';
import type { LogIndex, Term } from '../../machines/messages.ts';
import type { Appended } from '../../machines/rules/log-matching.ts';
import { runsOf, termsOf } from '../support/step.ts';

/** `terms[0]` belongs to the entry after the snapshot. */
export interface NaiveLog {
  readonly snapshotIndex: LogIndex;
  readonly snapshotTerm: Term;
  readonly terms: readonly Term[];
}

export const naiveLast = (log: NaiveLog): LogIndex => log.snapshotIndex + log.terms.length;

export function naiveTermAt(log: NaiveLog, index: LogIndex): Term | null {
  if (index === log.snapshotIndex) return log.snapshotTerm;
  return log.terms[index - log.snapshotIndex - 1] ?? null;
}

/** The compact log of the same entries. */
export function compact({ snapshotIndex, snapshotTerm, terms }: NaiveLog): Log {
  const empty = { ...emptyLog, snapshotIndex, snapshotTerm, lastIndex: snapshotIndex };
  return append(empty, runsOf(terms, snapshotIndex + 1), snapshotIndex + terms.length);
}

/** The other way round; fails the test if `runs` is not ascending and gapless. */
export function spell(log: Log): NaiveLog {
  const { snapshotIndex, snapshotTerm, runs } = log;
  const ascending = runs.every((run, i) => {
    const next = runs[i + 1];
    return next === undefined || (next.firstIndex > run.firstIndex && next.term > run.term);
  });
  const first = runs[0]?.firstIndex ?? snapshotIndex + 1;
  if (!ascending || first !== snapshotIndex + 1) {
    throw new Error(`not a log: ${JSON.stringify(log)}`);
  }
  return { snapshotIndex, snapshotTerm, terms: termsOf(log) };
}

/** The largest index up to `index` with a term of at most `term`; else where the log begins. */
export function naiveLastOfTerm(log: NaiveLog, index: LogIndex, term: Term): LogIndex {
  let at = Math.min(index, naiveLast(log));
  while (at > log.snapshotIndex && (naiveTermAt(log, at) ?? 0) > term) at -= 1;
  return at;
}

/** What `m` says of each entry it carries. */
export function carried(m: Appended): { index: LogIndex; term: Term }[] {
  return termsOf(m).map((term, i) => ({ index: m.prevLogIndex + 1 + i, term }));
}

// Arbitraries. Small numbers, so that terms and indices meet.

const ascending = (least: Term, maxLength: number) =>
  fc.array(fc.nat({ max: 2 }), { maxLength }).map((steps) => {
    let term = least;
    return steps.map((step) => (term += step));
  });

/** Terms of entries, never falling, the first of them 1 or more. */
export const someTerms = ascending(1, 10);

/** A log, with a snapshot or without. */
export const someLog: fc.Arbitrary<NaiveLog> = fc
  .record({ snapshotIndex: fc.nat({ max: 3 }), base: fc.integer({ min: 1, max: 2 }) })
  .chain(({ snapshotIndex, base }) => {
    const snapshotTerm = snapshotIndex === 0 ? 0 : base;
    return ascending(base, 10).map((terms) => ({ snapshotIndex, snapshotTerm, terms }));
  });

/** An AppendEntries out of a leader's log, from any place on. */
export const someAppend: fc.Arbitrary<Appended> = fc
  .tuple(someTerms, fc.nat({ max: 10 }))
  .map(([terms, at]) => appendOf(terms, Math.min(at, terms.length), terms.length));

/** What a leader with these terms would send: the entries after `prevLogIndex`, up to `lastIndex`. */
export function appendOf(
  terms: readonly Term[],
  prevLogIndex: LogIndex,
  lastIndex: LogIndex,
): Appended {
  const prevLogTerm = terms[prevLogIndex - 1] ?? 0;
  const runs = runsOf(terms.slice(prevLogIndex, lastIndex), prevLogIndex + 1);
  return { prevLogIndex, prevLogTerm, lastIndex, runs, configurations: [] };
}

/**
 * Two logs of one cluster: equal up to some index, and from there on never an equal term at an
 * equal index (§5.3, Log Matching Property).
 */
export const twoLogs: fc.Arbitrary<readonly [readonly Term[], readonly Term[]]> = fc
  .tuple(someTerms, someTerms, someTerms)
  .map(([common, left, right]) => {
    const base = common.at(-1) ?? 0;
    return [
      [...common, ...left.map((term) => base + 2 * term)],
      [...common, ...right.map((term) => base + 2 * term - 1)],
    ] as const;
  });
