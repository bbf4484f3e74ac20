/**
 * What the search of single keys cannot see: revisions are places in one log, so they grow over all
 * keys (I36, docs/invariants.md). A write that began after another answer has a larger revision.
 *
 * One pass in order of time; it looks at recorded revisions only.
 */
import type { HistoryOperation } from './history.ts';

/** Two operations that cannot both be true; null when revisions grow in real time. */
export function findRevisionConflict(
  operations: readonly HistoryOperation[],
): readonly [earlier: HistoryOperation, later: HistoryOperation] | null {
  const answered = operations.filter(
    ({ outcome, revision }) => outcome === 'ok' && revision !== undefined,
  );
  const writes = answered.filter(({ op }) => op !== 'get');
  writes.sort((a, b) => a.invokedAtMs - b.invokedAtMs);
  const returned = answered.sort((a, b) => timeOf(a) - timeOf(b));
  let latest: HistoryOperation | null = null;
  let next = 0;
  const byRevision = new Map<number, HistoryOperation>();
  for (const write of writes) {
    for (; next < returned.length; next += 1) {
      const one = returned[next];
      if (one === undefined || timeOf(one) >= write.invokedAtMs) break;
      if (latest === null || revisionOf(one) > revisionOf(latest)) latest = one;
    }
    const twin = byRevision.get(revisionOf(write));
    if (twin !== undefined) return [twin, write];
    if (latest !== null && revisionOf(write) <= revisionOf(latest)) return [latest, write];
    byRevision.set(revisionOf(write), write);
  }
  return null;
}

function timeOf({ returnedAtMs }: HistoryOperation): number {
  return returnedAtMs ?? Infinity;
}

function revisionOf({ revision }: HistoryOperation): number {
  return revision ?? 0;
}
