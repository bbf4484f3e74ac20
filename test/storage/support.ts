/**
 * Builders for the storage tests: lines that continue a store, and callbacks as promises.
 */
import { crc32 } from 'node:zlib';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore, defaultDiskStoreLimits } from '../../storage/disk-store.ts';
import type { FileSystem } from '../../storage/file-system.ts';
import { encodeLines } from '../../storage/lines.ts';
import type { Lines, Recovered, StorageFault, Store, VoteState } from '../../storage/store.ts';

export const CLUSTER = 'c1';
export const DIR = '/data';

/** Entries told apart by `what`, and not of one size. */
export function someEntries(count: number, what = 'x'): string[] {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({ kind: 'command', what, pad: 'é'.repeat(i % 7) }),
  );
}

/** `count` lines of `term` that continue `store` after entry `firstIndex - 1`. */
export function linesFor(
  store: Store,
  firstIndex: number,
  term: number,
  count = 1,
  what?: string,
): Lines {
  const seed = store.checksumAt(firstIndex - 1);
  return encodeLines({ firstIndex, term, time: 10 * term, seed }, someEntries(count, what), crc32);
}

export function aVote(term: number, votedFor: string | null = 'a'): VoteState {
  return { term, votedFor, trust: 'proven' };
}

export function recover(store: Store): Promise<Recovered> {
  return new Promise((resolve, reject) => {
    store.recover((fault, recovered) => {
      if (recovered === null) reject(asError(fault));
      else resolve(recovered);
    });
  });
}

export function sync(store: Store, vote: VoteState | null = null): Promise<void> {
  return new Promise((resolve, reject) => {
    store.sync(vote, (fault) => {
      if (fault === null) resolve();
      else reject(asError(fault));
    });
  });
}

/** The code that `promise` is refused with, and 'none' when it is not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return (error as StorageFault).code;
  }
}

export interface OpenOptions {
  readonly cluster?: string;
  readonly node?: string;
  readonly voters?: readonly string[];
  readonly segmentBytes?: number;
  readonly cacheBytes?: number;
}

/** A disk store in `DIR` of `files`; not yet recovered. */
export async function openStore(files: FileSystem, options: OpenOptions = {}): Promise<DiskStore> {
  const { cluster = CLUSTER, node = 'a', voters = ['a', 'b', 'c'], ...limits } = options;
  const dataDir = await openDataDir({ dir: DIR, cluster, node, voters, files });
  return new DiskStore(dataDir, { ...defaultDiskStoreLimits, proofDelayMs: 3_600_000, ...limits });
}

/** Every line of the log, one string each. */
export function textOf(store: Store, lastIndex: number): string[] {
  const all: string[] = [];
  while (all.length < lastIndex) {
    const lines = store.read(all.length + 1, lastIndex, 10_000);
    const text = new TextDecoder().decode(lines.bytes);
    all.push(...text.split('\n').slice(0, -1));
  }
  return all;
}

export function checksums(store: Store, lastIndex: number): number[] {
  return Array.from({ length: lastIndex + 1 }, (_, index) => store.checksumAt(index));
}

/** A small seeded generator (mulberry32), uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function asError(fault: StorageFault | null): Error {
  return Object.assign(new Error(fault?.message), fault);
}
