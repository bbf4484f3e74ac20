/**
 * One question to one server, on a connection of its own: `status` is about the server that is
 * asked, so it follows no hint and is not tried elsewhere.
 */
import type { Json } from '../../replicated/state-machine.ts';
import { parseResponse } from '../../transport/client-protocol.ts';
import { aborted, refusedBy, timedOut } from './errors.ts';
import { onAbort } from './on-abort.ts';
import { clientUrl, type OpenSocket } from './socket.ts';
import { StatecraftError } from '../errors.ts';
import type { Clock } from '../ports.ts';

export interface StatusOptions {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** The client takes nothing any more; its reason is the error that says why. */
  readonly ended: AbortSignal;
}

/** Rejects with ERR_UNREACHABLE, ERR_TIMEOUT, ERR_ABORTED, ERR_STOPPED or what the server answered. */
export function askStatus(endpoint: string, options: StatusOptions): Promise<Json> {
  const { openSocket, clock, timeoutMs, signal, ended } = options;
  return new Promise((resolve, reject) => {
    const url = clientUrl(endpoint);
    if (url === null) {
      reject(unreachable(endpoint));
      return;
    }
    ended.throwIfAborted();
    if (signal?.aborted === true) {
      reject(aborted('not-applied', signal));
      return;
    }
    const end = (settle: () => void): void => {
      clock.clearTimeout(timer);
      for (const forget of forgets) forget();
      socket.close();
      settle();
    };
    const socket = openSocket(url, {
      opened: () => socket.send('{"id":1,"op":"status"}\n'),
      message(text) {
        const response = parseResponse(text.trimEnd());
        if (response === null || !('status' in response || !response.ok)) return;
        end(() => {
          if (response.ok) resolve(response.status);
          else reject(refusedBy(response, 'not-applied'));
        });
      },
      closed: () => end(() => reject(unreachable(endpoint))),
    });
    const timer = clock.setTimeout(() => {
      end(() => reject(timedOut('not-applied', timeoutMs, `${endpoint} is silent`)));
    }, timeoutMs);
    const forgets = [onAbort(ended, () => end(() => reject(ended.reason as StatecraftError)))];
    if (signal === undefined) return;
    forgets.push(onAbort(signal, () => end(() => reject(aborted('not-applied', signal)))));
  });
}

function unreachable(endpoint: string): StatecraftError {
  const message = `No server answers at ${endpoint}. Check the address, and whether it runs.`;
  return new StatecraftError('ERR_UNREACHABLE', message, { retryable: true });
}
