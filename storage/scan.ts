/**
 * Reads one segment back, line by line, and judges the first thing that is not as it was written:
 * the rest of the last batch may be a torn write, which nobody was promised; anything that a later
 * batch stands on was promised, for a batch is only begun when the one before is on the disk.
 */
import { crc32 } from 'node:zlib';
import type { LogIndex, Term } from '../machines/messages.ts';
import { TAIL_BYTES, isConfiguration, readChecksum, readLine } from './line.ts';
import { SYNCED_START, readSynced } from './segment.ts';
import type { Lines, Position } from './store.ts';

export interface Scan {
  /** The last entry that is whole and continues the chain. */
  readonly last: Position;
  /** Bytes that were understood; the segment's size when all of them were. */
  readonly end: number;
  /** What stands at `end` instead of the next line, or null. */
  readonly defect: string | null;
  /** Last entry that a synced line of this segment proves. */
  readonly proven: LogIndex;
  /** Replicated time of that entry. */
  readonly provenTime: number;
  /** Where the batch in which reading ended was to end. */
  readonly batchEnd: LogIndex;
  /** The entries after the last synced line, on a buffer of their own. */
  readonly batch: Lines;
}

/** One entry on the way through a segment. */
export interface ScannedEntry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly time: number;
  /** Where its line begins. */
  readonly offset: number;
  /** The checksum that it continues, and its own. */
  readonly seed: number;
  readonly checksum: number;
  /** JSON text of a configuration; null when the entry is of another kind. */
  readonly configuration: string | null;
}

const decoder = new TextDecoder();

/** Reads the entries of a segment from byte `start` on, up to entry `upTo` or the first defect. */
export function scanSegment(
  bytes: Uint8Array,
  start: number,
  continues: Position,
  upTo: LogIndex,
  visit: (entry: ScannedEntry) => void,
): Scan {
  let { index, term, time, checksum } = continues;
  let at = start;
  let proven = index;
  let provenTime = time;
  let batchEnd = index;
  let batchStart = start;
  let batchSeed = checksum;
  let ends: number[] = [];
  let defect: string | null = null;
  while (at < bytes.length && index < upTo) {
    const end = bytes.indexOf(0x0a, at) + 1;
    const line = readLine(bytes, at, end);
    if (line === null) {
      const synced = readSynced(bytes, at, end);
      if (synced === null)
        defect = end === 0 ? 'a line is cut short' : 'this is not a line of a log';
      else if (index !== batchEnd)
        defect = `a batch that should reach entry ${batchEnd} ends early`;
      else if (synced.index !== index || synced.checksum !== checksum) {
        defect = `entry ${synced.index} was on the disk here, and is not what stands before`;
      }
      if (synced === null || defect !== null) break;
      ({ batchEnd } = synced);
      proven = index;
      provenTime = time;
      batchStart = end;
      batchSeed = checksum;
      ends = [];
    } else {
      const chain = crc32(bytes.subarray(at, end - TAIL_BYTES), checksum);
      if (chain !== readChecksum(bytes, end)) defect = `entry ${line.index} fails its checksum`;
      else if (line.index !== index + 1) defect = `entry ${line.index} follows entry ${index}`;
      else if (line.term < term)
        defect = `entry ${line.index} has an older term than the one before`;
      else if (line.time < time)
        defect = `entry ${line.index} has an earlier time than the one before`;
      else if (line.index > batchEnd) defect = `entry ${line.index} is past the end of its batch`;
      if (defect !== null) break;
      ({ index, term, time } = line);
      const configuration = isConfiguration(bytes, line)
        ? decoder.decode(bytes.subarray(line.entryStart, line.entryEnd))
        : null;
      visit({ index, term, time, offset: at, seed: checksum, checksum: chain, configuration });
      checksum = chain;
      ends.push(end - batchStart);
    }
    at = end;
  }
  const last = { index, term, time, checksum };
  const ofBatch = bytes.slice(batchStart, batchStart + (ends.at(-1) ?? 0));
  const batch = { firstIndex: proven + 1, seed: batchSeed, bytes: ofBatch, ends };
  return { last, end: at, defect, proven, provenTime, batchEnd, batch };
}

/**
 * Whether anything after the defect at `scan.end` shows that a later batch was written, so that the
 * damaged one had been on the disk: a synced line, or an entry past the batch's end.
 */
export function laterBatchFollows(bytes: Uint8Array, scan: Scan): boolean {
  if (countSynced(bytes, scan.end) > 0) return true;
  // With a whole batch before it, the defect is the last batch's own synced line: all is that batch.
  if (scan.last.index === scan.batchEnd) return false;
  let before = -1;
  for (const [start, end] of wholeLines(bytes, scan.end)) {
    const line = readLine(bytes, start, end);
    if (line !== null && line.index > scan.batchEnd && before >= 0) {
      const chain = crc32(bytes.subarray(start, end - TAIL_BYTES), before);
      if (chain === readChecksum(bytes, end)) return true;
    }
    before = line === null ? -1 : readChecksum(bytes, end);
  }
  return false;
}

/** Intact synced lines from byte `from` on, also where the end of a hole has swallowed a line end. */
export function countSynced(bytes: Uint8Array, from: number): number {
  let count = 0;
  for (const [start, end] of wholeLines(bytes, from)) {
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    const at = line.lastIndexOf(SYNCED_START);
    if (at >= 0 && readSynced(bytes, start + at, end) !== null) count++;
  }
  return count;
}

function* wholeLines(bytes: Uint8Array, from: number): Generator<readonly [number, number]> {
  let start = from;
  for (let end = bytes.indexOf(0x0a, start) + 1; end > 0; end = bytes.indexOf(0x0a, start) + 1) {
    yield [start, end];
    start = end;
  }
}
