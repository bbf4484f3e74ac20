/**
 * Proof of sync outside the log: without it a log that was cut cleanly at a line end looks healthy.
 *
 * `synced.jsonl` repeats, lazily and with no fsync of its own, through which entry of which segment
 * the log was on the disk (docs/formats.md#proof-of-sync). It may be old or absent, never wrong.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { LogIndex } from '../machines/messages.ts';
import { SYNCED } from './file-names.ts';
import type { FileSystem } from './file-system.ts';
import { checksumText } from './line.ts';
import { encodeLocal, readLocal } from './local-line.ts';

/** The log was on the disk through `index` when `segment` was the newest one. */
export interface Proof {
  readonly segment: number;
  readonly index: LogIndex;
  /** Chain checksum at `index`. */
  readonly checksum: number;
}

export const checksumSchema = z.string().regex(/^[0-9a-f]{8}$/);

const proofSchema = z.strictObject({
  synced: z.strictObject({
    segment: z.int().positive(),
    index: z.int().nonnegative(),
    checksum: checksumSchema,
  }),
});

export function encodeProof({ segment, index, checksum }: Proof): Uint8Array {
  return encodeLocal({ synced: { segment, index, checksum: checksumText(checksum) } });
}

/** The last intact proof, or null. Lines that a power cut tore are passed over: they prove nothing. */
export async function readProof(files: FileSystem, directory: string): Promise<Proof | null> {
  const bytes = (await files.readFile(join(directory, SYNCED))) ?? new Uint8Array();
  let end = bytes.lastIndexOf(0x0a) + 1;
  while (end > 0) {
    const start = end < 2 ? 0 : bytes.lastIndexOf(0x0a, end - 2) + 1;
    const line = readLocal(bytes, start, end, proofSchema);
    if (line !== null) {
      return { ...line.synced, checksum: Number.parseInt(line.synced.checksum, 16) };
    }
    end = start;
  }
  return null;
}
