/**
 * The log line: how one entry is written, once, for every disk and every peer of the cluster.
 *
 *     {"index":7,"term":2,"time":5120,"entry":{…},"crc":"1a2b3c4d"}\n
 *
 * The checksum is the CRC-32 of the bytes before `,"crc":"`, continued from that of the line before,
 * so equal checksums mean equal history (docs/formats.md#log-line). Pure, browser-safe, and blind to
 * what an entry means: that is the business of `actors/`. Files are `segment.ts`.
 */
import type { LogIndex, Term, TermRun } from '../machines/messages.ts';
import {
  TAIL_BYTES,
  isConfiguration,
  readChecksum,
  readLine,
  writeChecksum,
  type LineParts,
} from './line.ts';
import type { Checksum, ConfigurationLine, Lines } from './store.ts';

/** What `checkLines` found wrong: `ERR_BAD_LINE`, where, and why. */
export interface LineFault {
  readonly code: 'ERR_BAD_LINE';
  readonly message: string;
  /** Index the line should have. */
  readonly index: LogIndex;
  /** Byte offset of the line in `lines.bytes`. */
  readonly offset: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BLANK_TAIL = ',"crc":"00000000"}\n';
const NEWLINE = 0x0a;

/** Where a cluster's chain begins: the checksum "at index 0". Never 0, lest zeroed bytes verify. */
export function clusterSeed(cluster: string, checksum: Checksum): number {
  const seed = checksum(encoder.encode(cluster), 0);
  return seed === 0 ? 1 : seed;
}

/** What the lines of one batch have in common. */
export interface BatchHead {
  readonly firstIndex: LogIndex;
  readonly term: Term;
  /** Replicated time of them all, in whole milliseconds, not below that of the line before. */
  readonly time: number;
  /** The chain checksum at `firstIndex - 1`. */
  readonly seed: number;
}

/** Encodes `entries` (each the JSON text of one entry object) as the lines from `firstIndex` on. */
export function encodeLines(
  { firstIndex, term, time, seed }: BatchHead,
  entries: readonly string[],
  checksum: Checksum,
): Lines {
  let text = '';
  let index = firstIndex;
  for (const entry of entries) {
    text += `{"index":${index++},"term":${term},"time":${time},"entry":${entry}${BLANK_TAIL}`;
  }
  const bytes = encoder.encode(text);
  const ends = lineEnds(bytes);
  if (ends.length !== entries.length) {
    throw new Error('An entry contains a line break; pass the text that JSON.stringify gives.');
  }
  let start = 0;
  let chain = seed;
  for (const end of ends) {
    chain = checksum(bytes.subarray(start, end - TAIL_BYTES), chain);
    writeChecksum(bytes, end, chain);
    start = end;
  }
  return { firstIndex, seed, bytes, ends };
}

/** Finds the line ends of `bytes`; null when the last line is not complete. Checks nothing else. */
export function splitLines(bytes: Uint8Array, firstIndex: LogIndex, seed: number): Lines | null {
  if (bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE) return null;
  return { firstIndex, seed, bytes, ends: lineEnds(bytes) };
}

/**
 * Verifies lines that came from elsewhere: each is shaped right, has the index and term that `runs`
 * say, is no older than the one before, and continues the chain from `lines.seed`; those of
 * `configurations`, by rising index, hold one and no other does. Null when all is well, else
 * `ERR_BAD_LINE`.
 */
export function checkLines(
  lines: Lines,
  runs: readonly TermRun[],
  configurations: readonly LogIndex[],
  checksum: Checksum,
): LineFault | null {
  const { bytes, ends, firstIndex } = lines;
  let start = 0;
  let chain = lines.seed;
  let run = 0;
  let time = 0;
  let configuration = 0;
  for (let i = 0; i < ends.length; i++) {
    const index = firstIndex + i;
    const end = ends[i] ?? 0;
    while ((runs[run + 1]?.firstIndex ?? Infinity) <= index) run++;
    const current = runs[run];
    const parts = readLine(bytes, start, end);
    const fault = (why: string): LineFault => ({
      code: 'ERR_BAD_LINE',
      message: `The line that should hold entry ${index} ${why}. Discard the batch and ask for it again.`,
      index,
      offset: start,
    });
    if (parts === null) return fault('is not a log line');
    if (parts.index !== index) return fault(`holds entry ${parts.index}`);
    if (current === undefined || current.firstIndex > index || current.term !== parts.term) {
      return fault(`has term ${parts.term}, which is not what its sender announced`);
    }
    if (parts.time < time) return fault('is older than the one before');
    ({ time } = parts);
    const announced = configurations[configuration] === index;
    if (isConfiguration(bytes, parts) !== announced) {
      return fault(announced ? 'holds no configuration' : 'holds one that was not announced');
    }
    if (announced) configuration++;
    chain = checksum(bytes.subarray(start, end - TAIL_BYTES), chain);
    if (chain !== readChecksum(bytes, end)) return fault('does not match its checksum');
    start = end;
  }
  return null;
}

/** The JSON text of the entry in line `i` (0-based); nothing else of the line is decoded. */
export function entryText(lines: Lines, i: number, parts = partsOf(lines, i)): string {
  return decoder.decode(lines.bytes.subarray(parts.entryStart, parts.entryEnd));
}

/** The JSON bytes of the entry in line `i` (0-based), not copied. */
export function entryBytes(lines: Lines, i: number): Uint8Array {
  const { entryStart, entryEnd } = partsOf(lines, i);
  return lines.bytes.subarray(entryStart, entryEnd);
}

/** The lines that hold a configuration. */
export function configurationLines(lines: Lines): ConfigurationLine[] {
  return lines.ends.flatMap((_, i) =>
    isConfiguration(lines.bytes, partsOf(lines, i))
      ? [{ index: lines.firstIndex + i, entry: entryText(lines, i) }]
      : [],
  );
}

/** Term of line `i` (0-based). */
export function termOfLine(lines: Lines, i: number): Term {
  return partsOf(lines, i).term;
}

/** Replicated time of line `i` (0-based), in milliseconds. */
export function timeOfLine(lines: Lines, i: number): number {
  return partsOf(lines, i).time;
}

/** Chain checksum of line `i` (0-based), read from its tail; `-1` gives the seed. */
export function checksumOfLine(lines: Lines, i: number): number {
  return i < 0 ? lines.seed : readChecksum(lines.bytes, endOf(lines, i));
}

/** Index of the last line; `firstIndex - 1` when there is none. */
export function lastIndexOf(lines: Lines): LogIndex {
  return lines.firstIndex + lines.ends.length - 1;
}

/** The lines of indices `from … to`, on the same buffer. */
export function sliceLines(lines: Lines, from: LogIndex, to: LogIndex): Lines {
  const first = from - lines.firstIndex;
  const count = to - from + 1;
  if (first < 0 || count < 0 || first + count > lines.ends.length) {
    throw new RangeError(`Lines ${lines.firstIndex}…${lastIndexOf(lines)} hold no ${from}…${to}.`);
  }
  if (first === 0 && count === lines.ends.length) return lines;
  const start = first === 0 ? 0 : endOf(lines, first - 1);
  const ends: number[] = [];
  for (let i = first; i < first + count; i++) ends.push(endOf(lines, i) - start);
  const bytes = lines.bytes.subarray(start, start + (ends[count - 1] ?? 0));
  return { firstIndex: from, seed: checksumOfLine(lines, first - 1), bytes, ends };
}

/** Joins lines that follow each other, in one buffer; copies unless there is only one part. */
export function concatLines(parts: readonly [Lines, ...Lines[]]): Lines {
  if (parts.length === 1) return parts[0];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  const ends: number[] = [];
  let at = 0;
  for (const part of parts) {
    if (part.firstIndex !== parts[0].firstIndex + ends.length) {
      throw new RangeError(`Entry ${part.firstIndex} does not follow in a join.`);
    }
    bytes.set(part.bytes, at);
    for (const end of part.ends) ends.push(at + end);
    at += part.bytes.length;
  }
  return { firstIndex: parts[0].firstIndex, seed: parts[0].seed, bytes, ends };
}

/** The terms of the lines, cheap when they are few: a run is looked into only if its ends differ. */
export function runsOf(lines: Lines): TermRun[] {
  const runs: TermRun[] = [];
  const visit = (first: number, last: number): void => {
    const term = termOfLine(lines, first);
    if (term === termOfLine(lines, last)) {
      if (runs.at(-1)?.term !== term) runs.push({ firstIndex: lines.firstIndex + first, term });
      return;
    }
    const middle = (first + last) >> 1;
    visit(first, middle);
    visit(middle + 1, last);
  };
  if (lines.ends.length > 0) visit(0, lines.ends.length - 1);
  return runs;
}

function lineEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    ends.push(at + 1);
  }
  return ends;
}

function endOf(lines: Lines, i: number): number {
  const end = lines.ends[i];
  if (end === undefined) throw new RangeError(`There is no line ${i} among ${lines.ends.length}.`);
  return end;
}

/** Line `i` (0-based) taken apart. */
export function partsOf(lines: Lines, i: number): LineParts {
  const parts = readLine(lines.bytes, i === 0 ? 0 : endOf(lines, i - 1), endOf(lines, i));
  if (parts === null) throw new Error(`Line ${i} is not a log line; lines must be checked first.`);
  return parts;
}
