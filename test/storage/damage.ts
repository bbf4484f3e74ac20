/**
 * Directories to damage, and starts on copies of them.
 */
import type { Recovered, StorageFault } from '../../storage/store.ts';
import { ModelFiles } from './model-files.ts';
import { DIR, aVote, linesFor, openStore, recover, sync, textOf } from './support.ts';
import type { OpenOptions } from './support.ts';

export const FIRST = `${DIR}/log-000000000001.jsonl`;
export const SECOND = `${DIR}/log-000000000002.jsonl`;
export const SYNCED = `${DIR}/synced.jsonl`;
export const VOTE_A = `${DIR}/vote-a.jsonl`;
export const VOTE_B = `${DIR}/vote-b.jsonl`;

/** A directory of one start and these batches, all synced; `synced.jsonl` is as the start left it. */
export async function filesWith(
  batches: readonly number[],
  options?: OpenOptions,
): Promise<ModelFiles> {
  const files = new ModelFiles();
  const store = await openStore(files, options);
  await recover(store);
  let index = 1;
  for (const count of batches) {
    store.append(linesFor(store, index, 1, count));
    index += count;
    await sync(store, index === count + 1 ? aVote(1) : null);
  }
  return files.killed();
}

/** What a start on a copy of `files` gives: the log and its text, or a fault. */
export async function start(
  files: ModelFiles,
): Promise<{ recovered: Recovered; text: string[]; files: ModelFiles }> {
  const copy = files.killed();
  const store = await openStore(copy);
  const recovered = await recover(store);
  return { recovered, text: textOf(store, recovered.lastIndex), files: copy };
}

export async function faultOf(files: ModelFiles): Promise<StorageFault> {
  try {
    await start(files);
  } catch (error) {
    return error as StorageFault;
  }
  throw new Error('The start was not refused.');
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textAt = (files: ModelFiles, path: string): string =>
  new TextDecoder().decode(files.get(path));
