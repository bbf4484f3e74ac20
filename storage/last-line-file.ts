/**
 * A small file of local lines of which the last one counts: appended to, and rewritten at once when
 * it grows past a bound. The two vote files and the lazy proof of sync are kept this way.
 */
import { join } from 'node:path';
import { AppendFile, replaceFile } from './append-file.ts';
import type { FileSystem } from './file-system.ts';

/** Past this size the file is rewritten with its last line only. */
const MAX_BYTES = 64 * 1024;

export class LastLineFile {
  readonly #files: FileSystem;
  readonly #directory: string;
  readonly #name: string;
  #file: AppendFile | null = null;

  constructor(files: FileSystem, directory: string, name: string) {
    this.#files = files;
    this.#directory = directory;
    this.#name = name;
  }

  /** Makes `line` the whole file; durable when it resolves. */
  async rewrite(line: Uint8Array): Promise<void> {
    await this.close();
    await replaceFile(this.#files, this.#directory, this.#name, [line]);
    const path = join(this.#directory, this.#name);
    this.#file = await AppendFile.open(this.#files, path, line.length);
  }

  /** Appends `line`; durable when it resolves. */
  async put(line: Uint8Array): Promise<void> {
    if (await this.putLazily(line)) await this.#file?.sync();
  }

  /** Appends `line` and leaves it to the system when to write it; false if it had to rewrite. */
  async putLazily(line: Uint8Array): Promise<boolean> {
    if (this.#file === null || this.#file.sizeBytes + line.length > MAX_BYTES) {
      await this.rewrite(line);
      return false;
    }
    await this.#file.append([line]);
    return true;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}
