/**
 * The client for Node: `connect` is client-core.ts with the `ws` package for its sockets.
 *
 * A browser, or a test, brings its own with `createClient` and `socketsFrom`.
 */
import WebSocket from 'ws';
import { createClient, type Client, type ClientOptions } from './client-core.ts';
import { clientUrl, socketsFrom } from './client-socket.ts';
import { StatecraftError } from './errors.ts';

export { createClient } from './client-core.ts';
export type * from './client-core.ts';
export { socketsFrom, type OpenSocket, type WebSocketLike } from './client-socket.ts';
export { StatecraftError, type Outcome } from './errors.ts';

/** Bytes of one frame from a server. */
const maxPayload = 16 << 20;
/** Milliseconds until a server has taken the connection. */
const handshakeTimeout = 2_000;

export type ConnectOptions = Partial<ClientOptions>;

/**
 * A client of the cluster behind `endpoints`: `host:port` or `http://host:port`, one or more; the
 * rest is learned from hints. Connects at the first call, so an unreachable cluster is a matter of
 * the call's deadline. Rejects with ERR_INVALID_ARGUMENT for what is no endpoint.
 */
export async function connect(
  endpoints: readonly string[],
  options: ConnectOptions = {},
): Promise<Client> {
  if (endpoints.length === 0) throw invalid('There is no endpoint');
  for (const endpoint of endpoints) {
    if (!URL.canParse(endpoint.includes('://') ? endpoint : `ws://${endpoint}`)) {
      throw invalid(`${JSON.stringify(endpoint)} is no endpoint`);
    }
  }
  const openSocket = socketsFrom(
    (url) => new WebSocket(url, { maxPayload, handshakeTimeout, perMessageDeflate: false }),
  );
  return Promise.resolve(createClient(endpoints, { openSocket, ...options }));
}

function invalid(what: string): StatecraftError {
  return new StatecraftError('ERR_INVALID_ARGUMENT', `${what}. Give host:port, one or more.`);
}
