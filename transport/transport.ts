/**
 * What a node needs of the network, as an interface: connections that carry frames.
 *
 * A server dials one connection to each peer and sends on it, and another while there is something
 * large to send; what it hears arrives on the ones its peers dialled. Callbacks, not promises, so that a simulated step is one call. Nothing here
 * throws: a connection that cannot go on is closed with a reason.
 */
import type { Message, ServerId } from '../machines/messages.ts';

/**
 * A connection for chunks of snapshots and nothing else, beside the normal one for all the rest: what
 * is large waits in a buffer of its own, in front of nobody.
 */
export type Channel = 'bulk';

/** Who speaks, said first on every peer connection, in both directions (docs/formats.md#handshake). */
export interface Hello {
  readonly protocol: 2;
  /** Cluster id; a frame of another cluster is never delivered. */
  readonly cluster: string;
  /** Raft group within the cluster; there is one so far (docs/adr/0006). */
  readonly group: string;
  readonly node: ServerId;
  /** Drawn when the data directory is made: tells a wiped server from the one it replaces. */
  readonly incarnation: string;
  /** Counted up and fsynced at each start; peers refuse a lower one. */
  readonly boot: number;
  /** Drawn by each process: tells a live copy of a data directory from a server that reconnects. */
  readonly nonce: string;
  /** Where its peers reach this server, `host:port`: whoever is dialled by it may dial back. */
  readonly peerAddress: string;
  /** Where clients reach this server, `host:port`; '' when it serves none. */
  readonly clientAddress: string;
  /**
   * With leases (docs/adr/0012): for how many milliseconds this server hears no candidate after it
   * heard its leader. Absent: without, it promises nothing.
   */
  readonly promiseMs?: number;
  /** Said by a dialler, of the connection; absent for the normal one. */
  readonly channel?: Channel;
}

/** Why a connection is no more. */
export interface Closed {
  /** `ERR_…`: connection refused, handshake refused, bad frame, peer went away … */
  readonly code: string;
  readonly message: string;
}

/** One outgoing connection, from dialling to closing. */
export interface Connection {
  /** Queues a message; false when the outbound bound would be passed and nothing was queued. */
  send(message: Message): boolean;
  /** Bytes queued and not yet handed to the network. */
  readonly bufferedBytes: number;
  /** Idempotent; no callback after it. */
  close(): void;
}

export interface ConnectionHandlers {
  /** The socket is up; the handshake follows. */
  connected(): void;
  /** The peer proved to be who was dialled. */
  opened(hello: Hello): void;
  /** Once, and last. */
  closed(why: Closed): void;
}

/** Told of what passes on the connections of peers, for whoever counts. */
export interface PeerTraffic {
  /** A frame of `bytes` was queued on the connection to `peer`. */
  sent(peer: ServerId, bytes: number): void;
  /** A frame was not queued: the outbound bound would have been passed. */
  refused(peer: ServerId): void;
  /** A frame of a message came from `peer`. */
  received(peer: ServerId, bytes: number): void;
  /** A ping of `peer` was answered after so many milliseconds. */
  roundTrip(peer: ServerId, ms: number): void;
}

export interface Dialer {
  /** Without `channel`: the normal connection. */
  dial(
    address: string,
    peer: ServerId,
    handlers: ConnectionHandlers,
    channel?: Channel,
  ): Connection;
}

export interface ListenerHandlers {
  /** A message whose schema and sender were checked. */
  message(message: Message): void;
  /** A peer's normal inbound connection came or went. */
  peerOpened(hello: Hello): void;
  peerClosed(peer: ServerId): void;
}
