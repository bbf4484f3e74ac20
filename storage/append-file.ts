/**
 * A file that is only ever appended to, and the way to replace a whole file at once. Short writes are
 * continued here; a failed one is passed on, and whoever owns the file never writes to it again.
 */
import { join } from 'node:path';
import { TEMPORARY } from './file-names.ts';
import type { Descriptor, FileSystem } from './file-system.ts';

export class AppendFile {
  readonly #files: FileSystem;
  readonly #fd: Descriptor;
  #sizeBytes: number;

  /** Takes over `fd`, a file of `sizeBytes`. */
  constructor(files: FileSystem, fd: Descriptor, sizeBytes: number) {
    this.#files = files;
    this.#fd = fd;
    this.#sizeBytes = sizeBytes;
  }

  /** A new, empty file; its name is durable once the directory is synced. */
  static async create(files: FileSystem, path: string): Promise<AppendFile> {
    return new AppendFile(files, await files.open(path, 'create'), 0);
  }

  /** An existing file of `sizeBytes`. */
  static async open(files: FileSystem, path: string, sizeBytes: number): Promise<AppendFile> {
    return new AppendFile(files, await files.open(path, 'keep'), sizeBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(buffers: readonly Uint8Array[]): Promise<void> {
    let rest = buffers;
    while (rest.length > 0) {
      const count = await this.#files.write(this.#fd, rest, this.#sizeBytes);
      if (count === 0) throw new Error('EIO: the system wrote no byte and gave no reason');
      this.#sizeBytes += count;
      rest = after(rest, count);
    }
  }

  sync(): Promise<void> {
    return this.#files.sync(this.#fd);
  }

  close(): Promise<void> {
    return this.#files.close(this.#fd);
  }
}

/**
 * Makes `bytes` the durable contents of `name`: whatever happens meanwhile, a reader finds the old
 * file whole or the new one whole.
 */
export async function replaceFile(
  files: FileSystem,
  directory: string,
  name: string,
  buffers: readonly Uint8Array[],
): Promise<void> {
  const path = join(directory, name);
  const file = await AppendFile.create(files, path + TEMPORARY);
  try {
    await file.append(buffers);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(path + TEMPORARY, path);
  await files.syncDirectory(directory);
}

/** What remains of `buffers` after their first `count` bytes. */
function after(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  let at = 0;
  for (let buffer = buffers[at]; buffer !== undefined; buffer = buffers[++at]) {
    if (buffer.length > left) return [buffer.subarray(left), ...buffers.slice(at + 1)];
    left -= buffer.length;
  }
  return [];
}
