/**
 * An upgrade to anything but WebSocket is declined as HTTP has it: the request is answered as if it had
 * not asked (RFC 9110 §7.8). Some clients ask for HTTP/2 with each first request: Java's, `curl --http2`.
 *
 * Node has given the connection up by then and read none of a body, so the server is given it anew, with
 * the same request in front that asks for no upgrade.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Headers about this one hop and the protocol that was asked for. */
const ofTheUpgrade: ReadonlySet<string> = new Set(['connection', 'http2-settings', 'upgrade']);

export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** `head`: what was read behind the request. */
export function declineUpgrade(
  server: Server,
  { method = '', url = '', rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  let text = `${method} ${url} HTTP/1.1\r\n`;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!ofTheUpgrade.has(name.toLowerCase())) text += `${name}: ${value}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
