/**
 * The incarnation of each other member's data directory, as it said it when it was first met: one that
 * comes back with another has lost its votes (docs/formats.md#peer-incarnations).
 *
 * What to do about that is actors/node/acquaintances.ts.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './append-file.ts';
import { checkFormat, type DataDir } from './data-dir.ts';
import { StorageError, toFault } from './fault.ts';
import { PEERS } from './file-names.ts';
import { FORMAT } from './format.ts';
import { encodeLocal, readLocal } from './local-line.ts';

/** By server id. */
export type Incarnations = Readonly<Record<string, string>>;

const schema = z.strictObject({
  format: z.literal(FORMAT),
  incarnations: z.record(z.string(), z.string()),
});

/**
 * None is nobody. Rejects with a `StorageError`: ERR_PEERS_LOST when the file is damaged,
 * ERR_FORMAT_UNKNOWN, ERR_STORAGE_IO.
 */
export async function readPeerIncarnations({
  path,
  files,
}: Pick<DataDir, 'path' | 'files'>): Promise<Incarnations> {
  const file = join(path, PEERS);
  const bytes = await files.readFile(file).catch((error: unknown) => {
    throw toFault(error);
  });
  if (bytes === null) return {};
  checkFormat(bytes, file);
  const found = readLocal(bytes, 0, bytes.length, schema);
  if (found !== null) return found.incarnations;
  throw new StorageError(
    'ERR_PEERS_LOST',
    `${file} is damaged, so nobody can tell whether another member lost its data directory. If none ` +
      'did, remove this one file: it is written again.',
    { file },
  );
}

/**
 * Durable when it resolves: the old contents or these are found after a crash. Rejects with a
 * `StorageError`: ERR_STORAGE_IO, ERR_STORAGE_FULL.
 */
export async function writePeerIncarnations(
  { path, files }: Pick<DataDir, 'path' | 'files'>,
  incarnations: Incarnations,
): Promise<void> {
  try {
    await replaceFile(files, path, PEERS, [encodeLocal({ format: FORMAT, incarnations })]);
  } catch (error) {
    throw toFault(error);
  }
}
