/**
 * A file system in memory that knows what is on the disk and what is only in the page cache, so that
 * a power cut can be played at every system call (ALICE, OSDI'14). Strict where real ones are kind:
 * a file's name is durable only when its directory was synced.
 */
import type { Descriptor, FileSystem } from '../../storage/file-system.ts';

interface Inode {
  /** As a process sees it. */
  bytes: Uint8Array;
  /** As the platter has it. */
  synced: Uint8Array;
}

/** What becomes of bytes that were written and not synced. */
export const unsyncedBytes = ['lost', 'kept', 'zeroed', 'torn', 'hole'] as const;
/** What becomes of names that were made, moved or removed and not synced. */
export const unsyncedNames = ['lost', 'kept', 'onlyNewest'] as const;

export class ModelFiles implements FileSystem {
  /** Every call that changes something, in order. */
  readonly calls: string[] = [];
  /** Runs before such a call; what it throws is what the call rejects with. */
  beforeCall: (call: string) => void = () => undefined;
  /** Bytes that one write takes at most. */
  writeBytes = Infinity;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** The last change of a name since the directory was synced. */
  #newest: (names: Map<string, Inode>) => void = () => undefined;
  readonly #open = new Map<Descriptor, { path: string; inode: Inode }>();
  #nextFd = 3;

  /** What a start after a power cut would find. */
  powerCut(
    bytes: (typeof unsyncedBytes)[number] = 'lost',
    names: (typeof unsyncedNames)[number] = 'lost',
  ): ModelFiles {
    const after = new ModelFiles();
    const left = new Map(names === 'kept' ? this.#names : this.#durableNames);
    // A file system may write what was done last before what was done first.
    if (names === 'onlyNewest') this.#newest(left);
    for (const [path, inode] of left) {
      after.put(path, survivors(inode, bytes));
    }
    return after;
  }

  /** The same files for another process: nothing is lost, and nothing more is durable. */
  killed(): ModelFiles {
    const after = new ModelFiles();
    const copies = new Map<Inode, Inode>();
    const copy = (inode: Inode): Inode => {
      const made = copies.get(inode) ?? { ...inode };
      copies.set(inode, made);
      return made;
    };
    after.#names = new Map([...this.#names].map(([path, inode]) => [path, copy(inode)]));
    after.#durableNames = new Map(
      [...this.#durableNames].map(([path, inode]) => [path, copy(inode)]),
    );
    return after;
  }

  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  get(path: string): Uint8Array {
    const inode = this.#names.get(path);
    if (inode === undefined) throw errno('ENOENT', path);
    return inode.bytes;
  }

  /** Puts a durable file there. */
  put(path: string, bytes: Uint8Array): void {
    const inode = { bytes, synced: bytes };
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  delete(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#call(`mkdir ${path}`);
  }

  async list(directory: string): Promise<string[]> {
    await Promise.resolve();
    return this.paths().map((path) => path.slice(directory.length + 1));
  }

  async readFile(path: string): Promise<Uint8Array | null> {
    await Promise.resolve();
    return this.#names.get(path)?.bytes ?? null;
  }

  readRange(path: string, offset: number, length: number): Uint8Array {
    return this.get(path).subarray(offset, offset + length);
  }

  async read(fd: Descriptor, position: number, length: number): Promise<Uint8Array> {
    await Promise.resolve();
    return this.#opened(fd).inode.bytes.slice(position, position + length);
  }

  async open(path: string, mode: 'create' | 'keep' | 'read'): Promise<Descriptor> {
    if (mode === 'read') return this.#openForReading(path);
    await this.#call(`open ${path}`);
    const found = this.#names.get(path);
    const inode = found ?? { bytes: new Uint8Array(), synced: new Uint8Array() };
    if (found === undefined) this.#change((all) => all.set(path, inode));
    if (mode === 'create') inode.bytes = new Uint8Array();
    this.#open.set(this.#nextFd, { path, inode });
    return this.#nextFd++;
  }

  async write(fd: Descriptor, buffers: readonly Uint8Array[], position: number): Promise<number> {
    const { path, inode } = this.#opened(fd);
    await this.#call(`write ${path}`);
    const data = Buffer.concat(buffers).subarray(0, this.writeBytes);
    const bytes = new Uint8Array(Math.max(inode.bytes.length, position + data.length));
    bytes.set(inode.bytes);
    bytes.set(data, position);
    inode.bytes = bytes;
    return data.length;
  }

  async truncate(fd: Descriptor): Promise<void> {
    const { path, inode } = this.#opened(fd);
    await this.#call(`truncate ${path}`);
    inode.bytes = new Uint8Array();
  }

  async sync(fd: Descriptor): Promise<void> {
    const { path, inode } = this.#opened(fd);
    await this.#call(`fsync ${path}`);
    inode.synced = inode.bytes;
  }

  async close(fd: Descriptor): Promise<void> {
    await Promise.resolve();
    this.#opened(fd);
    this.#open.delete(fd);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call(`rename ${from} ${to}`);
    const inode = this.#names.get(from);
    if (inode === undefined) throw errno('ENOENT', from);
    this.#change((all) => {
      all.delete(from);
      all.set(to, inode);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#call(`remove ${path}`);
    if (!this.#names.has(path)) throw errno('ENOENT', path);
    this.#change((all) => all.delete(path));
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#call(`fsync ${path}`);
    this.#durableNames = new Map(this.#names);
    this.#newest = () => undefined;
  }

  #change(change: (names: Map<string, Inode>) => void): void {
    change(this.#names);
    this.#newest = change;
  }

  lock(): boolean {
    return true;
  }

  async #openForReading(path: string): Promise<Descriptor> {
    await Promise.resolve();
    const inode = this.#names.get(path);
    if (inode === undefined) throw errno('ENOENT', path);
    this.#open.set(this.#nextFd, { path, inode });
    return this.#nextFd++;
  }

  /** Descriptors not closed. */
  get openFiles(): number {
    return this.#open.size;
  }

  #opened(fd: Descriptor): { path: string; inode: Inode } {
    const file = this.#open.get(fd);
    if (file === undefined) throw errno('EBADF', String(fd));
    return file;
  }

  async #call(call: string): Promise<void> {
    await Promise.resolve();
    this.beforeCall(call);
    this.calls.push(call);
  }
}

/** An error as the system gives it. */
export function errno(code: string, what = ''): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

/** What a power cut leaves of a file; only the part that differs from the platter is at risk. */
function survivors({ bytes, synced }: Inode, fate: (typeof unsyncedBytes)[number]): Uint8Array {
  let same = 0;
  while (same < Math.min(bytes.length, synced.length) && bytes[same] === synced[same]) same++;
  const middle = (same + bytes.length) >> 1;
  switch (fate) {
    case 'lost':
      return synced;
    case 'kept':
      return bytes;
    case 'zeroed':
      return bytes.slice().fill(0, same);
    case 'torn':
      return bytes.slice(0, middle);
    case 'hole':
      return bytes.slice().fill(0, same, middle);
    default:
      return fate satisfies never;
  }
}

/** Runs until call `cut`, which fails like all after it; true when it came to its end. */
export async function until(
  files: ModelFiles,
  cut: number,
  run: () => Promise<void>,
): Promise<boolean> {
  let calls = 0;
  files.beforeCall = () => {
    if (calls++ >= cut) throw errno('EIO', 'power cut');
  };
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
