/**
 * What the segments of a directory say together, and whether it may be believed. Reads only; what
 * has to be written after a start is `disk-log.ts`.
 *
 * A segment's entries count up to the first index of any later segment: what lies beyond is an
 * overwritten suffix and is never looked at. Everything that counts must be whole, but for the end
 * of the newest segment, where a batch that was never proved synced may be torn
 * (docs/formats.md#recovery).
 */
import { join } from 'node:path';
import type { LogIndex, TermRun } from '../machines/messages.ts';
import type { DataDir } from './data-dir.ts';
import { logCorrupt } from './fault.ts';
import { SYNCED } from './file-names.ts';
import { sliceLines } from './lines.ts';
import { LogWalk } from './log-walk.ts';
import { findSegments, type FoundSegment } from './segment-files.ts';
import type { Span } from './spans.ts';
import type { ConfigurationLine, Lines, Position } from './store.ts';
import { readProof, type Proof } from './synced.ts';

export interface RecoveredLog {
  /** Whether there is any segment: there is one from the end of the first start on. */
  readonly established: boolean;
  /** What the first entry continues. */
  readonly base: Position;
  readonly last: Position;
  readonly runs: readonly TermRun[];
  readonly configurations: readonly ConfigurationLine[];
  /** The last entry that is proved synced. */
  readonly proven: Position;
  /** What lies past it, to be written anew; null when nothing does. */
  readonly tail: Lines | null;
  /** Oldest first. */
  readonly spans: readonly Span[];
  /** Segments none of whose entries count once the tail is written anew, oldest first. */
  readonly dead: readonly string[];
  /** The snapshot takes the place of the whole log: what is written next must say so. */
  readonly restarts: boolean;
  /** The newest segment, if its making was cut short; to be removed before a next one is made. */
  readonly unborn: string | null;
  readonly nextSegment: number;
  readonly tornBytes: number;
}

/**
 * Reads and judges the log that `snapshot` goes before, if there is one. Throws ERR_LOG_CORRUPT,
 * ERR_FORMAT_UNKNOWN or a mismatch of owners.
 */
export async function readLog(
  dataDir: DataDir,
  seed: number,
  snapshot: Position | null,
): Promise<RecoveredLog> {
  const { files, path } = dataDir;
  const { found, replaced, unborn, nextSegment } = await findSegments(dataDir);
  const proof = liveProof(await readProof(files, path), found, path);
  const limits = lastIndices(found);
  const base = startOf(found, limits, seed, snapshot);
  const walk = new LogWalk(base, proof, snapshot);
  for (const [i, segment] of found.entries()) {
    const upTo = limits[i] ?? 0;
    if (upTo <= segment.header.continues.index) continue;
    const bytes = await files.readFile(segment.path);
    // A successor, even an unborn one, was begun only when all of this one was on the disk.
    const mayBeTorn = i === found.length - 1 && unborn === null;
    walk.read(segment, bytes ?? new Uint8Array(), upTo, mayBeTorn);
  }
  if (proof !== null && walk.last.index < proof.index) {
    const file = found.at(-1)?.path ?? join(path, SYNCED);
    throw logCorrupt(
      `the log ends with entry ${walk.last.index}, but was on the disk through ${proof.index}`,
      file,
      walk.end,
    );
  }
  const established = found.length > 0;
  const unbornName = unborn?.name ?? null;
  const tornBytes = walk.tornBytes + (unborn?.sizeBytes ?? 0);
  const common = { established, unborn: unbornName, nextSegment, tornBytes };
  if (snapshot !== null && !walk.reachesSnapshot) {
    // Its making durable was the last thing to happen: the log was about to be replaced. It ends
    // before the snapshot, or has another history there, which nobody will ever commit.
    const dead = [...replaced, ...found.map(({ name }) => name)];
    const none = { runs: [], configurations: [], tail: null, spans: [], dead, restarts: true };
    return { ...common, ...none, base: snapshot, last: snapshot, proven: snapshot };
  }
  const proven = walk.provenPosition();
  const { last, runs, configurations, tail, spans } = walk;
  const counts = (segment: FoundSegment, i: number): boolean =>
    Math.min(limits[i] ?? 0, proven.index) > segment.header.continues.index;
  return {
    ...common,
    restarts: false,
    base,
    last,
    runs,
    configurations,
    proven,
    tail:
      tail !== null && proven.index < last.index
        ? sliceLines(tail, proven.index + 1, last.index)
        : null,
    spans,
    dead: [
      ...replaced,
      ...found.filter((segment, i) => !counts(segment, i)).map(({ name }) => name),
    ],
  };
}

/** What the first entry that counts continues; a snapshot must reach down to it. */
function startOf(
  found: readonly FoundSegment[],
  limits: readonly LogIndex[],
  seed: number,
  snapshot: Position | null,
): Position {
  const first = found.find(({ header }, i) => (limits[i] ?? 0) > header.continues.index);
  const start = first ?? found.at(-1);
  const zero = { index: 0, term: 0, time: 0, checksum: seed };
  // Where the log should begin at 1, LogWalk compares what the first segment continues with zero.
  if (start === undefined || start.header.continues.index === 0) return zero;
  const { continues } = start.header;
  if (snapshot !== null && snapshot.index >= continues.index) return continues;
  const what =
    snapshot === null ? 'there is no snapshot' : `the snapshot ends with entry ${snapshot.index}`;
  const why = `the log begins after entry ${continues.index}, but ${what}; files are missing`;
  throw logCorrupt(why, start.path, 0);
}

/** Through which index each segment counts: up to the first index of any later one. */
function lastIndices(found: readonly FoundSegment[]): LogIndex[] {
  let limit = Infinity;
  const newestFirst = found.toReversed().map(({ header }) => {
    const upTo = limit;
    limit = Math.min(limit, header.continues.index);
    return upTo;
  });
  return newestFirst.reverse();
}

/** A proof still holds unless a later segment overrides what it proves. */
function liveProof(
  proof: Proof | null,
  found: readonly FoundSegment[],
  directory: string,
): Proof | null {
  if (proof === null) return null;
  if (proof.segment > (found.at(-1)?.header.segment ?? 0)) {
    throw logCorrupt(`segment ${proof.segment} is missing`, join(directory, SYNCED), 0);
  }
  const overridden = found.some(
    ({ header }) => header.segment > proof.segment && header.continues.index < proof.index,
  );
  return overridden ? null : proof;
}
