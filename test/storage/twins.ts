/**
 * The two stores that make the same promises, each on a disk of its own: on files and in memory.
 */
import fsx from 'fs-extra';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Store } from '../../storage/store.ts';
import { CLUSTER } from './support.ts';

export interface Twin {
  open(): Promise<Store>;
  /** Closes the store that was opened last. */
  close(): Promise<void>;
  remove(): void;
}

function onFiles(): Twin {
  const dir = mkdtempSync(join(tmpdir(), 'statecraft-'));
  const limits = { segmentBytes: 3_000, cacheBytes: 2_000, proofDelayMs: 1 };
  let store: DiskStore;
  return {
    open: async () => {
      store = new DiskStore(
        await openDataDir({ dir, cluster: CLUSTER, node: 'a', voters: ['a'] }),
        limits,
      );
      return store;
    },
    close: () => {
      store.stop();
      return store.closed();
    },
    remove: () => {
      fsx.removeSync(dir);
    },
  };
}

function inMemory(): Twin {
  const disk = new MemoryDisk(CLUSTER, crc32);
  let store: MemoryStore;
  return {
    open: () => {
      store = new MemoryStore(disk, (task) => setImmediate(task));
      return Promise.resolve(store);
    },
    close: () => {
      store.stop();
      return Promise.resolve();
    },
    remove: () => undefined,
  };
}

export const twins = [
  ['on files', onFiles],
  ['in memory', inMemory],
] as const;
