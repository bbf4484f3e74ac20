/**
 * Lines that are this server's own business and never leave its directory: segment headers, proofs of
 * sync, votes, the identity. One JSON object each, closed like every line (`line.ts`), but with a
 * checksum that stands alone: no chain, and always the same seed (docs/formats.md#local-lines).
 */
import { crc32 } from 'node:zlib';
import type { z } from 'zod';
import { TAIL_BYTES, checksumText, readChecksum, tailIsIntact } from './line.ts';
import { clusterSeed } from './lines.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Non-zero, so that zeroed bytes never verify. */
export const LOCAL_SEED = clusterSeed('statecraft', crc32);

/** Encodes a non-empty object as a local line. */
export function encodeLocal(fields: object): Uint8Array {
  const body = encoder.encode(JSON.stringify(fields).slice(0, -1));
  const crc = checksumText(crc32(body, LOCAL_SEED));
  return Buffer.concat([body, encoder.encode(`,"crc":"${crc}"}\n`)]);
}

/** Reads `bytes[start, end)`, newline included; null unless it is intact and fits `schema`. */
export function readLocal<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  schema: z.ZodType<T>,
): T | null {
  const bodyEnd = end - TAIL_BYTES;
  if (bodyEnd <= start || !tailIsIntact(bytes, end)) return null;
  const body = bytes.subarray(start, bodyEnd);
  if (crc32(body, LOCAL_SEED) !== readChecksum(bytes, end)) return null;
  return parsed(body, '}', schema);
}

/** Reads the same fields without asking for their checksum: what does it claim to be? */
export function claimed<T>(bytes: Uint8Array, schema: z.ZodType<T>): T | null {
  const newline = bytes.indexOf(0x0a);
  return parsed(newline < 0 ? bytes : bytes.subarray(0, newline), '', schema);
}

function parsed<T>(bytes: Uint8Array, close: string, schema: z.ZodType<T>): T | null {
  try {
    const result = schema.safeParse(JSON.parse(decoder.decode(bytes) + close));
    return result.success ? result.data : null;
  } catch {
    // Not UTF-8 or not JSON: not a line of ours.
    return null;
  }
}
