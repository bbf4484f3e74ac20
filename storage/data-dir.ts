/**
 * A server's data directory: whose it is, and that nobody else has it open.
 *
 * `identity.json` names cluster and node, the voters that the cluster began with, the incarnation drawn
 * when the directory was made, and the boot number, counted up and fsynced at each start
 * (docs/formats.md#identity). The lock is one on an open file: freed by the system when the process
 * dies, held while it is only suspended.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppendFile, replaceFile } from './append-file.ts';
import { StorageError, toFault } from './fault.ts';
import { IDENTITY, LOCK, isDataDir, isUnfinished } from './file-names.ts';
import { firstVoters } from './first-voters.ts';
import { nodeFiles, type Descriptor, type FileSystem } from './file-system.ts';
import { FORMAT } from './format.ts';
import { claimed, encodeLocal, readLocal } from './local-line.ts';

/** UTF-8 bytes of a cluster id or node id. */
const MAX_NAME_BYTES = 200;

export interface DataDirOptions {
  readonly dir: string;
  /** Cluster id. */
  readonly cluster: string;
  /** This server's id. */
  readonly node: string;
  /** Ids of the voters that the cluster begins with; none when the server joins a running one. */
  readonly voters: readonly string[];
  readonly files?: FileSystem;
}

/** A locked directory; `release` gives it up. */
export interface DataDir {
  readonly path: string;
  readonly cluster: string;
  readonly node: string;
  /** As of the first start, whatever this one was given; none: it began by joining. */
  readonly voters: readonly string[];
  readonly incarnation: string;
  readonly boot: number;
  readonly files: FileSystem;
  /** Frees the lock; idempotent. */
  release(): Promise<void>;
}

const identitySchema = z.strictObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  node: z.string(),
  /** Directories of before do not have it, until their next start. */
  voters: z.array(z.string()).readonly().optional(),
  incarnation: z.string(),
  boot: z.int().positive(),
});
export type Identity = z.infer<typeof identitySchema>;
const holderSchema = z.object({ pid: z.int(), host: z.string() });
const formatSchema = z.object({ format: z.int() });

/**
 * Opens a directory for one server, making it if need be. Rejects with a `StorageError`:
 * ERR_INVALID_CONFIG, ERR_DATA_DIR_LOCKED, ERR_CLUSTER_MISMATCH, ERR_NODE_MISMATCH, ERR_VOTERS_MISMATCH,
 * ERR_FORMAT_UNKNOWN, ERR_IDENTITY_LOST, ERR_STORAGE_IO, ERR_STORAGE_FULL.
 */
export async function openDataDir(options: DataDirOptions): Promise<DataDir> {
  const { dir, cluster, node, voters: given, files = nodeFiles } = options;
  for (const [what, name] of Object.entries({ cluster, node })) {
    if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw new RangeError(`The ${what} id must have 1 to ${MAX_NAME_BYTES} bytes.`);
    }
  }
  let lock: Descriptor | null = null;
  try {
    await files.makeDirectory(dir).catch((error: unknown) => {
      throw isInTheWay(error) ? fileInTheWay(dir) : error;
    });
    lock = await files.open(join(dir, LOCK), 'keep');
    await takeLock(files, dir, lock);
    const held = lock;
    const identity = await nextIdentity(files, dir, { cluster, node, voters: given });
    await replaceFile(files, dir, IDENTITY, [encodeLocal(identity)]);
    const { voters, incarnation, boot } = identity;
    let released: Promise<void> | null = null;
    // Once only: the number of a closed descriptor soon belongs to another file.
    const release = (): Promise<void> => (released ??= files.close(held));
    return { path: dir, cluster, node, voters, incarnation, boot, files, release };
  } catch (error) {
    if (lock !== null) await files.close(lock);
    throw toFault(error);
  }
}

/** Something that is no directory stands where one is to be. */
function isInTheWay(error: unknown): boolean {
  return ['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function fileInTheWay(dir: string): StorageError {
  return new StorageError(
    'ERR_INVALID_CONFIG',
    `A file is in the way of the data directory ${dir}. Choose another, or move the file.`,
    { file: dir },
  );
}

/**
 * Whether no server has begun in the directory yet, or it is not there: a first start that ended
 * before it knew who it is leaves a lock, and the next one is the first.
 */
export async function isUnused(dir: string, files: FileSystem = nodeFiles): Promise<boolean> {
  const names = await files.list(dir).catch((): string[] => []);
  return !isDataDir(names);
}

/** The cluster of a directory that was used; null when its identity cannot be read. */
export async function ownerOf(dir: string, files: FileSystem = nodeFiles): Promise<string | null> {
  const bytes = await files.readFile(join(dir, IDENTITY)).catch(() => null);
  const found = bytes && readLocal(bytes, 0, bytes.length, identitySchema);
  return found?.cluster ?? null;
}

/** Refuses a format that this version cannot read, before anything else is made of the line. */
export function checkFormat(bytes: Uint8Array, file: string): void {
  const format = claimed(bytes, formatSchema)?.format ?? FORMAT;
  if (format === FORMAT) return;
  throw new StorageError(
    'ERR_FORMAT_UNKNOWN',
    `${file} has format ${format}; this version reads format ${FORMAT}. Start the version that wrote it.`,
    { file, offset: 0 },
  );
}

/** Refuses files of another cluster or node. */
export function checkOwner(
  found: { readonly cluster: string; readonly node: string },
  wanted: { readonly cluster: string; readonly node: string },
  file: string,
): void {
  for (const what of ['cluster', 'node'] as const) {
    if (found[what] === wanted[what]) continue;
    throw new StorageError(
      what === 'cluster' ? 'ERR_CLUSTER_MISMATCH' : 'ERR_NODE_MISMATCH',
      `${file} belongs to ${what} "${found[what]}", not "${wanted[what]}". Start with the directory ` +
        `of "${wanted[what]}", or with an empty one.`,
      { file },
    );
  }
}

async function takeLock(files: FileSystem, dir: string, fd: Descriptor): Promise<void> {
  const path = join(dir, LOCK);
  if (!files.lock(fd)) {
    // Windows lets nobody read what another process has locked; the refusal is the same.
    const bytes = await files.readFile(path).catch(() => null);
    throw new StorageError(
      'ERR_DATA_DIR_LOCKED',
      `${dir} is in use by another process (${holderOf(bytes)}). Stop it first; a ` +
        'suspended process holds the lock, too.',
      { file: path },
    );
  }
  await files.truncate(fd);
  const holder = `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`;
  await new AppendFile(files, fd, 0).append([new TextEncoder().encode(holder)]);
}

/** `pid 12503 on vm`, of what a lock file says. */
function holderOf(bytes: Uint8Array | null): string {
  try {
    const said = holderSchema.parse(JSON.parse(new TextDecoder().decode(bytes ?? undefined)));
    return `pid ${said.pid} on ${said.host}`;
  } catch {
    return 'unknown'; // It has not been written yet, or cannot be read.
  }
}

async function nextIdentity(
  files: FileSystem,
  dir: string,
  wanted: Pick<DataDir, 'cluster' | 'node' | 'voters'>,
): Promise<Identity & Pick<DataDir, 'voters'>> {
  const path = join(dir, IDENTITY);
  const names = await files.list(dir);
  for (const name of names) if (isUnfinished(name)) await files.remove(join(dir, name));
  const bytes = await files.readFile(path);
  if (bytes === null && !isDataDir(names)) {
    return { format: FORMAT, ...wanted, incarnation: randomUUID(), boot: 1 };
  }
  const found = readIdentity(bytes, path);
  checkOwner(found, wanted, path);
  const voters = firstVoters(found.voters, wanted.voters, path);
  const { incarnation, boot } = found;
  return { format: FORMAT, ...wanted, voters, incarnation, boot: boot + 1 };
}

/** What `identity.json` says; ERR_IDENTITY_LOST when it says nothing, ERR_FORMAT_UNKNOWN. */
export function readIdentity(bytes: Uint8Array | null, path: string): Identity {
  if (bytes !== null) checkFormat(bytes, path);
  const found = bytes && readLocal(bytes, 0, bytes.length, identitySchema);
  if (found === null) {
    throw new StorageError(
      'ERR_IDENTITY_LOST',
      `${path} is ${bytes === null ? 'missing' : 'damaged'}, so nobody can tell whose files these ` +
        'are. Keep a copy of the directory; then remove the server from its cluster and add it ' +
        'again with an empty directory and a new id.',
      { file: path },
    );
  }
  return found;
}
