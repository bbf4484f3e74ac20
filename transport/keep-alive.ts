/**
 * Finds out that the other side is gone though its socket is not: half-open, stopped, unplugged.
 *
 * Asks with a ping after half the time and gives up after the other half.
 */
import type { WebSocket } from 'ws';

/**
 * Calls `silent` once when nothing was heard for `idleTimeoutMs`, and destroys the socket.
 * `roundTrip` is told how many milliseconds each ping took to be answered.
 */
export function keepAlive(
  socket: WebSocket,
  idleTimeoutMs: number,
  silent: () => void,
  roundTrip: (ms: number) => void = () => undefined,
): void {
  let heard = true;
  let askedAtMs: number | null = null;
  const hear = () => {
    heard = true;
  };
  for (const sign of ['message', 'ping', 'pong']) socket.on(sign, hear);
  socket.on('pong', () => {
    if (askedAtMs !== null) roundTrip(performance.now() - askedAtMs);
    askedAtMs = null;
  });

  const giveUp = () => {
    if (heard || socket.readyState !== socket.OPEN) return;
    silent();
    socket.terminate();
  };
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    // After a stall of ours the answer may wait unread: a late timer lets the sockets be read first.
    if (!heard) setImmediate(giveUp);
    else {
      askedAtMs ??= performance.now();
      socket.ping();
    }
    heard = false;
  }, idleTimeoutMs / 2);
  socket.once('close', () => clearInterval(timer));
}
