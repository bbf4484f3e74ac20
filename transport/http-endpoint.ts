/**
 * The border for plain HTTP: who may ask, how much at once and in how many bytes, before a handler
 * sees anything. The same Host and Origin rules as for WebSockets (upgrade-guard.ts).
 *
 * A write that a browser sends must say that it is JSON: a form of another page cannot, so that no
 * page can write by a form even where a browser sends no Origin.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Debts } from './debts.ts';
import { answerHttp, partsOf, refusal, writeAnswer } from './http.ts';
import type { HttpAnswer, HttpHandler } from './http.ts';
import type { ClientLimits } from './limits.ts';
import { refuseUpgrade } from './upgrade-guard.ts';

export interface HttpEndpointOptions {
  readonly handler: HttpHandler;
  /** Names in `Host` that are accepted beside addresses and `localhost`. */
  readonly hosts: readonly string[];
  readonly limits: Pick<ClientLimits, 'maxHttpRequests' | 'maxHttpBodyBytes' | 'idleTimeoutMs'>;
  /** Answers that nobody reads count as what other clients leave unread. */
  readonly debts: Debts;
  /** Paths that only upgrade. */
  readonly webSocketPaths: readonly string[];
}

/** A listener for the requests of `node:http`. */
export function httpEndpoint(
  options: HttpEndpointOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { handler, hosts, limits, debts } = options;
  let underWay = 0;

  /** Never rejects. */
  async function answer(request: IncomingMessage, signal: AbortSignal): Promise<HttpAnswer> {
    const refused = refuseUpgrade(request, { origin: 'sameLoopback', hosts });
    if (refused !== null) return refusal(refused.status, refused.code, refused.message);
    if (!saysItsType(request)) return notJson;
    const body = await readBody(request, limits.maxHttpBodyBytes);
    if (body === null) {
      return refusal(
        413,
        'ERR_TOO_LARGE',
        `The body has more than ${limits.maxHttpBodyBytes} bytes. Split it.`,
      );
    }
    const { method = '', url = '', headers } = request;
    return (await handler({ method, ...partsOf(url), headers, body, signal })) ?? noSuchPath;
  }

  /** Until its reader has taken the answer, takes nothing for too long, or has `gone`. */
  function owe(response: ServerResponse, gone: AbortSignal): void {
    if (response.writableLength === 0 || gone.aborted) return;
    const debtor = { drop: () => void response.destroy() };
    gone.addEventListener('abort', () => debts.forget(debtor));
    response.setTimeout(limits.idleTimeoutMs, () => response.destroy());
    debts.add(debtor, response.writableLength);
  }

  return (request, response) => {
    const { url = '' } = request;
    if (options.webSocketPaths.includes(url)) {
      answerHttp(request, response);
      return;
    }
    if (underWay >= limits.maxHttpRequests) {
      const message = `${limits.maxHttpRequests} requests are under way already; ask again later.`;
      close(request, response, refusal(503, 'ERR_OVERLOADED', message));
      return;
    }
    underWay += 1;
    const gone = new AbortController();
    whenOver(request, response, () => gone.abort());
    answer(request, gone.signal)
      .catch(() => internalError)
      .then((answered) => {
        underWay -= 1;
        if (request.complete) writeAnswer(response, answered);
        else close(request, response, answered);
        owe(response, gone.signal);
      })
      .catch(() => response.destroy());
  };
}

/**
 * Calls back when `response` was taken, or nobody is there to take it. One that waits behind another of
 * its connection (pipelining) is not told by Node that this has closed.
 */
function whenOver(request: IncomingMessage, response: ServerResponse, over: () => void): void {
  const { socket } = request;
  const end = (): void => {
    socket.off('close', end);
    response.off('close', end);
    over();
  };
  // One for each that waits; Node bounds them, and would warn of the eleventh.
  socket.setMaxListeners(0);
  socket.on('close', end);
  response.on('close', end);
}

/** Answers without having heard all, so the connection cannot be used again. */
function close(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  request.resume();
  writeAnswer(response, { ...answer, headers: { ...answer.headers, connection: 'close' } });
}

/** Browsers say `Origin` or `Sec-Fetch-Site`; from them a write needs a type that no form has. */
function saysItsType({ method, headers }: IncomingMessage): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  const isBrowser = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  return reads || !isBrowser || isJson(headers['content-type']);
}

export function isJson(contentType: string | undefined): boolean {
  return /^application\/json\s*(;|$)/i.test(contentType ?? '');
}

/** null: more than `maxBytes`. Rejects when whoever asked goes away. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxBytes) chunks.push(chunk);
      else resolve(null);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('whoever asked has gone')));
  });
}

const notJson = refusal(
  415,
  'ERR_BAD_REQUEST',
  'A write from a browser is JSON: send content-type: application/json.',
);
const noSuchPath = refusal(404, 'ERR_NO_SUCH_PATH', 'Nothing is served here; see docs/http.md.');
const internalError = refusal(
  500,
  'ERR_INTERNAL',
  'This is a bug in statecraft: please report it.',
);
