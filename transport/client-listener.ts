/**
 * Where clients come in: a WebSocket listener on a port of its own, apart from the peers'.
 *
 * Hands checked requests on to whoever answers them (actors/gateway) and carries the responses back.
 * What a request means is not known here; what one connection may cost is (limits.ts).
 */
import type { WebSocket } from 'ws';
import { ClientConnection, type RequestHandler } from './client-connection.ts';
import { Debts } from './debts.ts';
import { httpEndpoint } from './http-endpoint.ts';
import type { HttpHandler } from './http.ts';
import { defaultClientLimits } from './limits.ts';
import type { ClientLimits } from './limits.ts';
import { listenForWebSockets } from './websocket-server.ts';
import type { ListenOptions, Listener, Route } from './websocket-server.ts';

/** The path of the client listener. */
export const clientPath = '/client';

export interface ClientListenerOptions extends ListenOptions {
  /**
   * Takes a request. `respond` is called once, now or later, with a response of the same id; when
   * the client has gone by then, the response is dropped.
   */
  readonly submit: RequestHandler['submit'];
  /** Starts a watch, which speaks until it is ended; see `RequestHandler`. */
  readonly watch: RequestHandler['watch'];
  readonly limits?: ClientLimits;
  /** What else is served on this port: the inspector. */
  readonly routes?: readonly Route[];
  /** What plain HTTP is answered; without it, 426. */
  readonly http?: HttpHandler;
}

/** Listens for clients. `stop` first sends the responses that wait, and drops later ones. */
export function createClientListener(options: ClientListenerOptions): Listener {
  const limits = options.limits ?? defaultClientLimits;
  const debts = new Debts(limits.maxTotalQueuedBytes);
  const open = new Set<ClientConnection>();
  const accept = (socket: WebSocket): void => {
    const connection = new ClientConnection(socket, options, limits, debts);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  };
  const clients: Route = { path: clientPath, origin: 'sameLoopback', accept };
  const routes = [clients, ...(options.routes ?? [])];
  const listener = listenForWebSockets(
    options,
    routes,
    limits,
    requestListener(options, limits, debts),
  );
  return {
    stop: (done) => {
      for (const connection of open) connection.stop();
      listener.stop(done);
    },
  };
}

function requestListener(
  { http, hosts = [] }: ClientListenerOptions,
  limits: ClientLimits,
  debts: Debts,
) {
  if (http === undefined) return undefined;
  return httpEndpoint({ handler: http, hosts, limits, debts, webSocketPaths: [clientPath] });
}
