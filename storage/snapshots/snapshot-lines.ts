/**
 * A snapshot as bytes (docs/formats.md#snapshots): a header line, a line per item, and a trailer
 * with number, size and hash of what stands before it. All are local lines.
 *
 * Pure, for both twins of the store. Written and read piece by piece, so that a snapshot of any
 * size needs memory for a slice only. Files, and when they are durable, are `snapshot-files.ts`.
 */
import { z } from 'zod';
import { FORMAT } from '../format.ts';
import { TAIL_BYTES, checksumText, readChecksum, tailIsIntact, writeChecksum } from '../line.ts';
import { clusterSeed } from '../lines.ts';
import type { SnapshotInfo, SnapshotMeta } from './snapshot-store.ts';
import type { Checksum } from '../store.ts';

/** About how many characters of items are written, read or given at once: a millisecond or so. */
export const maxSliceChars = 64 * 1024;
/** No line is longer. An item holds one value of a client at the most (see `maxCommandBytes`). */
export const maxSnapshotLineBytes = 16 << 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BLANK_TAIL = ',"crc":"00000000"}\n';
const ITEM = encoder.encode('{"item":');
const NEWLINE = 0x0a;

const hex = z
  .string()
  .regex(/^[0-9a-f]{8}$/)
  .transform((digits) => Number.parseInt(digits, 16));
const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  index: z.int().positive(),
  term: z.int().positive(),
  time: z.int().nonnegative(),
  checksum: hex,
  extra: z.record(z.string(), z.unknown()),
});
const trailerSchema = z.strictObject({
  count: z.int().nonnegative(),
  sizeBytes: z.int().positive(),
  hash: hex,
});

/** Why bytes are no snapshot, and where. */
export class SnapshotDefect extends Error {
  /** Byte offset in the file. */
  readonly offset: number;

  constructor(why: string, offset: number) {
    super(why);
    this.offset = offset;
  }
}

/** Whether a snapshot is what was announced, in every respect. */
export function isSameSnapshot(found: SnapshotInfo, announced: SnapshotInfo): boolean {
  return (
    found.index === announced.index &&
    found.term === announced.term &&
    found.time === announced.time &&
    found.checksum === announced.checksum &&
    found.sizeBytes === announced.sizeBytes &&
    found.hash === announced.hash &&
    JSON.stringify(found.extra) === JSON.stringify(announced.extra)
  );
}

/** Gives `items` to whom they belong to; what that throws is a defect of the snapshot. */
export function giveItems(
  items: readonly string[],
  onItems: (items: readonly string[]) => void,
): void {
  try {
    onItems(items);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SnapshotDefect(`its items are not a state that is understood here: ${why}`, 0);
  }
}

/** Makes the bytes of one snapshot, in order: `header`, `items` any number of times, `trailer`. */
export class SnapshotWriter {
  readonly #meta: SnapshotMeta;
  readonly #cluster: string;
  readonly #checksum: Checksum;
  #count = 0;
  #sizeBytes = 0;
  #hash = 0;

  constructor(meta: SnapshotMeta, cluster: string, checksum: Checksum) {
    this.#meta = meta;
    this.#cluster = cluster;
    this.#checksum = checksum;
  }

  header(): Uint8Array {
    const { index, term, time, checksum, extra } = this.#meta;
    const position = { index, term, time, checksum: checksumText(checksum) };
    return this.#lines([{ format: FORMAT, cluster: this.#cluster, ...position, extra }]);
  }

  items(items: readonly string[]): Uint8Array {
    this.#count += items.length;
    return this.#encode(items.map((item) => `{"item":${item}`));
  }

  trailer(): { readonly bytes: Uint8Array; readonly info: SnapshotInfo } {
    const hash = checksumText(this.#hash);
    const bytes = this.#lines([{ count: this.#count, sizeBytes: this.#sizeBytes, hash }]);
    return { bytes, info: { ...this.#meta, sizeBytes: this.#sizeBytes, hash: this.#hash } };
  }

  #lines(objects: readonly object[]): Uint8Array {
    return this.#encode(objects.map((object) => JSON.stringify(object).slice(0, -1)));
  }

  #encode(bodies: readonly string[]): Uint8Array {
    // zlib.crc32 of no bytes is 0, whatever it is to continue.
    if (bodies.length === 0) return new Uint8Array();
    const bytes = encoder.encode(bodies.map((body) => body + BLANK_TAIL).join(''));
    const seed = localSeed(this.#checksum);
    let start = 0;
    let count = 0;
    for (let end = bytes.indexOf(NEWLINE) + 1; end > 0; end = bytes.indexOf(NEWLINE, end) + 1) {
      const body = bytes.subarray(start, end - TAIL_BYTES);
      writeChecksum(bytes, end, this.#checksum(body, seed));
      start = end;
      count++;
    }
    if (count !== bodies.length) {
      throw new Error('An item contains a line break; pass the text that JSON.stringify gives.');
    }
    this.#sizeBytes += bytes.length;
    this.#hash = this.#checksum(bytes, this.#hash);
    return bytes;
  }
}

/** Takes a snapshot apart as its bytes come in, and verifies every one of them. */
export class SnapshotReader {
  readonly #cluster: string;
  readonly #checksum: Checksum;
  readonly #seed: number;
  #rest = new Uint8Array();
  /** Where `rest` begins in the file, and the hash of all before it. */
  #offset = 0;
  #hash = 0;
  #count = 0;
  #meta: SnapshotMeta | null = null;
  #ended = false;

  constructor(cluster: string, checksum: Checksum) {
    this.#cluster = cluster;
    this.#checksum = checksum;
    this.#seed = localSeed(checksum);
  }

  /** What the header says; null before it was read. */
  get meta(): SnapshotMeta | null {
    return this.#meta;
  }

  /** Takes the next bytes and gives the items that they complete. Throws a `SnapshotDefect`. */
  push(bytes: Uint8Array): string[] {
    const all = joined(this.#rest, bytes);
    const items: string[] = [];
    let start = 0;
    for (let end = all.indexOf(NEWLINE) + 1; end > 0; end = all.indexOf(NEWLINE, end) + 1) {
      const item = this.#line(all.subarray(start, end));
      if (item !== null) items.push(item);
      start = end;
    }
    this.#rest = all.slice(start);
    if (this.#rest.length > maxSnapshotLineBytes) throw this.#defect('a line is too long');
    return items;
  }

  /** All bytes were given: what the snapshot is. Throws a `SnapshotDefect` unless it is whole. */
  end(): SnapshotInfo {
    if (this.#rest.length > 0) throw this.#defect('a line is cut short');
    if (this.#meta === null || !this.#ended) throw this.#defect('the file ends before its trailer');
    return { ...this.#meta, sizeBytes: this.#offset, hash: this.#hash };
  }

  /** Reads one line, whose item it returns. */
  #line(line: Uint8Array): string | null {
    const bodyEnd = line.length - TAIL_BYTES;
    if (bodyEnd <= 0 || !tailIsIntact(line, line.length)) throw this.#defect('this is not a line');
    const body = line.subarray(0, bodyEnd);
    if (this.#checksum(body, this.#seed) !== readChecksum(line, line.length)) {
      throw this.#defect('a line fails its checksum');
    }
    if (this.#ended) throw this.#defect('something follows the trailer');
    let item: string | null = null;
    if (this.#meta === null) this.#meta = this.#header(body);
    else if (ITEM.every((byte, i) => body[i] === byte)) {
      item = decoder.decode(body.subarray(ITEM.length));
      this.#count++;
    } else this.#trailer(body);
    this.#hash = this.#checksum(line, this.#hash);
    this.#offset += line.length;
    return item;
  }

  #header(body: Uint8Array): SnapshotMeta {
    const header = headerSchema.safeParse(parsed(body));
    if (!header.success) throw this.#defect('the header is not one of a snapshot');
    const { cluster, index, term, time, checksum, extra } = header.data;
    if (cluster !== this.#cluster) throw this.#defect(`it belongs to cluster "${cluster}"`);
    return { index, term, time, checksum, extra };
  }

  #trailer(body: Uint8Array): void {
    const trailer = trailerSchema.safeParse(parsed(body));
    if (!trailer.success) throw this.#defect('the line is neither an item nor a trailer');
    const { count, sizeBytes, hash } = trailer.data;
    if (count !== this.#count || sizeBytes !== this.#offset || hash !== this.#hash) {
      throw this.#defect('the trailer speaks of other lines than those before it');
    }
    this.#ended = true;
  }

  #defect(why: string): SnapshotDefect {
    return new SnapshotDefect(why, this.#offset);
  }
}

/** Non-zero, so that zeroed bytes never verify; the same as that of local-line.ts. */
function localSeed(checksum: Checksum): number {
  return clusterSeed('statecraft', checksum);
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(`${decoder.decode(body)}}`);
  } catch {
    // Not UTF-8 or not JSON: no schema fits it.
    return null;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
