/**
 * Where watchers come in: two more paths on the client listener's port (docs/inspect.md).
 *
 * `/inspect` is the event stream, `/inspect/stately` the protocol of Stately's inspector, which needs
 * the token that the node printed. Both only tell: who says anything is closed. A watcher that reads
 * too slowly is closed, too, and may come back. What is told is actors/inspector.ts's affair.
 */
import type { WebSocket } from 'ws';
import { keepAlive } from './keep-alive.ts';
import { defaultInspectLimits } from './limits.ts';
import type { InspectLimits } from './limits.ts';
import { isToken } from './token.ts';
import type { UpgradeRefusal } from './upgrade-guard.ts';
import type { Route } from './websocket-server.ts';

export const inspectPath = '/inspect';
export const statelyPath = '/inspect/stately';

/** Where the frames of one watcher go. */
export interface FrameSink {
  send(frame: string): void;
  /** Closes with this code. */
  end(code: string): void;
}

export interface InspectRoutesOptions {
  /** Begins to tell the event stream; the returned function ends it. */
  watch(
    request: { readonly since: number | null; readonly stream: string | null },
    sink: FrameSink,
  ): () => void;
  /** Likewise in Stately's protocol. */
  stately(sink: FrameSink): () => void;
  /** What a viewer of `/inspect/stately` must bring as `?token=`; null: nobody may. */
  statelyToken(): string | null;
  readonly limits?: InspectLimits;
}

/** The routes for a listener of a loopback address. */
export function inspectRoutes(options: InspectRoutesOptions): Route[] {
  const limits = options.limits ?? defaultInspectLimits;
  const watchers = new Set<WebSocket>();
  const accept = (socket: WebSocket, tell: (sink: FrameSink) => () => void): void => {
    if (watchers.size >= limits.maxWatchers) {
      socket.on('error', () => undefined);
      socket.close(1013, 'ERR_TOO_MANY_CONNECTIONS');
      return;
    }
    watchers.add(socket);
    socket.once('close', () => watchers.delete(socket));
    serve(socket, limits, tell);
  };
  return [
    {
      path: inspectPath,
      origin: 'sameLoopback',
      refuse: (query) => (sinceOf(query) === undefined ? badSince : null),
      accept: (socket, query) => {
        const request = { since: sinceOf(query) ?? null, stream: query.get('stream') };
        accept(socket, (sink) => options.watch(request, sink));
      },
    },
    {
      path: statelyPath,
      origin: 'sameLoopback',
      refuse: (query) =>
        isToken(query.get('token'), options.statelyToken()) ? null : tokenRefused,
      accept: (socket) => accept(socket, (sink) => options.stately(sink)),
    },
  ];
}

function serve(
  socket: WebSocket,
  limits: InspectLimits,
  tell: (sink: FrameSink) => () => void,
): void {
  const stops: (() => void)[] = [];
  let closed = false;
  const forget = (): void => {
    closed = true;
    for (const stop of stops.splice(0)) stop();
  };
  const end = (status: number, code: string): void => {
    if (closed) return;
    forget();
    socket.close(status, code);
  };
  socket.on('error', forget);
  socket.on('close', forget);
  socket.on('message', () => end(1008, 'ERR_READ_ONLY'));
  keepAlive(socket, limits.idleTimeoutMs, forget);
  const stop = tell({
    send(frame) {
      if (closed) return;
      socket.send(frame);
      if (socket.bufferedAmount > limits.maxQueuedBytes) end(1013, 'ERR_OVERLOADED');
    },
    end: (code) => end(1011, code),
  });
  stops.push(stop);
  // It may have ended while it was still beginning.
  if (socket.readyState !== socket.OPEN) forget();
}

/** null: from the full state on. undefined: no sequence number. */
function sinceOf(query: URLSearchParams): number | null | undefined {
  const text = query.get('since');
  if (text === null) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const badSince: UpgradeRefusal = {
  status: 400,
  code: 'ERR_BAD_REQUEST',
  message: 'since is the sequence number of the last event seen, a whole number',
};

const tokenRefused: UpgradeRefusal = {
  status: 403,
  code: 'ERR_TOKEN_REFUSED',
  message: 'start the server with --inspect and use the URL that it prints, token included',
};
