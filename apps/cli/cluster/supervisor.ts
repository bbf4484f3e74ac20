/**
 * What the page of a demo may do to its processes: kill, stop, pause, resume and start again, over a
 * WebSocket of this process, which outlives every server.
 *
 * On loopback, for the pages that the demo's own servers serve, and only with the demo's token. What
 * breaks inside of a server, links and disks, is asked of the server itself (docs/page.md#faults).
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Cluster } from './launch.ts';

export const supervisorPath = '/supervisor';

/** What is done to a server; `stop` is SIGTERM, `kill` SIGKILL, `pause` SIGSTOP. */
const deeds = ['kill', 'stop', 'pause', 'resume', 'restart'] as const;
const order = z.strictObject({ do: z.enum(deeds), server: z.string().max(64) });
type Order = z.infer<typeof order>;

const maxControllers = 16;
const maxPayloadBytes = 1_024;

export interface Supervisor {
  /** `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Serves until it is stopped. Rejects when no port can be had. */
export function serveSupervisor(cluster: Cluster, token: string): Promise<Supervisor> {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
  });
  const server = createServer((_request, response) => void response.writeHead(426).end());
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (!mayControl(request, host, token, cluster) || sockets.clients.size >= maxControllers) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => serve(page, cluster));
  });
  const forget = cluster.onChange(() => {
    for (const page of sockets.clients) tell(page, cluster);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: () =>
          new Promise((done) => {
            forget();
            for (const page of sockets.clients) page.terminate();
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** The page of a server of this cluster, by its right name, with the token. */
function mayControl(
  { url = '', headers }: IncomingMessage,
  host: string,
  token: string,
  cluster: Cluster,
): boolean {
  const { origin } = headers;
  // Not by `new URL`: any page may ask for `//`, at which that throws, and nobody catches it here.
  const [path, search] = url.split('?', 2);
  const given = Buffer.from(new URLSearchParams(search).get('token') ?? '');
  const expected = Buffer.from(token);
  const isMember = [...cluster.members.values()].some(({ options: { client } }) =>
    [client, client.replace('127.0.0.1', 'localhost')].some((at) => origin === `http://${at}`),
  );
  return (
    path === supervisorPath &&
    headers.host === host &&
    (origin === undefined || isMember) &&
    given.length === expected.length &&
    timingSafeEqual(given, expected)
  );
}

function serve(page: WebSocket, cluster: Cluster): void {
  page.on('error', () => page.terminate());
  page.on('message', (data: Buffer) => {
    const asked = parseOrder(data.toString());
    if (asked === null || !cluster.members.has(asked.server)) page.close(1008, 'ERR_BAD_REQUEST');
    else obey(cluster, asked);
  });
  tell(page, cluster);
}

/** What cannot be done any more, since the server died meanwhile, is done already. */
function obey(cluster: Cluster, { do: deed, server }: Order): void {
  switch (deed) {
    case 'kill':
      cluster.end(server, 'SIGKILL');
      break;
    case 'stop':
      cluster.end(server, 'SIGTERM');
      break;
    case 'pause':
      cluster.suspend(server, true);
      break;
    case 'resume':
      cluster.suspend(server, false);
      break;
    case 'restart':
      if (cluster.members.get(server)?.alive === false) cluster.restart(server);
      break;
  }
}

function tell(page: WebSocket, { members }: Cluster): void {
  const servers = [...members].map(([id, member]) => [id, member.state] as const);
  page.send(JSON.stringify({ servers: Object.fromEntries(servers) }));
}

/** null: no order. */
function parseOrder(text: string): Order | null {
  try {
    return order.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // No JSON.
  }
}
