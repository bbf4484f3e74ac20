/**
 * The state of a stopped server as its disk has it: the newest snapshot, and on top of it the log,
 * folded without a replica.
 */
import { createKv } from '../../replicated/kv.ts';
import { readEntry } from '../../replicated/entry.ts';
import { createReplicatedState } from '../../replicated/replicated-state.ts';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { entryText, partsOf } from '../../storage/lines.ts';

/** Bytes of the log in one look at it. */
const maxReadBytes = 1 << 20;

export interface StateOnDisk {
  /** Of the newest snapshot; 0: there is none. */
  readonly snapshotIndex: number;
  /** Of everything that was applied through the index that was asked for. */
  readonly hash: number;
}

/** Folds what the directory holds through `index`, which it must reach. */
export async function readState(
  dir: string,
  cluster: string,
  node: string,
  index: number,
): Promise<StateOnDisk> {
  const store = new DiskStore(await openDataDir({ dir, cluster, node, voters: [] }));
  const state = createReplicatedState({ machines: { kv: createKv() } });
  const snapshotIndex = await new Promise<number>((resolve, reject) => {
    store.recover((fault) => {
      if (fault !== null) reject(new Error(`${fault.code}: ${fault.message}`));
      else resolve(store.snapshot()?.index ?? 0);
    });
  });
  if (snapshotIndex > 0) {
    const restoring = state.restore();
    await new Promise<void>((resolve, reject) => {
      const done = (fault: { readonly code: string } | null): void =>
        fault === null ? resolve() : reject(new Error(fault.code));
      store.loadSnapshot((items) => restoring.add(items), done);
    });
    restoring.finish();
  }
  for (let next = snapshotIndex + 1; next <= index;) {
    const lines = store.read(next, index, maxReadBytes);
    for (let i = 0; i < lines.ends.length; i += 1) {
      const parts = partsOf(lines, i);
      const entry = readEntry(JSON.parse(entryText(lines, i, parts)));
      if (entry === null) throw new Error(`Entry ${next} of ${node} is none.`);
      state.apply(entry, next, parts.time);
      next += 1;
    }
  }
  store.stop();
  await store.closed();
  return { snapshotIndex, hash: state.stateHash() };
}
