/**
 * Which cluster a server is about to join, learned before it has a directory of that name and before
 * anybody adds it: a learner that every member refuses helps nobody, and fills their logs.
 *
 * A name that was given is held to what the servers say; one that was left out is taken from the
 * directory, or from them while the directory is new. It is never guessed: a directory of the wrong
 * name could join nobody, ever.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnused, ownerOf } from '../../storage/data-dir.ts';
import { connect, type Client } from '../client.ts';
import { aborted } from '../client/errors.ts';
import { StatecraftError } from '../errors.ts';
import { checkOptions, silent, type NodeOptions } from './options.ts';
import { waitingLine } from './waiting-line.ts';

/** For each of those that are asked, all at once, in milliseconds. */
const answerMs = 2_000;

/** Milliseconds between two rounds of asking. */
const pauseMs = 1_000;

/**
 * `options` with the name of the cluster that they join, if they join one. Without any name it asks
 * until somebody answers, or the signal aborts.
 *
 * @throws StatecraftError ERR_INVALID_CONFIG, ERR_CLUSTER_MISMATCH, ERR_ABORTED
 */
export async function withClusterToJoin(options: NodeOptions): Promise<NodeOptions> {
  const { dataDir, join, cluster: given, signal } = options;
  checkOptions(options);
  if (join === undefined) return options;
  if (!(await isUnused(dataDir))) {
    const owner = given ?? (await ownerOf(dataDir));
    return owner === null ? options : { ...options, cluster: owner };
  }
  await using client = await connect(join);
  const sayThatItWaits = waitingLine(options.logger ?? silent, join);
  let found = await clusterAt(client, join, signal);
  while (found === null && given === undefined) {
    if (signal?.aborted === true) throw aborted('not-applied', signal);
    sayThatItWaits();
    // A pause that is cut short is seen to be so by the next look.
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    found = await clusterAt(client, join, signal);
  }
  // Whoever was given a name may start before those that it joins, and meets them later (join.ts).
  if (found === null) return options;
  if (given !== undefined) refuseOther(given, found);
  return { ...options, cluster: found };
}

/**
 * The name that the servers at `endpoints` give; null when none of them answers. Rejects with
 * ERR_CLUSTER_MISMATCH when they are of two clusters.
 */
export async function clusterAt(
  client: Client,
  endpoints: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const given = { timeoutMs: answerMs, ...(signal === undefined ? {} : { signal }) };
  const asked = endpoints.map(async (endpoint) => {
    const status = await client.status(endpoint, given).catch(() => null);
    const { cluster } = (status ?? {}) as { readonly cluster?: unknown };
    return typeof cluster === 'string' ? [cluster] : [];
  });
  const [found = null, ...others] = new Set((await Promise.all(asked)).flat());
  if (found !== null && others[0] !== undefined) {
    throw new StatecraftError(
      'ERR_CLUSTER_MISMATCH',
      `The servers to join are of the clusters "${found}" and "${others[0]}". Give addresses of one.`,
    );
  }
  return found;
}

/** Throws ERR_CLUSTER_MISMATCH unless `own` is the cluster that was `found`. */
export function refuseOther(own: string, found: string): void {
  if (own === found) return;
  throw new StatecraftError(
    'ERR_CLUSTER_MISMATCH',
    `The servers to join are of cluster "${found}", this one is of "${own}": it was not added. ` +
      `Give the name "${found}", or none, and a new directory; or join other servers.`,
  );
}
