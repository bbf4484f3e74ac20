/**
 * Which segment holds which entries, and how to read them back: the spans that later segments left
 * of earlier ones (docs/formats.md#segments). Every byte is verified each time it is read, chained
 * from a checksum that is in memory, so that rot never reaches a peer.
 */
import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import type { LogIndex } from '../machines/messages.ts';
import { logCorrupt } from './fault.ts';
import { segmentName } from './file-names.ts';
import type { FileSystem } from './file-system.ts';
import { TAIL_BYTES, readChecksum, readLine } from './line.ts';
import { concatLines, lastIndexOf } from './lines.ts';
import { readSynced, type Marks } from './segment.ts';
import type { Lines, Position } from './store.ts';

/** The entries of one segment that count: none when `lastIndex` is that of `continues`, or below. */
export interface Span {
  readonly segment: number;
  readonly continues: Position;
  lastIndex: LogIndex;
  /** Bytes of the file, lines that do not count included. */
  sizeBytes: number;
  readonly marks: Marks;
}

/** The least that is read at once. */
const READ_BYTES = 64 * 1024;

export class Spans {
  readonly #files: FileSystem;
  readonly #directory: string;
  /** In the order of their segments, those that are overridden included, as their files are there. */
  #spans: Span[] = [];

  constructor(files: FileSystem, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** Adds a newer segment's span, which overrides all others from its first index on. */
  push(span: Span): void {
    for (const older of this.#spans) {
      older.lastIndex = Math.min(older.lastIndex, span.continues.index);
    }
    this.#spans.push(span);
  }

  /** What the first entry continues: what went before is in a snapshot. */
  get base(): Position {
    const first = this.#spans.find((span) => span.lastIndex > span.continues.index);
    const start = first ?? this.#spans.at(-1);
    if (start === undefined) throw new Error('The log has not been recovered.');
    return start.continues;
  }

  /**
   * Takes out the oldest segment if it has no entry above `throughIndex` that counts; never the
   * newest. Its file is to be removed, before another is taken: an older segment that outlives the
   * one that overrides it would bring back what was overridden.
   */
  takeOldest(throughIndex: LogIndex): number | null {
    const [oldest, next] = this.#spans;
    if (oldest === undefined || next === undefined || oldest.lastIndex > throughIndex) return null;
    this.#spans.shift();
    return oldest.segment;
  }

  /** Takes out all, oldest first; their files are to be removed in this order. */
  clear(): number[] {
    return this.#spans.splice(0).map(({ segment }) => segment);
  }

  /** About how many bytes there are after entry `index`. */
  bytesSince(index: LogIndex): number {
    let sizeBytes = 0;
    for (const span of this.#spans.toReversed()) {
      if (span.lastIndex <= Math.max(index, span.continues.index)) continue;
      sizeBytes += span.sizeBytes - (span.marks.before(index + 1)?.offset ?? 0);
    }
    return sizeBytes;
  }

  /**
   * Reads lines `from … to`, as many whole ones as fit in `maxBytes` but at least one. Throws
   * ERR_LOG_CORRUPT when they are not what was written.
   */
  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    const parts: [Lines, ...Lines[]] = [this.#readSpan(from, to, maxBytes)];
    let sizeBytes = parts[0].bytes.length;
    // Where a segment ends there may be room for lines of the next.
    for (let last = lastIndexOf(parts[0]); last < to && this.#endsSpan(last);) {
      const part = this.#readSpan(last + 1, to, maxBytes - sizeBytes);
      sizeBytes += part.bytes.length;
      if (sizeBytes > maxBytes) break;
      parts.push(part);
      last = lastIndexOf(part);
    }
    return concatLines(parts);
  }

  #endsSpan(index: LogIndex): boolean {
    return this.#spans.some((span) => span.lastIndex === index);
  }

  #readSpan(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    const span = this.#spans.findLast((each) => each.continues.index < from);
    const mark = span?.marks.before(from) ?? null;
    if (span === undefined || mark === null || from > span.lastIndex) {
      throw new RangeError(`Entry ${from} is not in any segment.`);
    }
    const path = join(this.#directory, segmentName(span.segment));
    const last = Math.min(to, span.lastIndex);
    for (let length = READ_BYTES + Math.min(maxBytes, READ_BYTES * 16); ; length *= 2) {
      const bytes = this.#files.readRange(path, mark.offset, length);
      const lines = linesOf(bytes, mark.index, mark.seed, from, last, maxBytes, path, mark.offset);
      if (lines !== null) return lines;
      if (bytes.length < length) {
        throw logCorrupt(`the file ends before entry ${from}`, path, mark.offset + bytes.length);
      }
    }
  }
}

/** The lines asked for out of `bytes`, which begin with entry `index`; null when none is whole. */
function linesOf(
  bytes: Uint8Array,
  index: LogIndex,
  seed: number,
  from: LogIndex,
  to: LogIndex,
  maxBytes: number,
  path: string,
  offset: number,
): Lines | null {
  const parts: { firstIndex: LogIndex; seed: number; start: number; ends: number[] }[] = [];
  let expected = index;
  let chain = seed;
  let sizeBytes = 0;
  let at = 0;
  let fresh = true;
  for (let end = bytes.indexOf(0x0a) + 1; end > 0 && expected <= to;) {
    const line = readLine(bytes, at, end);
    if (line === null) {
      if (readSynced(bytes, at, end) === null) {
        throw logCorrupt(`the line of entry ${expected} is damaged`, path, offset + at);
      }
      fresh = true;
    } else {
      const before = chain;
      chain = crc32(bytes.subarray(at, end - TAIL_BYTES), before);
      if (line.index !== expected || chain !== readChecksum(bytes, end)) {
        throw logCorrupt(`entry ${expected} fails its checksum`, path, offset + at);
      }
      if (expected >= from) {
        sizeBytes += end - at;
        if (sizeBytes > maxBytes && expected > from) break;
        if (fresh || parts.length === 0) {
          parts.push({ firstIndex: expected, seed: before, start: at, ends: [] });
          fresh = false;
        }
        const part = parts.at(-1);
        part?.ends.push(end - part.start);
      }
      expected++;
    }
    at = end;
    end = bytes.indexOf(0x0a, at) + 1;
  }
  const [first, ...rest] = parts.map(({ firstIndex, seed: before, start, ends }) => ({
    firstIndex,
    seed: before,
    bytes: bytes.subarray(start, start + (ends.at(-1) ?? 0)),
    ends,
  }));
  return first === undefined ? null : concatLines([first, ...rest]);
}
