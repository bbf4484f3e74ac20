/**
 * A snapshot's file before it has its name: written aside, synced as it grows, then renamed into
 * place, or removed. The directory is synced after the rename, so a crash leaves it there or not.
 */
import { join } from 'node:path';
import { AppendFile } from '../append-file.ts';
import type { DataDir } from '../data-dir.ts';
import { TEMPORARY } from '../file-names.ts';

/**
 * Bytes between two syncs: one sync of hundreds of megabytes would keep those of the log waiting
 * for seconds, in the same journal.
 */
const FLUSH_BYTES = 4 << 20;

export class SnapshotTemp {
  readonly #dataDir: DataDir;
  /** The name that it has until it is published. */
  readonly temporary: string;
  readonly #name: string;
  #file: AppendFile | null = null;
  #syncedBytes = 0;
  #made = false;
  /** From here on there is no way back: the directory may have the name already. */
  published = false;

  /** `serial` tells it from another attempt that is being removed. */
  constructor(dataDir: DataDir, name: string, serial: number) {
    this.#dataDir = dataDir;
    this.#name = name;
    this.temporary = `${name}.${serial}${TEMPORARY}`;
  }

  async append(buffers: readonly Uint8Array[]): Promise<void> {
    const { files, path } = this.#dataDir;
    if (this.#file === null) {
      this.#file = await AppendFile.create(files, join(path, this.temporary));
      this.#made = true;
    }
    await this.#file.append(buffers);
    if (this.#file.sizeBytes - this.#syncedBytes < FLUSH_BYTES) return;
    this.#syncedBytes = this.#file.sizeBytes;
    await this.#file.sync();
  }

  /** All of it is on the disk, and it can be read under its temporary name. */
  async end(): Promise<void> {
    await this.append([]);
    await this.#file?.sync();
    await this.close();
  }

  /** Gives it its name, durably. */
  async publish(): Promise<void> {
    const { files, path } = this.#dataDir;
    await files.rename(join(path, this.temporary), join(path, this.#name));
    this.published = true;
    await files.syncDirectory(path);
  }

  async discard(): Promise<void> {
    await this.close();
    const { files, path } = this.#dataDir;
    if (this.#made && !this.published) await files.remove(join(path, this.temporary));
    this.#made = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}
