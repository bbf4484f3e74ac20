/**
 * The handful of file-system calls that storage makes, so that tests can record them, fail them and
 * work out what a power cut between any two leaves behind. Errors are the system's, with an errno
 * code. Only ENOENT ever means "absent"; every other error is passed on (a lost descriptor read as
 * "no vote yet" elects two leaders).
 */
import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { tryLock } from 'fs-native-extensions';

/** A file descriptor. */
export type Descriptor = number;

export interface FileSystem {
  /** With its parents, durably, for the owner only (0700); an existing one is fine. */
  makeDirectory(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  /** null when there is no such file. */
  readFile(path: string): Promise<Uint8Array | null>;
  /** Bytes `offset …`, at most `length`; fewer at the end of the file. */
  readRange(path: string, offset: number, length: number): Uint8Array;
  /**
   * `create`: a new, empty file (0600), replacing any; `keep`: for writing, made if absent; `read`:
   * one that is there.
   */
  open(path: string, mode: 'create' | 'keep' | 'read'): Promise<Descriptor>;
  /** Bytes `position …`, at most `length`; fewer only at the end of the file. */
  read(fd: Descriptor, position: number, length: number): Promise<Uint8Array>;
  /** May write less than all; returns how many bytes. */
  write(fd: Descriptor, buffers: readonly Uint8Array[], position: number): Promise<number>;
  truncate(fd: Descriptor): Promise<void>;
  /** Resolves when the file's bytes and size are on the disk. */
  sync(fd: Descriptor): Promise<void>;
  close(fd: Descriptor): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in it durable. */
  syncDirectory(path: string): Promise<void>;
  /** Takes an exclusive lock that lives as long as the descriptor; false when someone has it. */
  lock(fd: Descriptor): boolean;
}

const open = promisify(fs.open);
const read = promisify(fs.read);
const writev = promisify(fs.writev);
const ftruncate = promisify(fs.ftruncate);
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);
const close = promisify(fs.close);

/** macOS: only `fsync` reaches the disk (nodejs/node#9439). */
const syncFile = process.platform === 'darwin' ? fsync : fdatasync;
const OWNER_ONLY = 0o600;

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fsp.stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The real one. */
export const nodeFiles: FileSystem = {
  async makeDirectory(path) {
    const directory = resolve(path);
    if (await isDirectory(directory)) return;
    const above = dirname(directory);
    if (above !== directory) await this.makeDirectory(above);
    // One by one: where nothing can be made, as in /proc, Node's `recursive` tries for ever.
    await fsp.mkdir(directory, { mode: 0o700 }).catch(async (error: unknown) => {
      if (!(await isDirectory(directory))) throw error; // Else another process was faster.
    });
    // A directory is as durable as its name in the one above.
    await this.syncDirectory(above);
  },
  list: (directory) => fsp.readdir(directory),
  async readFile(path) {
    try {
      return await fsp.readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  },
  readRange(path, offset, length) {
    const fd = fs.openSync(path, 'r');
    try {
      const bytes = new Uint8Array(length);
      let size = 0;
      while (size < length) {
        const count = fs.readSync(fd, bytes, size, length - size, offset + size);
        if (count === 0) break;
        size += count;
      }
      return bytes.subarray(0, size);
    } finally {
      fs.closeSync(fd);
    }
  },
  open(path, mode) {
    const { O_RDONLY, O_RDWR, O_CREAT, O_TRUNC } = fs.constants;
    if (mode === 'read') return open(path, O_RDONLY);
    return open(path, O_RDWR | O_CREAT | (mode === 'create' ? O_TRUNC : 0), OWNER_ONLY);
  },
  async read(fd, position, length) {
    const bytes = new Uint8Array(length);
    let size = 0;
    while (size < length) {
      const { bytesRead } = await read(fd, bytes, size, length - size, position + size);
      if (bytesRead === 0) break;
      size += bytesRead;
    }
    return bytes.subarray(0, size);
  },
  async write(fd, buffers, position) {
    return (await writev(fd, buffers, position)).bytesWritten;
  },
  truncate: (fd) => ftruncate(fd, 0),
  sync: (fd) => syncFile(fd),
  close: (fd) => close(fd),
  rename: (from, to) => fsp.rename(from, to),
  remove: (path) => fsp.unlink(path),
  async syncDirectory(path) {
    // Windows has no directory handles to sync; NTFS orders its metadata by itself.
    if (process.platform === 'win32') return;
    const fd = await open(path, 'r');
    try {
      await fsync(fd);
    } finally {
      await close(fd);
    }
  },
  lock: (fd) => tryLock(fd),
};
