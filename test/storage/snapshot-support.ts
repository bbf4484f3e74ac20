/**
 * Snapshots in the storage tests: callbacks as promises, and items told apart by their number.
 */
import { crc32 } from 'node:zlib';
import { SnapshotWriter } from '../../storage/snapshots/snapshot-lines.ts';
import type {
  SnapshotInfo,
  SnapshotReceiver,
  SnapshotSink,
} from '../../storage/snapshots/snapshot-store.ts';
import type { Position, StorageFault, Store } from '../../storage/store.ts';
import { CLUSTER, aVote, linesFor, sync } from './support.ts';

/** What a call with a `done` came to. */
export function settled<T>(
  call: (done: (fault: StorageFault | null, value?: T | null) => void) => void,
): Promise<T | null> {
  return new Promise((resolve, reject) => {
    call((fault, value = null) => {
      if (fault === null) resolve(value);
      else reject(Object.assign(new Error(fault.message), fault));
    });
  });
}

export function someItems(count: number, what = 'x'): string[] {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({ key: `${what}${i}`, pad: 'ü'.repeat(i % 9) }),
  );
}

/** Appends `count` lines of `term` and makes them durable. */
export async function grow(
  store: Store,
  from: number,
  count: number,
  term = 1,
  what?: string,
): Promise<void> {
  store.append(linesFor(store, from, term, count, what));
  await sync(store, aVote(term));
}

/** Begins a snapshot of entry `index`. */
export function sinkAt(store: Store, index: number, term = 1): SnapshotSink {
  const checksum = store.checksumAt(index);
  return store.saveSnapshot({ index, term, time: 0, checksum, extra: { voters: ['a'] } });
}

/** Saves `items` as the state at `index`, in slices of three. */
export async function save(
  store: Store,
  index: number,
  items: readonly string[],
  term = 1,
): Promise<SnapshotInfo> {
  const sink = sinkAt(store, index, term);
  for (let i = 0; i < items.length; i += 3) {
    await settled((done) => sink.write(items.slice(i, i + 3), done));
  }
  return (await settled<SnapshotInfo>((done) => sink.finish(done)))!;
}

export async function load(store: Store): Promise<string[]> {
  const all: string[] = [];
  await settled((done) => store.loadSnapshot((items) => all.push(...items), done));
  return all;
}

/** The bytes of the newest snapshot, in chunks. */
export async function chunksOf(store: Store, chunkBytes = 100): Promise<Uint8Array[]> {
  const source = store.openSnapshot()!;
  const chunks: Uint8Array[] = [];
  for (let offset = 0; offset < source.info.sizeBytes; offset += chunkBytes) {
    const bytes = await settled<Uint8Array>((done) => source.read(offset, chunkBytes, done));
    chunks.push(bytes!);
  }
  source.close();
  return chunks;
}

/** Writes `chunks` one after the other. */
export async function receive(
  store: Store,
  info: SnapshotInfo,
  chunks: readonly Uint8Array[],
): Promise<SnapshotReceiver> {
  const receiver = store.receiveSnapshot(info);
  for (const chunk of chunks) {
    await settled((done) => receiver.write(receiver.offset, chunk, done));
  }
  return receiver;
}

/** Receives all and has the log go on from it. */
export async function install(
  store: Store,
  info: SnapshotInfo,
  chunks: readonly Uint8Array[],
  keepSuffix: boolean,
): Promise<void> {
  const receiver = await receive(store, info, chunks);
  await settled((done) => receiver.finish(keepSuffix, done));
}

/** A snapshot that another server made of `items`, in chunks. */
export function aSnapshot(
  position: Position,
  items: readonly string[],
): { readonly info: SnapshotInfo; readonly chunks: readonly Uint8Array[] } {
  const writer = new SnapshotWriter({ ...position, extra: {} }, CLUSTER, crc32);
  const parts = [writer.header(), writer.items(items)];
  const { bytes, info } = writer.trailer();
  return { info, chunks: [...parts, bytes] };
}
