/**
 * What all connections of a listener have sent of messages that are not whole yet, and that `ws` keeps
 * until they are: bounded together, since each alone may hold as much as its largest message.
 *
 * Counted as it comes from the sockets. What comes with the upgrade or begins behind the end of a
 * message in one chunk is not counted: at most a read of the system, 64 KiB, for each connection
 * (limits.ts has the sum).
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Debtor, Debts } from './debts.ts';
import type { Closed } from './transport.ts';

/** Of a frame from a client with up to 125 bytes: two, and the mask. */
const controlHeaderBytes = 6;

/**
 * Counts what `webSocket` holds in `inbound`; past the bound whoever holds most ends, and `onDropped`
 * of that one is told why: ERR_OVERLOADED.
 */
export function countInbound(
  webSocket: WebSocket,
  socket: Duplex,
  inbound: Debts,
  onDropped: (why: Closed) => void,
): void {
  let held = 0;
  const debtor: Debtor = {
    drop: () => {
      const message =
        `it had sent ${held} bytes of a message that is not whole, more than any other connection ` +
        'while all together passed the bound';
      webSocket.close(1013, 'ERR_OVERLOADED');
      onDropped({ code: 'ERR_OVERLOADED', message });
      webSocket.terminate();
    },
  };
  const count = (bytes: number): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    held += bytes;
    inbound.add(debtor, bytes);
  };
  // Before ws itself hears of it, which may make it a whole message at once.
  socket.prependListener('data', (chunk: Buffer) => count(chunk.length));
  webSocket.on('message', () => count(-held));
  // They may come within a message, and are no part of it.
  for (const control of ['ping', 'pong'] as const) {
    webSocket.on(control, (data: Buffer) => {
      count(-Math.min(held, data.length + controlHeaderBytes));
    });
  }
  webSocket.once('close', () => inbound.forget(debtor));
}
