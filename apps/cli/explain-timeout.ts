/**
 * Why a call took too long: when nothing of it was sent, the servers are asked how they are, so that
 * "nobody answers" and "nobody leads" are told apart (exit codes 2 and 5).
 */
import type { Client } from '../../actors/client.ts';
import type { StatecraftError } from '../../actors/errors.ts';
import { askAll } from './ask-servers.ts';
import { viewOf } from './cluster-view.ts';
import { failure } from './failure.ts';

/** A round of questions to servers of which none has answered so far, in milliseconds. */
const askTimeoutMs = 500;

/** `error`, or a better one: ERR_UNREACHABLE, ERR_NO_LEADER. An unknown outcome stays what it is. */
export async function explainTimeout(
  error: StatecraftError,
  client: Client,
  endpoints: readonly string[],
): Promise<StatecraftError> {
  if (error.code !== 'ERR_TIMEOUT' || error.outcome === 'unknown') return error;
  const view = viewOf(await askAll(client, endpoints, askTimeoutMs));
  if (view === null) return unreachable(endpoints, error);
  if (view.leader !== null) return error;
  return failure(
    'ERR_NO_LEADER',
    `Cluster ${view.cluster} has no leader: ${view.reachable} of ${view.voters} servers answer`,
    'Start enough servers for a majority; "statecraft status" shows who is missing',
    { retryable: true, cause: error },
  );
}

/** ERR_UNREACHABLE: no endpoint answers. */
export function unreachable(endpoints: readonly string[], cause?: unknown): StatecraftError {
  return failure(
    'ERR_UNREACHABLE',
    `No server answers at ${endpoints.join(', ')}`,
    'Start one ("statecraft demo"), or name the servers with --endpoints or STATECRAFT_ENDPOINTS',
    { retryable: true, cause },
  );
}
