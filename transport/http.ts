/**
 * Plain HTTP on a listener's port: what a request and an answer are, how answers are written, and
 * what a port answers that speaks WebSocket alone. Also writes the refusals of upgrades, which have
 * no response object. What may come in is http-endpoint.ts's; what it means, actors/node/http.ts's.
 */
import { STATUS_CODES } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpgradeRefusal } from './upgrade-guard.ts';

/** Tells a dialler, or whoever asked over HTTP, the code of a refusal. */
export const errorHeader = 'x-statecraft-error';

export interface HttpRequest {
  readonly method: string;
  /** As it came: what is encoded is still so. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty for methods without one. */
  readonly body: Uint8Array;
  /** Aborted when whoever asked has gone. */
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text or bytes as they are, or what JSON.stringify takes. */
  readonly body: string | Uint8Array | object;
}

/** null: nothing is served at this path. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer> | null;

/** On every answer: nothing of it is for a page of another site, nor for keeping. */
const alwaysHeaders = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** Path and query of what was asked for: only the first `?` parts them (RFC 3986 §3.4). */
export function partsOf(url: string): Pick<HttpRequest, 'path' | 'query'> {
  const at = url.indexOf('?');
  if (at < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) };
}

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

/** Writes an answer; JSON and text end with a newline, for terminals. */
export function writeAnswer(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  const isText = typeof body === 'string';
  // As bytes: a string would wait on the heap for a slow reader, and count by its characters.
  const content =
    body instanceof Uint8Array ? body : Buffer.from(isText ? body : `${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    ...alwaysHeaders,
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': content.length,
    ...headers,
  });
  response.end(content);
}

/** A refusal in the shape of all errors: `{"error": {"code", "message", …}}`. */
export function refusal(status: number, code: string, message: string): HttpAnswer {
  const retryable = status === 503;
  const about = { code, message, retryable, outcome: 'not-applied', leader: null, revision: null };
  return {
    status,
    headers: { [errorHeader]: code, ...(retryable ? { 'retry-after': '1' } : {}) },
    body: { error: about },
  };
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
