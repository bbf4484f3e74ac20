/**
 * Follows a node's event stream: connects, keeps the node's state, reconnects and resumes.
 *
 * For pages and for Node 22; before that, hand it a WebSocket (`ws`). A callback client, since one
 * who is slow is the watcher's own affair: frames are handled as they come. What the frames mean is
 * events.ts, and docs/inspect.md.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { Clock } from '../ports.ts';
import { inspectProtocol, type Definition, type GapReason } from './events.ts';
import type { InspectFrame, NodeEvent } from './events.ts';
import { NodeView } from './node-view.ts';

/** The type of a method, which may want more of its event than is told here, as those of `ws` do. */
export type SocketHandler<E> =
  | {
      /** Hears `event`. */
      handle(event: E): void;
    }['handle']
  | null;

/** What of a WebSocket is used; the browser's and that of `ws` fit. */
export interface WatchSocket {
  /** Set by the watcher. */
  onmessage: SocketHandler<{ readonly data: unknown }>;
  /** Set by the watcher. */
  onclose: SocketHandler<{ readonly reason: string }>;
  /** Set by the watcher. */
  onerror: SocketHandler<unknown>;
  /** Closes it; idempotent. */
  close(): void;
}

/** What a watcher is told. */
export interface WatchHandlers {
  /** The full state is there, at first and after a gap. */
  state?(view: NodeView, definitions: readonly Definition[]): void;
  /** Events in order; `view` has taken them in. */
  events?(events: readonly NodeEvent[], view: NodeView): void;
  /** Something was missed; a full state follows. */
  gap?(reason: GapReason): void;
  /** Connected, to which node and how far its clock is ahead of ours, in milliseconds. */
  connected?(about: { readonly node: ServerId; readonly clockOffsetMs: number }): void;
  /** Where clients and watchers reach the servers that the node has met; again when it meets another. */
  addresses?(clients: Readonly<Record<ServerId, string>>): void;
  /** The connection is gone, with the code that the node gave, or ''; dialled again. */
  disconnected?(code: string): void;
  /** ERR_INSPECT_PROTOCOL: this watcher is too old or too new for the node; it has stopped. */
  failed?(code: string, message: string): void;
}

/** What `watch` takes. */
export interface WatchOptions {
  /** Makes a socket; the WebSocket of the platform unless told otherwise. */
  readonly connect?: (url: string) => WatchSocket;
  readonly clock?: Clock;
  /** Unix time in milliseconds. */
  readonly now?: () => number;
}

/** Milliseconds between two attempts: doubled from the first to the second. */
const backOffMs = 250;
const maxBackOffMs = 4_000;

const platformClock: Clock = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/**
 * Watches the node whose stream is at `url`, `ws://127.0.0.1:7401/inspect`, until the returned
 * function is called.
 *
 * @throws Error ERR_NO_WEBSOCKET: the platform has none; pass `connect`.
 */
export function watch(
  url: string,
  handlers: WatchHandlers,
  options: WatchOptions = {},
): () => void {
  const watcher = new Watcher(url, handlers, options);
  watcher.dial();
  return () => watcher.stop();
}

class Watcher {
  readonly #url: string;
  readonly #handlers: WatchHandlers;
  readonly #connect: (url: string) => WatchSocket;
  readonly #clock: Clock;
  readonly #now: () => number;
  #view: NodeView | null = null;
  #stream = '';
  #socket: WatchSocket | null = null;
  #timer: unknown = null;
  #attempts = 0;

  constructor(url: string, handlers: WatchHandlers, options: WatchOptions) {
    this.#url = url;
    this.#handlers = handlers;
    this.#connect = options.connect ?? platformSocket();
    this.#clock = options.clock ?? platformClock;
    this.#now = options.now ?? (() => Date.now());
  }

  dial(): void {
    const seen = this.#view;
    const query =
      seen === null ? '' : `?since=${seen.seq}&stream=${encodeURIComponent(this.#stream)}`;
    const socket = this.#connect(this.#url + query);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)) as InspectFrame);
    // A failed attempt closes, too: `onclose` decides, but an unheard error ends a process.
    socket.onerror = () => undefined;
    socket.onclose = ({ reason }) => {
      this.#handlers.disconnected?.(reason);
      if (this.#socket === socket) this.#dialLater();
    };
  }

  stop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#clock.clearTimeout(this.#timer);
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #dialLater(): void {
    const delayMs = Math.min(maxBackOffMs, backOffMs * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#timer = this.#clock.setTimeout(() => this.dial(), delayMs);
  }

  #hear(frame: InspectFrame): void {
    switch (frame.type) {
      case 'hello':
        this.#greet(frame);
        break;
      case 'addresses':
        this.#handlers.addresses?.(frame.clients);
        break;
      case 'gap':
        this.#handlers.gap?.(frame.reason);
        break;
      case 'state':
        this.#view = new NodeView(frame.state);
        this.#handlers.state?.(this.#view, frame.definitions);
        break;
      case 'events': {
        const view = this.#view;
        if (view === null) return;
        for (const event of frame.events) view.apply(event);
        this.#handlers.events?.(frame.events, view);
        break;
      }
    }
  }

  #greet({ protocol, stream, node, nowMs }: Extract<InspectFrame, { type: 'hello' }>): void {
    if (protocol !== inspectProtocol) {
      const message =
        `the node speaks version ${protocol} of the event stream, this watcher ` +
        `${inspectProtocol}: use the watcher of the node's version`;
      this.stop();
      this.#handlers.failed?.('ERR_INSPECT_PROTOCOL', message);
      return;
    }
    this.#attempts = 0;
    // What is known is of an earlier start. Were the connection lost before the new state has come, the
    // next one would ask for what followed the old number in the new stream.
    if (stream !== this.#stream) this.#view = null;
    this.#stream = stream;
    this.#handlers.connected?.({ node, clockOffsetMs: nowMs - this.#now() });
  }
}

function platformSocket(): (url: string) => WatchSocket {
  const { WebSocket } = globalThis as { WebSocket?: new (url: string) => WatchSocket };
  if (WebSocket === undefined) {
    throw new Error('ERR_NO_WEBSOCKET: this platform has no WebSocket; pass one as `connect`');
  }
  return (url) => new WebSocket(url);
}
