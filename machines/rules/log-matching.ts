/**
 * May these entries follow what this server has (§5.3, the AppendEntries consistency check)?
 */
import {
  append,
  lastIndexOfTerm,
  matches,
  runsBetween,
  termAt,
  truncateFrom,
  type Log,
} from '../log.ts';
import type { LoggedConfiguration, LogIndex, Term, TermRun } from '../messages.ts';

export interface Appended {
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  readonly lastIndex: LogIndex;
  readonly runs: readonly TermRun[];
  readonly configurations: readonly LoggedConfiguration[];
}

export type Match =
  /** Everything is there already: a heartbeat or a repetition. */
  | { readonly kind: 'known' }
  /** Entries from `appendFrom` on are new; `truncates` says that they replace conflicting ones. */
  | { readonly kind: 'extends'; readonly appendFrom: LogIndex; readonly truncates: boolean }
  /** No entry of prevLogTerm at prevLogIndex; the logs cannot agree above `hintIndex`. */
  | { readonly kind: 'conflict'; readonly hintIndex: LogIndex; readonly hintTerm: Term };

/** §5.3: compares terms at run boundaries only; within a run a term cannot change. */
export function matchAppend(log: Log, m: Appended): Match {
  if (m.prevLogIndex < log.snapshotIndex) return matchBeyondSnapshot(log, m);
  if (!matches(log, m.prevLogIndex, m.prevLogTerm)) return conflict(log, m);
  for (const [i, run] of m.runs.entries()) {
    const end = (m.runs[i + 1]?.firstIndex ?? m.lastIndex + 1) - 1;
    const agreed = agreesThrough(log, run, end);
    if (agreed < end) {
      // §5.3: only a real conflict deletes; a delayed message that is a prefix of ours does not.
      return { kind: 'extends', appendFrom: agreed + 1, truncates: agreed + 1 <= log.lastIndex };
    }
  }
  return { kind: 'known' };
}

/**
 * §7: what a snapshot replaces is committed, so a delayed message that begins before it agrees with
 * it, or the cluster is broken. An empty log before it must not be taken for a log without entries.
 */
function matchBeyondSnapshot(log: Log, m: Appended): Match {
  const { snapshotIndex: prevLogIndex, snapshotTerm: prevLogTerm } = log;
  if (m.lastIndex < prevLogIndex) return { kind: 'known' };
  const isAt = (run: TermRun, i: number): boolean =>
    run.firstIndex <= prevLogIndex && (m.runs[i + 1]?.firstIndex ?? Infinity) > prevLogIndex;
  if (m.runs.find(isAt)?.term !== prevLogTerm) {
    return { kind: 'extends', appendFrom: prevLogIndex, truncates: true };
  }
  const runs = m.runs
    .filter((_, i) => (m.runs[i + 1]?.firstIndex ?? m.lastIndex + 1) > prevLogIndex + 1)
    .map((run) => ({ ...run, firstIndex: Math.max(run.firstIndex, prevLogIndex + 1) }));
  return matchAppend(log, { ...m, prevLogIndex, prevLogTerm, runs });
}

/** The last index of run.firstIndex-1 … end up to which our log has the run's term. */
function agreesThrough(log: Log, run: TermRun, end: LogIndex): LogIndex {
  const last = Math.min(end, log.lastIndex);
  if (termAt(log, run.firstIndex) !== run.term) return run.firstIndex - 1;
  const after = runsBetween(log, run.firstIndex, last)[1];
  return after === undefined ? last : after.firstIndex - 1;
}

/** docs/divergence.md#conflict-hints: one round trip per divergent term, not per entry. */
function conflict(log: Log, m: Appended): Match {
  const hintIndex = lastIndexOfTerm(log, m.prevLogIndex, m.prevLogTerm);
  return { kind: 'conflict', hintIndex, hintTerm: termAt(log, hintIndex) ?? 0 };
}

/** The log after the entries of `m` from `appendFrom` on took their place. */
export function acceptAppend(log: Log, m: Appended, appendFrom: LogIndex): Log {
  const kept = truncateFrom(log, appendFrom);
  const fresh = m.runs
    .filter((_, i) => (m.runs[i + 1]?.firstIndex ?? m.lastIndex + 1) > appendFrom)
    .map((run) => ({ ...run, firstIndex: Math.max(run.firstIndex, appendFrom) }));
  const configurations = m.configurations.filter(({ index }) => index >= appendFrom);
  return append(kept, fresh, m.lastIndex, configurations);
}

/** Leader's side of a refusal: the next index to try, above what is known to match. */
export function nextAfterConflict(
  log: Log,
  hint: { hintIndex: LogIndex; hintTerm: Term },
  matchIndex: LogIndex,
): LogIndex {
  return Math.max(matchIndex, lastIndexOfTerm(log, hint.hintIndex, hint.hintTerm)) + 1;
}
