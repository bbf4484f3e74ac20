/**
 * The header line of what peers send: one JSON object of a known shape, in the one form that an encoder
 * gives it. What is none closes its connection. Runs in browsers, too.
 */
import type { z } from 'zod';

/**
 * Bytes of a header line. A run of terms is far shorter than the log line it stands for, so a frame
 * of a bounded number of line bytes cannot pass this.
 */
export const maxHeaderBytes = 1 << 20;

/** A frame that closes its connection. */
export interface BadFrame {
  readonly code: 'ERR_BAD_FRAME';
  readonly message: string;
}

// A byte order mark is content here, and so refused by JSON.parse.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A header line, without its newline, under `schema`. It must be what JSON.stringify makes of its
 * value, which rules out duplicate keys, `-0` and numbers that change when they are read.
 */
export function parseHeaderLine<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | BadFrame {
  if (bytes.length > maxHeaderBytes) return badFrame(`a header of ${bytes.length} bytes`);
  let value: unknown;
  try {
    const text = decoder.decode(bytes);
    value = JSON.parse(text);
    if (JSON.stringify(value) !== text)
      return badFrame('the header is not in its one canonical form');
  } catch {
    return badFrame('the header is not JSON in UTF-8');
  }
  try {
    const checked = schema.safeParse(value);
    if (checked.success) return checked.data;
    const issue = checked.error.issues[0];
    return badFrame(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  } catch (error) {
    // The check of any JSON calls itself: what nests thousands deep, which no encoder writes, passes
    // the stack before it fails.
    if (!(error instanceof RangeError)) throw error;
    return badFrame('the header nests too deep');
  }
}

export function badFrame(message: string): BadFrame {
  return { code: 'ERR_BAD_FRAME', message };
}
