/**
 * Finds out that the other side is gone though its socket is not: half-open, stopped, unplugged.
 *
 * Asks with a ping after half the time and gives up after the other half.
 */
import type { WebSocket } from 'ws';

/** Calls `silent` once when nothing was heard for `idleTimeoutMs`, and destroys the socket. */
export function keepAlive(socket: WebSocket, idleTimeoutMs: number, silent: () => void): void {
  let heard = true;
  const hear = () => {
    heard = true;
  };
  for (const sign of ['message', 'ping', 'pong']) socket.on(sign, hear);

  const giveUp = () => {
    if (heard || socket.readyState !== socket.OPEN) return;
    silent();
    socket.terminate();
  };
  const timer = setInterval(() => {
    if (socket.readyState !== socket.OPEN) return;
    // After a stall of ours the answer may wait unread: a late timer lets the sockets be read first.
    if (!heard) setImmediate(giveUp);
    else socket.ping();
    heard = false;
  }, idleTimeoutMs / 2);
  socket.once('close', () => clearInterval(timer));
}
