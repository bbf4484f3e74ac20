/**
 * The vote on disk (Figure 2, persistent state: currentTerm, votedFor), twice: file A is written and
 * synced, then B, and only then may anyone hear of it (docs/formats.md#vote). So one torn or rotten
 * copy costs nothing: A is torn only while B still holds the vote that was last promised.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { closeAll } from './close-all.ts';
import { StorageError } from './fault.ts';
import { VOTE_A, VOTE_B } from './file-names.ts';
import type { FileSystem } from './file-system.ts';
import { LastLineFile } from './last-line-file.ts';
import { encodeLocal, readLocal } from './local-line.ts';
import type { VoteState } from './store.ts';

const voteSchema = z.strictObject({
  seq: z.int().positive(),
  term: z.int().nonnegative(),
  votedFor: z.string().nullable(),
  trust: z.enum(['proven', 'doubtful']),
});

/** A vote with its sequence number; the higher one is the newer one. */
export type NumberedVote = z.infer<typeof voteSchema>;

/** Before the first election. */
const firstVote: NumberedVote = { seq: 1, term: 0, votedFor: null, trust: 'proven' };

/**
 * Reads the newest vote. `established` says that the server has been past its first start, so that
 * a missing vote is a lost one: ERR_VOTE_STATE_LOST, as when both copies are bad.
 */
export async function readVote(
  files: FileSystem,
  directory: string,
  established: boolean,
): Promise<NumberedVote> {
  const a = await lastVote(files, join(directory, VOTE_A));
  const b = await lastVote(files, join(directory, VOTE_B));
  if (a.vote !== null && b.vote !== null) return a.vote.seq >= b.vote.seq ? a.vote : b.vote;
  const only = a.vote ?? b.vote;
  if (only !== null) return only;
  // At the first start B is made after A is durable: with no B, nothing was ever promised.
  if (!established && !b.present) return firstVote;
  throw voteLost('Neither vote file ends in a valid line', directory);
}

/** `ERR_VOTE_STATE_LOST`: this server may have voted and no longer knows for whom. */
export function voteLost(why: string, directory: string): StorageError {
  return new StorageError(
    'ERR_VOTE_STATE_LOST',
    `${why}, so this server could vote twice in a term. Keep a copy of the directory; then remove ` +
      'the server from its cluster and add it again with an empty directory and a new id.',
    { file: join(directory, VOTE_A) },
  );
}

/** The two files, open for writing. */
export class VoteFiles {
  readonly #a: LastLineFile;
  readonly #b: LastLineFile;
  #seq = 0;

  constructor(files: FileSystem, directory: string) {
    this.#a = new LastLineFile(files, directory, VOTE_A);
    this.#b = new LastLineFile(files, directory, VOTE_B);
  }

  /** After a start: what was read need not be on the disk (a cached page), so it is written anew. */
  async restore(vote: NumberedVote): Promise<void> {
    this.#seq = vote.seq;
    const line = encodeLocal(vote);
    await this.#a.rewrite(line);
    await this.#b.rewrite(line);
  }

  /** Makes `vote` durable: A, fsync, B, fsync. */
  async write(vote: VoteState): Promise<void> {
    const { term, votedFor, trust } = vote;
    const line = encodeLocal({ seq: ++this.#seq, term, votedFor, trust });
    await this.#a.put(line);
    await this.#b.put(line);
  }

  close(): Promise<void> {
    return closeAll([() => this.#a.close(), () => this.#b.close()]);
  }
}

async function lastVote(
  files: FileSystem,
  path: string,
): Promise<{ present: boolean; vote: NumberedVote | null }> {
  const bytes = await files.readFile(path);
  if (bytes === null) return { present: false, vote: null };
  const start = bytes.lastIndexOf(0x0a, -2) + 1;
  return { present: true, vote: readLocal(bytes, start, bytes.length, voteSchema) };
}
