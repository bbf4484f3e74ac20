/**
 * A log segment: its name, its header line, the `synced` line that opens each batch, and a sparse
 * index that finds an entry without reading the whole file (docs/formats.md#segments).
 * Reading one back is `scan.ts`; which segment counts where is `recovery.ts`.
 */
import { z } from 'zod';
import type { LogIndex } from '../machines/messages.ts';
import { FORMAT } from './format.ts';
import { checksumText } from './line.ts';
import { encodeLocal, readLocal } from './local-line.ts';
import type { Position } from './store.ts';
import { checksumSchema } from './synced.ts';

export interface Header {
  readonly cluster: string;
  readonly node: string;
  /** Sequence number: 1, 2, …; a later segment overrides all before from its first index on. */
  readonly segment: number;
  /** The entry after which it begins: `{0, 0, cluster's seed}` for the first of all. */
  readonly continues: Position;
  /** It goes on from a snapshot, in place of all segments before it. */
  readonly restarts: boolean;
}

/** Says that the log is on the disk through `index`; the batch it opens ends with `batchEnd`. */
export interface Synced {
  readonly index: LogIndex;
  readonly checksum: number;
  readonly batchEnd: LogIndex;
}

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  node: z.string(),
  segment: z.int().positive(),
  firstIndex: z.int().positive(),
  restarts: z.boolean(),
  continues: z.strictObject({
    index: z.int().nonnegative(),
    term: z.int().nonnegative(),
    time: z.int().nonnegative(),
    checksum: checksumSchema,
  }),
});

const syncedSchema = z.strictObject({
  synced: z.strictObject({ index: z.int().nonnegative(), checksum: checksumSchema }),
  batchEnd: z.int().nonnegative(),
});

/** No header is longer: ids have a bound (data-dir.ts). */
export const MAX_HEADER_BYTES = 4096;
/** How every synced line begins, and no entry line does. */
export const SYNCED_START = new TextEncoder().encode('{"synced":');

export function encodeHeader({ cluster, node, segment, continues, restarts }: Header): Uint8Array {
  const { index, term, time, checksum } = continues;
  return encodeLocal({
    format: FORMAT,
    cluster,
    node,
    segment,
    firstIndex: index + 1,
    restarts,
    continues: { index, term, time, checksum: checksumText(checksum) },
  });
}

/** The header in the first line of `bytes` and where it ends; null when it is not intact. */
export function readHeader(bytes: Uint8Array): { header: Header; end: number } | null {
  const end = bytes.indexOf(0x0a) + 1;
  const line = readLocal(bytes, 0, end, headerSchema);
  if (line === null || line.firstIndex !== line.continues.index + 1) return null;
  const checksum = Number.parseInt(line.continues.checksum, 16);
  return { header: { ...line, continues: { ...line.continues, checksum } }, end };
}

export function encodeSynced({ index, checksum, batchEnd }: Synced): Uint8Array {
  return encodeLocal({ synced: { index, checksum: checksumText(checksum) }, batchEnd });
}

/** The synced line in `bytes[start, end)`; null when there is none, or a damaged one. */
export function readSynced(bytes: Uint8Array, start: number, end: number): Synced | null {
  const line = readLocal(bytes, start, end, syncedSchema);
  if (line === null || line.batchEnd < line.synced.index) return null;
  const { index, checksum } = line.synced;
  return { index, checksum: Number.parseInt(checksum, 16), batchEnd: line.batchEnd };
}

/** A place to start reading from: the line at `offset` holds entry `index`, chained from `seed`. */
export interface Mark {
  readonly index: LogIndex;
  readonly offset: number;
  readonly seed: number;
}

/** Bytes between two marks, about: what a read from disk scans in vain at most. */
const MARK_BYTES = 32 * 1024;

/** Marks of one segment, in order. */
export class Marks {
  readonly #marks: Mark[] = [];

  /** Notes where entry `index` begins, if the last mark is far enough behind. */
  note(index: LogIndex, offset: number, seed: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || offset - last.offset >= MARK_BYTES) {
      this.#marks.push({ index, offset, seed });
    }
  }

  /** The last mark at or before `index`. */
  before(index: LogIndex): Mark | null {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.index ?? Infinity) <= index) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1] ?? null;
  }
}
