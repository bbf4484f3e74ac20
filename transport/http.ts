/**
 * What a listener answers to plain HTTP: for now, that it speaks WebSocket.
 *
 * The place for HTTP endpoints (health, metrics, the page) as they come: each is a case here, on the
 * listener's own port. Also writes the refusals of upgrades, which have no response object.
 */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpgradeRefusal } from './upgrade-guard.ts';

/** Tells a dialler the code of a refused upgrade. */
export const errorHeader = 'x-statecraft-error';

/** 426 to everything. */
export function answerHttp(_request: IncomingMessage, response: ServerResponse): void {
  const text = 'This port speaks WebSocket: connect with an upgrade.\n';
  response.writeHead(426, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': text.length,
    connection: 'close',
    upgrade: 'websocket',
  });
  response.end(text);
}

/** Answers an upgrade that was refused and closes its socket. */
export function answerRefusal(socket: Duplex, { status, code, message }: UpgradeRefusal): void {
  const text = `${code}: ${message}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    `${errorHeader}: ${code}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}
