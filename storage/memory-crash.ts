/**
 * What a power cut leaves of something unfinished on the disk of the in-memory twin. It is what the
 * files promise (docs/formats.md#crashes): the vote before any line, of the lines of an unfinished
 * sync any prefix, of what was never synced nothing. Of a snapshot there is all or nothing, and the
 * log that it replaces goes after it, from its beginning.
 *
 * `random` is uniform in [0, 1).
 */
import { sliceLines } from './lines.ts';
import type { DiskContents, SnapshotStep } from './memory-contents.ts';
import type { Lines, VoteState } from './store.ts';

/** What a sync in flight would add to the disk. */
export interface Unfinished {
  readonly vote: VoteState | null;
  readonly batches: readonly Lines[];
}

/** Old or new: a snapshot has a name only when it is whole; the log goes on from it after that. */
export function crashStep(contents: DiskContents, step: SnapshotStep, random: () => number): void {
  if (step.kind === 'compact') {
    contents.take({ ...step, throughIndex: Math.floor(random() * (step.throughIndex + 1)) });
    return;
  }
  const reached = random();
  if (reached < 0.4) return;
  // The snapshot, but not yet what it does to the log: the next start does it.
  if (reached < 0.7) contents.snapshot = step.snapshot;
  else contents.take(step);
}

/** Of a sync, the vote goes first, then lines in their order; one of them may be torn. */
export function crashSync(
  contents: DiskContents,
  { vote, batches }: Unfinished,
  random: () => number,
): void {
  if (vote !== null) {
    if (random() < 0.5) return;
    contents.vote = vote;
  }
  const count = batches.reduce((sum, batch) => sum + batch.ends.length, 0);
  let left = Math.floor(random() * (count + 1));
  const [first] = batches;
  // The new segment's header is on the disk before its lines are, and overrides by itself.
  if (first !== undefined && random() < 0.5) contents.truncateFrom(first.firstIndex);
  for (const batch of batches) {
    const kept = Math.min(left, batch.ends.length);
    if (kept > 0) {
      contents.append(sliceLines(batch, batch.firstIndex, batch.firstIndex + kept - 1));
    }
    left -= kept;
    if (kept < batch.ends.length) {
      contents.tornBytes = Math.floor(random() * (batch.ends[kept] ?? 0));
      return;
    }
  }
}
