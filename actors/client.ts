/**
 * The client for Node: `connect` is client/core.ts with the `ws` package for its sockets.
 *
 * A browser, or a test, brings its own with `createClient` and `socketsFrom`.
 *
 * @module statecraft/client
 */
import WebSocket from 'ws';
import type { Client } from './client/api.ts';
import { createClient, type ClientOptions } from './client/core.ts';
import { socketsFrom } from './client/socket.ts';

export type { Json } from '../replicated/state-machine.ts';
export type * from './client/api.ts';
export type * from './client/call-options.ts';
export type * from './client/lock-api.ts';
export { createClient, type ClientOptions } from './client/core.ts';
export {
  socketsFrom,
  type ClientSocket,
  type OpenSocket,
  type SocketHandlers,
  type WebSocketLike,
} from './client/socket.ts';
export { StatecraftError, type ErrorDetails, type Leader, type Outcome } from './errors.ts';
export { maxCommandBytes, type Clock } from './ports.ts';

const socketOptions = {
  perMessageDeflate: false,
  /** Bytes of one frame from a server. */
  maxPayload: 16 << 20,
  /** Milliseconds for a server to take the connection, and to answer its end. */
  handshakeTimeout: 2_000,
  closeTimeout: 1_000,
};

/** What `connect` takes: all may be left out. */
export type ConnectOptions = Partial<ClientOptions>;

/**
 * `createClient` over `ws`. Rejects with ERR_INVALID_ARGUMENT for what is no endpoint, and does not
 * wait for a server: the first call does, until its deadline.
 */
export async function connect(
  endpoints: readonly string[],
  options: ConnectOptions = {},
): Promise<Client> {
  const openSocket = socketsFrom((url) => new WebSocket(url, socketOptions));
  return Promise.resolve(createClient(endpoints, { openSocket, ...options }));
}
