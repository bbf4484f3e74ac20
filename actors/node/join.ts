/**
 * How a server with an empty directory gets into a running cluster: it asks to be added, as its
 * operator would, and waits until a leader reaches it (§6, thesis §4.2.1).
 *
 * It asks again until its own log says that it votes, since an answer may be lost; to be added twice
 * is to be added once. A server that somebody made a learner stays one. What can never succeed is
 * told, and ends the asking.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import { connect } from '../client.ts';
import { StatecraftError } from '../errors.ts';
import type { Replica } from '../replica.ts';
import type { Logger } from './options.ts';
import { waitingLine } from './waiting-line.ts';
import { clusterAt, refuseOther } from './which-cluster.ts';

/** Milliseconds that one attempt may take; catching up is part of it. */
const attemptTimeoutMs = 120_000;
/** Milliseconds between two attempts. */
const pauseMs = 1_000;

export interface JoinOptions {
  /** null: there is nothing to join. */
  readonly join: readonly string[] | null;
  readonly id: ServerId;
  readonly cluster: string;
  /** Where the others reach it. */
  readonly peer: string;
  readonly replica: Replica;
  readonly logger: Logger;
  /** It can never join as it is: the process should end with this code. */
  fail(fault: Fault): void;
}

/** Begins to ask; what it returns ends it, and resolves when nobody is asked any more. */
export function joinCluster(options: JoinOptions): () => Promise<void> {
  if (options.join === null) return () => Promise.resolve();
  const ended = new AbortController();
  const asking = ask(options, ended.signal);
  return () => {
    ended.abort();
    return asking;
  };
}

async function ask(options: JoinOptions, signal: AbortSignal): Promise<void> {
  const { id, cluster, peer, replica, logger } = options;
  const endpoints = options.join ?? [];
  const votes = (): boolean => Object.hasOwn(replica.members.entry.voters, id);
  await using client = await connect(endpoints, { timeoutMs: attemptTimeoutMs });
  const ended = (): boolean => signal.aborted;
  const sayThatItWaits = waitingLine(logger, endpoints);
  let asked = false;
  while (!votes() && !ended()) {
    try {
      const found = await clusterAt(client, endpoints, signal);
      if (found === null) {
        if (!ended() && !votes()) sayThatItWaits();
        await pause(signal);
        continue;
      }
      refuseOther(cluster, found);
      // It is a voter that knows nothing: its directory was lost, and with it what it promised.
      const { voters, outgoing, learners, next } = await client.members({ signal });
      if (isEmpty(replica) && [voters, outgoing].some((one) => Object.hasOwn(one, id)))
        throw lostDirectory(id);
      if (!asked && Object.hasOwn(learners, id)) {
        const joins = next?.voters.includes(id) === true;
        logger.info({ peer }, `a learner until it ${joins ? 'has caught up' : 'is promoted'}`);
        return;
      }
      asked = true;
      await client.memberAdd(id, peer, { signal });
      logger.info({ peer }, 'joined');
      return;
    } catch (error) {
      if (ended() || votes()) return;
      const { code, message } = error as StatecraftError;
      logger.warn({ code, message }, 'not a voter yet');
      if (final.has(code)) {
        options.fail({ code, message });
        return;
      }
    }
    await pause(signal);
  }
}

/** One that is cut short is seen to be so by the next look. */
const pause = (signal: AbortSignal): Promise<void> =>
  sleep(pauseMs, undefined, { signal }).catch(() => undefined);

const isEmpty = ({ server }: Replica): boolean => server.getSnapshot().context.log.lastIndex === 0;

function lostDirectory(id: ServerId): StatecraftError {
  return new StatecraftError(
    'ERR_MEMBER_EXISTS',
    `${id} votes in this cluster already, but this directory is empty. If it was lost, give the ` +
      `server a new id and an empty directory, and run "statecraft member remove ${id}". ` +
      'If it was not, start with the right directory.',
  );
}

/** Asking again would be answered the same. */
const final: ReadonlySet<string> = new Set([
  'ERR_CLUSTER_MISMATCH',
  'ERR_ID_REUSED',
  'ERR_MEMBER_EXISTS',
  'ERR_TOO_MANY_MEMBERS',
]);
