/**
 * Snapshots as files of a data directory: their names, and how one is read back, a slice at a time.
 *
 * A file that has its name is whole, for it is renamed only when it is on the disk. Damage is rot
 * (`ERR_SNAPSHOT_CORRUPT`) and never passed over: an older snapshot may have no log that reaches
 * down to it. What has no name yet ends in `.tmp` and is swept at the next start.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { checkFormat, type DataDir } from '../data-dir.ts';
import { StorageError } from '../fault.ts';
import { isSnapshotName, snapshotName } from '../file-names.ts';
import { SnapshotDefect, SnapshotReader, maxSliceChars } from './snapshot-lines.ts';
import type { SnapshotInfo } from './snapshot-store.ts';

/** Bytes read at once when nobody wants the items. */
const VERIFY_BYTES = 256 * 1024;

/**
 * The snapshots' names, oldest first, and what the newest one is, verified; null: there is none.
 */
export async function findSnapshots(
  dataDir: DataDir,
): Promise<{ readonly names: readonly string[]; readonly newest: SnapshotInfo | null }> {
  const all = await dataDir.files.list(dataDir.path);
  const names = all.filter(isSnapshotName).sort();
  const last = names.at(-1);
  const newest = last === undefined ? null : await readSnapshot(dataDir, last, null);
  return { names, newest };
}

/** Bits that were on the disk have changed, or were changed. */
export function snapshotCorrupt(why: string, file: string, offset: number): StorageError {
  return new StorageError(
    'ERR_SNAPSHOT_CORRUPT',
    `${file}: byte ${offset}: ${why}. The snapshot stands in place of entries that this server has ` +
      'promised, so it must not go on without. Keep a copy of the directory; then remove the server ' +
      'from its cluster and add it again with an empty directory and a new id.',
    { file, offset },
  );
}

/**
 * Reads the file `name` and verifies all of it, in turns of the event loop of their own; `onItems`
 * gets its items in slices. Rejects with ERR_SNAPSHOT_CORRUPT, ERR_FORMAT_UNKNOWN or
 * ERR_STORAGE_IO.
 */
export async function readSnapshot(
  dataDir: DataDir,
  name: string,
  onItems: ((items: readonly string[]) => void) | null,
): Promise<SnapshotInfo> {
  const { files, cluster } = dataDir;
  const path = join(dataDir.path, name);
  const reader = new SnapshotReader(cluster, crc32);
  const sliceBytes = onItems === null ? VERIFY_BYTES : maxSliceChars;
  const fd = await files.open(path, 'read');
  try {
    for (let offset = 0; ; offset += sliceBytes) {
      const bytes = await files.read(fd, offset, sliceBytes);
      if (offset === 0) checkFormat(bytes, path);
      const items = reader.push(bytes);
      if (items.length > 0) onItems?.(items);
      if (bytes.length === sliceBytes) continue;
      const info = reader.end();
      if (snapshotName(info.index) !== name.slice(0, snapshotName(0).length)) {
        throw new SnapshotDefect(`it is the snapshot of entry ${info.index}`, 0);
      }
      return info;
    }
  } catch (error) {
    if (!(error instanceof SnapshotDefect)) throw error;
    throw snapshotCorrupt(error.message, path, error.offset);
  } finally {
    await files.close(fd);
  }
}
