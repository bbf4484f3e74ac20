/**
 * The second connection to a peer, for the chunks of a snapshot (§7): dialled with the first of
 * them, hung up when no more have come for a while.
 *
 * A chunk is handed to the socket only while little waits there. So what a slow peer costs is
 * known, and a leader's turn of the event loop never has much to copy before its next heartbeat,
 * which travels on the normal connection. Answers to chunks do, too.
 */
import type { InstallSnapshot } from '../../machines/messages.ts';
import type { Link } from './link.ts';
import type { Clock } from '../ports.ts';

/**
 * Bytes a second to one peer, at most. Whoever reads, sends, takes and restores a snapshot does it on
 * the cores that commands want, too: a transfer as fast as it can be holds them up.
 */
export const bulkBytesPerSecond = 16 << 20;
/** Bytes that may wait in the socket before another chunk is given to it. */
export const maxBulkBufferedBytes = 1 << 20;
/** Chunks that wait for the connection or for the socket; more are lost, and asked for again. */
export const maxWaitingChunks = 8;
/** Without a chunk for so long, in milliseconds, the connection is closed. */
export const bulkIdleMs = 10_000;
/** Until the socket is looked at again, in milliseconds. */
const pacePauseMs = 5;

export interface BulkLink {
  send(chunk: InstallSnapshot): void;
  /** Closes the connection, if there is one. */
  stop(): void;
}

/** `dial` starts a link that tells when it has opened, and when it closed. */
export function createBulkLink(
  clock: Clock,
  dial: (onOpened: () => void, onClosed: () => void) => Link,
): BulkLink {
  let link: Link | null = null;
  let waiting: InstallSnapshot[] = [];
  let idleTimer: unknown = null;
  let paceTimer: unknown = null;

  function flush(): void {
    const [chunk] = waiting;
    if (paceTimer !== null || link?.isOpen !== true || chunk === undefined) return;
    if (link.bufferedBytes >= maxBulkBufferedBytes) {
      paceTimer = clock.setTimeout(lookAgain, pacePauseMs);
      return;
    }
    waiting.shift();
    link.send(chunk);
    paceTimer = clock.setTimeout(lookAgain, (1_000 * chunk.chunkBytes) / bulkBytesPerSecond);
  }

  function lookAgain(): void {
    paceTimer = null;
    flush();
  }

  /** What waited belongs to a transfer that will ask where to go on. */
  function forget(): void {
    waiting = [];
    if (paceTimer !== null) clock.clearTimeout(paceTimer);
    paceTimer = null;
  }

  function stop(): void {
    forget();
    if (idleTimer !== null) clock.clearTimeout(idleTimer);
    idleTimer = null;
    link?.stop();
    link = null;
  }

  return {
    send(chunk) {
      if (idleTimer !== null) clock.clearTimeout(idleTimer);
      idleTimer = clock.setTimeout(stop, bulkIdleMs);
      if (waiting.length < maxWaitingChunks) waiting.push(chunk);
      link ??= dial(flush, forget);
      flush();
    },
    stop,
  };
}
