/**
 * A folder for a demo's data that does not outlive it for long: removed at its end, or, after a
 * `kill -9`, by the next demo.
 *
 * Its owner holds a lock on a file in it, which the system frees when the process dies. A folder
 * whose lock can be taken is therefore one of ours whose owner is dead; no other is ever touched.
 */
import { open, lstat, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';

const prefix = 'statecraft-';
const lockName = 'temporary.lock';

export interface TemporaryFolder {
  readonly path: string;
  /** Makes it one that stays: no sweep takes it, and `remove` leaves it. */
  keep(): Promise<void>;
  /** Removes it with all it holds; false, and it stays, while a server still uses data in it. */
  remove(): Promise<boolean>;
}

/** Makes a folder, after sweeping those of dead owners. */
export async function makeTemporaryFolder(root = tmpdir()): Promise<TemporaryFolder> {
  await sweep(root);
  const path = await mkdtemp(join(root, prefix));
  // Locked before it has its name, so that a sweep never sees it free.
  const lock = await open(join(path, `${lockName}.new`), 'w');
  tryLock(lock.fd);
  await rename(join(path, `${lockName}.new`), join(path, lockName));
  let isKept = false;
  return {
    path,
    async keep() {
      isKept = true;
      await rm(join(path, lockName), { force: true });
    },
    async remove() {
      const removed = isKept || (await removeFolder(path));
      await lock.close();
      return removed;
    },
  };
}

/** A folder that stays: no lock, so no sweep takes it. */
export async function makeLastingFolder(root = tmpdir()): Promise<string> {
  return mkdtemp(join(root, prefix));
}

/** Removes the folders of owners that died; returns their paths. */
export async function sweep(root = tmpdir()): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (!name.startsWith(prefix) || !(await isOwnFolder(path))) continue;
    const lock = await openIfThere(join(path, lockName));
    if (lock === null) continue;
    if (tryLock(lock.fd) && (await removeFolder(path))) swept.push(path);
    await lock.close();
  }
  return swept;
}

/**
 * Not under a server that somebody started on data of it: nothing may disappear under its feet.
 * Servers that are still stopping may add a file meanwhile, so it is tried more than once.
 */
async function removeFolder(path: string): Promise<boolean> {
  for (const name of await readdir(path)) if (await isServing(join(path, name))) return false;
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return true;
}

/** Whether a server holds the lock of this data directory (docs/formats.md#identity). */
async function isServing(dataDir: string): Promise<boolean> {
  const lock = await openIfThere(join(dataDir, 'lock'));
  if (lock === null) return false;
  const isFree = tryLock(lock.fd);
  await lock.close();
  return !isFree;
}

/** A real folder of this user: in a shared `/tmp`, names prove nothing. */
async function isOwnFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => null);
  return stats?.isDirectory() === true && stats.uid === (process.getuid?.() ?? stats.uid);
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
