/**
 * The shape of one log line, and of the tail that every line of every file of ours ends with:
 * `,"crc":"1a2b3c4d"}` and a newline (docs/formats.md#lines). Byte offsets in, offsets and numbers
 * out; whether a checksum is the right one is for `lines.ts` and `local-line.ts` to say.
 */
import type { LogIndex, Term } from '../machines/messages.ts';

/** One line taken apart, by offsets into its buffer. */
export interface LineParts {
  readonly index: LogIndex;
  readonly term: Term;
  /** Replicated time in milliseconds; never falls from one line to the next. */
  readonly time: number;
  readonly entryStart: number;
  readonly entryEnd: number;
}

const encoder = new TextEncoder();
const INDEX = encoder.encode('{"index":');
const TERM = encoder.encode(',"term":');
const TIME = encoder.encode(',"time":');
const ENTRY = encoder.encode(',"entry":');
const CRC = encoder.encode(',"crc":"');
const END = encoder.encode('"}\n');
const CONFIGURATION = encoder.encode('{"kind":"configuration",');
const CRC_DIGITS = 8;
/** `,"crc":"1a2b3c4d"}\n`: every line of every file of ours ends like this. */
export const TAIL_BYTES = CRC.length + CRC_DIGITS + END.length;
const HEX = encoder.encode('0123456789abcdef');

/** Takes the line `bytes[start, end)` apart; null when it is not shaped like a log line. */
export function readLine(bytes: Uint8Array, start: number, end: number): LineParts | null {
  const entryEnd = end - TAIL_BYTES;
  const indexAt = start + INDEX.length;
  if (entryEnd <= indexAt || !tailIsIntact(bytes, end) || !holds(bytes, start, INDEX)) return null;
  const indexEnd = digitsEnd(bytes, indexAt);
  const termAt = indexEnd + TERM.length;
  if (!holds(bytes, indexEnd, TERM)) return null;
  const termEnd = digitsEnd(bytes, termAt);
  const timeAt = termEnd + TIME.length;
  if (!holds(bytes, termEnd, TIME)) return null;
  const timeEnd = digitsEnd(bytes, timeAt);
  const entryStart = timeEnd + ENTRY.length;
  if (!holds(bytes, timeEnd, ENTRY) || entryStart + 2 > entryEnd) return null;
  // 0x7b 0x7d: an entry is an object.
  if (bytes[entryStart] !== 0x7b || bytes[entryEnd - 1] !== 0x7d) return null;
  const index = natural(bytes, indexAt, indexEnd);
  const term = natural(bytes, termAt, termEnd);
  const time = natural(bytes, timeAt, timeEnd);
  // `null` and 0 alike: indices and terms count from 1.
  if (!index || !term || time === null) return null;
  return { index, term, time, entryStart, entryEnd };
}

/** Whether the line holds a configuration, which must be known before it is applied (§6). */
export function isConfiguration(bytes: Uint8Array, { entryStart }: LineParts): boolean {
  return holds(bytes, entryStart, CONFIGURATION);
}

/** Whether the line that ends at `end` closes with a well-formed checksum. */
export function tailIsIntact(bytes: Uint8Array, end: number): boolean {
  const digits = end - END.length - CRC_DIGITS;
  if (digits < CRC.length || !holds(bytes, digits - CRC.length, CRC)) return false;
  for (let at = digits; at < digits + CRC_DIGITS; at++) {
    if (hexValue(bytes[at] ?? 0) < 0) return false;
  }
  return holds(bytes, end - END.length, END);
}

/** The checksum written in the tail of the line that ends at `end`. */
export function readChecksum(bytes: Uint8Array, end: number): number {
  const last = end - END.length;
  let value = 0;
  for (let at = last - CRC_DIGITS; at < last; at++) value = (value << 4) | hexValue(bytes[at] ?? 0);
  return value >>> 0;
}

/** Writes `value` into the tail of the line that ends at `end`. */
export function writeChecksum(bytes: Uint8Array, end: number, value: number): void {
  let rest = value;
  for (let at = end - END.length - 1; at >= end - END.length - CRC_DIGITS; at--) {
    bytes[at] = HEX[rest & 15] ?? 0;
    rest >>>= 4;
  }
}

/** A checksum as it is written: eight lower-case hexadecimal digits. */
export function checksumText(value: number): string {
  return value.toString(16).padStart(CRC_DIGITS, '0');
}

function holds(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

function digitsEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while ((bytes[end] ?? 0) >= 0x30 && (bytes[end] ?? 0) <= 0x39) end++;
  return end;
}

/** A safe integer without leading zeros, or null: one number, one spelling. */
function natural(bytes: Uint8Array, from: number, to: number): number | null {
  if (to === from || to - from > 16 || (bytes[from] === 0x30 && to - from > 1)) return null;
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] ?? 0) - 0x30;
  return Number.isSafeInteger(value) ? value : null;
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}
