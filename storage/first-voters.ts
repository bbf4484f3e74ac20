/**
 * Who voted when the cluster began, as a directory remembers it from its first start on.
 *
 * No entry of the log says it (§6 has every configuration in the log but the first), and all servers
 * must begin from one: two lists are two majorities that know nothing of each other, and a server
 * that is started with itself alone acknowledges writes that the others never see. So the option is
 * believed once. Later members are the log's business (actors/configuration-book.ts).
 */
import { StorageError } from './fault.ts';

/**
 * The ids that a directory keeps at this start. `found` is what it has, undefined if it was written
 * before directories kept them; `given` is what the start says, nobody when it joins a cluster.
 *
 * A directory that began by joining has nobody, and takes voters from its log alone.
 * @throws StorageError ERR_VOTERS_MISMATCH
 */
export function firstVoters(
  found: readonly string[] | undefined,
  given: readonly string[],
  file: string,
): readonly string[] {
  if (found === undefined) return given;
  const [sole, ...others] = found;
  // It would lead alone, and never ask to be let in.
  if (given.length === 0 && sole !== undefined && others.length === 0) {
    throw new StorageError(
      'ERR_VOTERS_MISMATCH',
      `${file} belongs to a cluster that ${sole} began alone, so it cannot join another one. Start with ` +
        'an empty directory to join; to go on with what is in this one, start without --join.',
      { file },
    );
  }
  if (found.length === 0 || given.length === 0 || areEqual(found, given)) return found;
  throw new StorageError(
    'ERR_VOTERS_MISMATCH',
    `${file} belongs to a cluster that began with the voters ${found.join(', ')}, and this start ` +
      `names ${given.join(', ')}. Start with the first list: its addresses may change, its ids may ` +
      'not. Members change by "statecraft member add", "remove" and "replace".',
    { file },
  );
}

function areEqual(some: readonly string[], others: readonly string[]): boolean {
  const ids = new Set(some);
  return ids.size === new Set(others).size && others.every((id) => ids.has(id));
}
