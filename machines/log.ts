/**
 * The log as consensus sees it: which term is where (Figure 2 `log[]`, without the commands), and
 * who takes part from which entry on (§6).
 *
 * A small immutable value. Entries of one term are one run, so every function here costs the number
 * of terms, never of entries. The commands themselves are lines in storage/, beside the charts.
 */
import type { LoggedConfiguration, LogIndex, ServerId, Term, TermRun } from './messages.ts';

/** The log as consensus sees it: where terms begin, who takes part, and no payloads. */
export interface Log {
  /** The last entry that a snapshot replaces; 0 and 0 for none (§7). */
  readonly snapshotIndex: LogIndex;
  readonly snapshotTerm: Term;
  readonly lastIndex: LogIndex;
  /** Ascending in both fields; covers snapshotIndex+1 … lastIndex. */
  readonly runs: readonly TermRun[];
  /** The configuration in force at snapshotIndex; after a start, that of the snapshot on the disk. */
  readonly base: LoggedConfiguration;
  /** Those of the entries snapshotIndex+1 … lastIndex, by rising index. */
  readonly configurations: readonly LoggedConfiguration[];
}

const nobody: LoggedConfiguration = { index: 0, voters: [], outgoing: [], learners: [] };

export const emptyLog: Log = {
  snapshotIndex: 0,
  snapshotTerm: 0,
  lastIndex: 0,
  runs: [],
  base: nobody,
  configurations: [],
};

/** An empty log of servers that were started together; of none, it waits to be told who takes part. */
export function bootstrapLog(voters: readonly ServerId[]): Log {
  return { ...emptyLog, base: { ...nobody, voters } };
}

/** §6: "a server always uses the latest configuration in its log", committed or not. */
export function configurationOf(log: Log): LoggedConfiguration {
  return log.configurations.at(-1) ?? log.base;
}

/** The configuration in force at `index`, which is not before the snapshot's. */
export function configurationAt(log: Log, index: LogIndex): LoggedConfiguration {
  return log.configurations.findLast((each) => each.index <= index) ?? log.base;
}

/** The configurations of entries `from … to`, as an AppendEntries carries them. */
export function configurationsBetween(
  log: Log,
  from: LogIndex,
  to: LogIndex,
): readonly LoggedConfiguration[] {
  return log.configurations.filter(({ index }) => index >= from && index <= to);
}

/** The run that holds `index`, or -1; the newest run is the likeliest. */
function runAt(log: Log, index: LogIndex): number {
  if (index > log.lastIndex) return -1;
  let i = log.runs.length - 1;
  while (i >= 0 && (log.runs[i] as TermRun).firstIndex > index) i -= 1;
  return i;
}

/** Term of the entry at `index`; null where the log has none (past its end, or compacted). */
export function termAt(log: Log, index: LogIndex): Term | null {
  if (index === log.snapshotIndex) return log.snapshotTerm;
  return log.runs[runAt(log, index)]?.term ?? null;
}

/** Term of the last entry, 0 for an empty log. */
export function lastTerm(log: Log): Term {
  return log.runs.at(-1)?.term ?? log.snapshotTerm;
}

/** §5.3, Log Matching: an equal index and term mean an equal log up to there. */
export function matches(log: Log, index: LogIndex, term: Term): boolean {
  return termAt(log, index) === term;
}

/** The terms of entries `from … to`, as an AppendEntries carries them. */
export function runsBetween(log: Log, from: LogIndex, to: LogIndex): readonly TermRun[] {
  if (from > to) return [];
  const first = runAt(log, from);
  const runs = log.runs.slice(first).filter((run) => run.firstIndex <= to);
  return runs.map((run, i) => (i === 0 ? { firstIndex: from, term: run.term } : run));
}

/** Drops every entry from `index` on (§5.3), and with them what they said of who takes part (§6). */
export function truncateFrom(log: Log, index: LogIndex): Log {
  if (index > log.lastIndex) return log;
  const runs = log.runs.filter((run) => run.firstIndex < index);
  const configurations = configurationsBetween(log, 0, index - 1);
  return { ...log, lastIndex: index - 1, runs, configurations };
}

/** Adds entries right after the last one; `runs` begins at lastIndex+1. */
export function append(
  log: Log,
  runs: readonly TermRun[],
  lastIndex: LogIndex,
  configurations: readonly LoggedConfiguration[] = [],
): Log {
  if (lastIndex <= log.lastIndex) return log;
  const joins = runs[0]?.term === lastTerm(log) && log.runs.length > 0;
  return {
    ...log,
    lastIndex,
    runs: [...log.runs, ...(joins ? runs.slice(1) : runs)],
    configurations:
      configurations.length === 0 ? log.configurations : [...log.configurations, ...configurations],
  };
}

/**
 * Forgets the entries up to `index`, which a snapshot replaces (§7); one that is not in the log, since
 * it is forgotten already or not there yet, changes nothing.
 */
export function compactTo(log: Log, index: LogIndex): Log {
  const term = termAt(log, index);
  if (term === null || index <= log.snapshotIndex) return log;
  return {
    ...{ snapshotIndex: index, snapshotTerm: term, lastIndex: log.lastIndex },
    runs: runsBetween(log, index + 1, log.lastIndex),
    base: configurationAt(log, index),
    configurations: configurationsBetween(log, index + 1, log.lastIndex),
  };
}

/** A log that holds nothing but a snapshot (§7: "discards its entire log"). */
export function snapshotOnly(index: LogIndex, term: Term, base: LoggedConfiguration): Log {
  const nothing = { runs: [], configurations: [] };
  return { snapshotIndex: index, snapshotTerm: term, lastIndex: index, base, ...nothing };
}

/**
 * The largest index up to `index` whose term is not above `term`: where two logs that differ at
 * `index` may still agree. Both ends use it, so one round trip skips a whole divergent term.
 */
export function lastIndexOfTerm(log: Log, index: LogIndex, term: Term): LogIndex {
  let at = Math.min(index, log.lastIndex);
  for (let i = runAt(log, at); i >= 0; i -= 1) {
    const run = log.runs[i] as TermRun;
    if (run.term <= term) return at;
    at = run.firstIndex - 1;
  }
  return at;
}
