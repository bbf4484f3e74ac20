/**
 * The bounds of every socket: sizes in bytes, times in milliseconds, and their defaults.
 *
 * A bound is never off. What passes one is refused or closed with a code, so that a slow, broken or
 * hostile other side costs a known amount of memory and of time.
 */

/** What both kinds of connection are bounded by. */
export interface SocketLimits {
  /** Open connections of one listener; past it ERR_TOO_MANY_CONNECTIONS. */
  readonly maxConnections: number;
  /** One received message, all fragments together. */
  readonly maxPayloadBytes: number;
  /**
   * Parts of messages of all connections; past it whoever sent most is closed: ERR_OVERLOADED.
   * Beside it are not counted: 64 KiB for each connection (inbound.ts), so with the defaults peers hold
   * at most 64 + 8 MiB and clients 64 + 256 MiB; and once more the one message that is just put together.
   */
  readonly maxTotalInboundBytes: number;
  /** Fragments of one received message. */
  readonly maxFragments: number;
  /** Chunks as they came from the socket, kept until a frame is whole. */
  readonly maxBufferedChunks: number;
  /** From the TCP connection to the end of the HTTP upgrade. */
  readonly handshakeTimeoutMs: number;
  /** Silence, pings unanswered, after which the other side counts as gone. */
  readonly idleTimeoutMs: number;
  /** For the other side to answer a close, before the socket is destroyed. */
  readonly closeTimeoutMs: number;
}

export interface PeerLimits extends SocketLimits {
  /** From the upgrade to the hello. */
  readonly helloTimeoutMs: number;
  /** Outbound bytes of one connection; past it `send` returns false. */
  readonly maxQueuedBytes: number;
}

export interface ClientLimits extends SocketLimits {
  /** Requests of one connection that wait for their responses; past it ERR_OVERLOADED. */
  readonly maxOutstanding: number;
  /** Outbound bytes of one connection; a client that lets them pass it is closed with 1013. */
  readonly maxQueuedBytes: number;
  /** Outbound bytes of all connections and HTTP answers; past it whoever is owed most is dropped. */
  readonly maxTotalQueuedBytes: number;
  /** Lines of one connection that are no requests, until it is closed. */
  readonly maxBadLines: number;
  /** Plain HTTP requests of all connections that wait for their answers; past it ERR_OVERLOADED. */
  readonly maxHttpRequests: number;
  /** The body of one plain HTTP request. What one command may hold is the gateway's bound. */
  readonly maxHttpBodyBytes: number;
}

/** Watchers share the sockets' bounds of the client listener. */
export interface InspectLimits {
  /** Open connections of all watchers of a node; past it ERR_TOO_MANY_CONNECTIONS. */
  readonly maxWatchers: number;
  /** Outbound bytes of one watcher; one that lets them pass it is closed with 1013. */
  readonly maxQueuedBytes: number;
  readonly idleTimeoutMs: number;
}

/** The bounds as options of `ws`, the same on both sides. No compression: it is a bomb's best friend. */
export function webSocketOptions(limits: SocketLimits) {
  return {
    perMessageDeflate: false,
    maxPayload: limits.maxPayloadBytes,
    maxFragments: limits.maxFragments,
    maxBufferedChunks: limits.maxBufferedChunks,
    closeTimeout: limits.closeTimeoutMs,
  };
}

const socketLimits = {
  maxTotalInboundBytes: 64 << 20,
  maxFragments: 64,
  maxBufferedChunks: 4_096,
  handshakeTimeoutMs: 2_000,
  idleTimeoutMs: 10_000,
  closeTimeoutMs: 1_000,
};

export const defaultPeerLimits: PeerLimits = {
  ...socketLimits,
  maxConnections: 128,
  maxPayloadBytes: 8 << 20,
  helloTimeoutMs: 2_000,
  // Above the entry bytes that a leader keeps in flight, so that a full window always fits.
  maxQueuedBytes: 32 << 20,
};

export const defaultClientLimits: ClientLimits = {
  ...socketLimits,
  maxConnections: 4_096,
  maxPayloadBytes: 4 << 20,
  idleTimeoutMs: 30_000,
  maxOutstanding: 1_024,
  maxQueuedBytes: 8 << 20,
  maxTotalQueuedBytes: 256 << 20,
  maxBadLines: 8,
  maxHttpRequests: 256,
  maxHttpBodyBytes: 1 << 20,
};

export const defaultInspectLimits: InspectLimits = {
  maxWatchers: 32,
  maxQueuedBytes: 4 << 20,
  idleTimeoutMs: 30_000,
};
