/**
 * An HTTP server whose upgrades become WebSockets: what the peer and the client listener share.
 *
 * Guards the upgrade, caps the connections, and starts and stops. Every socket has an error listener
 * and deadlines before anyone else sees it. Frames are the affair of whoever `accept`s.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { asksForWebSocket, declineUpgrade } from './declined-upgrade.ts';
import { Debts } from './debts.ts';
import { answerHttp, answerRefusal, partsOf } from './http.ts';
import { countInbound } from './inbound.ts';
import { webSocketOptions } from './limits.ts';
import type { SocketLimits } from './limits.ts';
import type { Closed } from './transport.ts';
import { refuseUpgrade } from './upgrade-guard.ts';
import type { UpgradeRefusal, UpgradeRules } from './upgrade-guard.ts';

/** A path that upgrades, and who takes its sockets. */
export interface Route {
  readonly path: string;
  readonly origin: UpgradeRules['origin'];
  /** A last word before the upgrade, about what follows `?`; without it nothing may. */
  refuse?(query: URLSearchParams): UpgradeRefusal | null;
  accept(socket: WebSocket, query: URLSearchParams): void;
  /** One of its sockets ends: ERR_OVERLOADED, for parts of messages. Without it `onFault` is told. */
  dropped?(socket: WebSocket, why: Closed): void;
}

/** Bytes of the headers of an upgrade. */
const maxRequestHeaderBytes = 8_192;

export interface ListenOptions {
  /** The local address to bind. Whether others than loopback are allowed is the node's decision. */
  readonly host: string;
  /** 0: any free port, told to `onListening`. */
  readonly port: number;
  /** Names in `Host` that are accepted beside addresses and `localhost`, without ports. */
  readonly hosts?: readonly string[];
  /** See `UpgradeRules.members`; asked at each upgrade. */
  members?(): readonly string[];
  onListening(port: number): void;
  /**
   * ERR_LISTEN_FAILED: nobody can connect. ERR_ACCEPT_FAILED: somebody could not; still listening.
   * ERR_OVERLOADED: somebody was closed for what it sent.
   */
  onFault(fault: Closed): void;
}

export interface Listener {
  /** Closes all connections, then the port. Idempotent but for `done`, which is called each time. */
  stop(done: () => void): void;
}

export function listenForWebSockets(
  options: ListenOptions,
  routes: readonly Route[],
  limits: SocketLimits,
  /** What is answered to plain HTTP. */
  onRequest: RequestListener = answerHttp,
): Listener {
  const inbound = new Debts(limits.maxTotalInboundBytes);
  const sockets = new WebSocketServer({ noServer: true, ...webSocketOptions(limits) });
  const server = createServer(
    {
      maxHeaderSize: maxRequestHeaderBytes,
      headersTimeout: limits.handshakeTimeoutMs,
      requestTimeout: limits.handshakeTimeoutMs,
      connectionsCheckingInterval: limits.handshakeTimeoutMs,
    },
    onRequest,
  );
  // Twice, so that one connection too many is told so; sockets beyond are dropped unanswered.
  server.maxConnections = 2 * limits.maxConnections;

  const refuse = (
    request: IncomingMessage,
    route: Route,
    query: URLSearchParams,
  ): UpgradeRefusal | null => {
    const { origin } = route;
    const members = options.members?.() ?? [];
    const refusal =
      refuseUpgrade(request, { origin, hosts: options.hosts ?? [], members }) ??
      route.refuse?.(query) ??
      null;
    if (refusal || sockets.clients.size < limits.maxConnections) return refusal;
    const message = `this listener has its ${limits.maxConnections} connections; try again later`;
    return { status: 503, code: 'ERR_TOO_MANY_CONNECTIONS', message };
  };
  server.on('upgrade', (request, socket, head) => {
    if (!asksForWebSocket(request)) {
      declineUpgrade(server, request, socket, head);
      return;
    }
    socket.on('error', () => socket.destroy());
    const { url = '' } = request;
    const from = `${request.socket.remoteAddress}:${request.socket.remotePort}`;
    const { path, query } = partsOf(url);
    const route = routes.find((one) => one.path === (one.refuse ? path : url));
    const refusal = route === undefined ? noSuchPath(routes) : refuse(request, route, query);
    if (refusal) answerRefusal(socket, refusal);
    else {
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        countInbound(webSocket, socket, inbound, (why) => {
          if (route?.dropped) route.dropped(webSocket, why);
          else options.onFault({ ...why, message: `closed ${from}: ${why.message}` });
        });
        route?.accept(webSocket, query);
      });
    }
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('error', (error) => {
    const code = server.listening ? 'ERR_ACCEPT_FAILED' : 'ERR_LISTEN_FAILED';
    options.onFault({ code, message: sayListenError(error, options) });
  });
  let stopped = false;
  server.listen(options.port, options.host, () => {
    if (stopped) server.close();
    else options.onListening((server.address() as AddressInfo).port);
  });

  return {
    stop: (done) => {
      stopped = true;
      for (const socket of sockets.clients) socket.close(1001, 'ERR_STOPPED');
      server.close(() => done());
      // Those that have not upgraded; the others have `closeTimeoutMs` to answer.
      server.closeAllConnections();
    },
  };
}

/** Whether one could listen there: null, or ERR_LISTEN_FAILED. Free again when `done` is called. */
export function tryPort(
  at: Pick<ListenOptions, 'host' | 'port'>,
  done: (fault: Closed | null) => void,
): void {
  const server = createServer();
  server.once('error', (error) => {
    done({ code: 'ERR_LISTEN_FAILED', message: sayListenError(error, at) });
  });
  server.listen(at.port, at.host, () => server.close(() => done(null)));
}

/** What happened and what to do, as two sentences. */
function sayListenError(
  error: NodeJS.ErrnoException,
  { host, port }: Pick<ListenOptions, 'host' | 'port'>,
): string {
  const remedy =
    {
      EADDRINUSE: 'Another process listens there: stop it, or choose another port',
      EADDRNOTAVAIL: 'This machine has no such address: choose one that it has, 127.0.0.1 say',
      EACCES: 'This port is not for everyone: choose one above 1023',
      EMFILE: 'The process has no descriptors left: raise its limit (ulimit -n)',
    }[error.code ?? ''] ?? 'Check that the address is one of this machine and is free';
  // The system names the address when it could not listen, and not when it could not accept.
  const isNamed = error.message.includes(`:${port}`);
  const what = isNamed ? error.message : `${host}:${port}: ${error.message}`;
  return `${what}. ${remedy}.`;
}

function noSuchPath(routes: readonly Route[]): UpgradeRefusal {
  const paths = routes.map(({ path }) => path).join(' and ');
  return { status: 404, code: 'ERR_NO_SUCH_PATH', message: `what upgrades here is ${paths}` };
}
