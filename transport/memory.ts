/**
 * The in-memory twin of the WebSocket links: dialers and listeners that meet by address.
 *
 * The same handshake and refusals, under the same contract tests, and one bound: what waits in a
 * connection. Whom a cluster turns away (`turnAway`) and the bounds of sockets are the WebSocket
 * listener's alone. Frames are not encoded: messages and their lines are immutable, so they pass by
 * reference. When something arrives is the affair of `defer`, which makes a step of a test or a turn
 * of a page out of it. Runs in browsers, too.
 */
import type { Message } from '../machines/messages.ts';
import type { Chunk } from '../storage/snapshots/snapshot-chunk.ts';
import type { Lines } from '../storage/store.ts';
import { createAdmission, createBoots, refuseMessage } from './admission.ts';
import type { Admission, Guest } from './admission.ts';
import { onChannel, refuseHello } from './hello.ts';
import type {
  Closed,
  Connection,
  ConnectionHandlers,
  Dialer,
  Hello,
  ListenerHandlers,
} from './transport.ts';

/** What a message counts for beside its log lines or chunk, in bytes. */
const headerBytes = 256;

export interface MemoryNetwork {
  /** A dialer for the server that says `self`. */
  dialer(self: Hello): Dialer;
  /**
   * Listens at `address`, which must be free. The returned function closes the listener and its
   * connections; nothing is called back afterwards.
   */
  listen(address: string, self: Hello, handlers: ListenerHandlers): () => void;
}

export interface MemoryNetworkOptions {
  /** Runs a task later, in order: a microtask, a turn of the event loop, a simulated step. */
  defer(task: () => void): void;
  /** Bytes that a connection may hold undelivered; past it `send` returns false. */
  readonly maxQueuedBytes: number;
}

/** A listener: its side of the connections made to it. */
class Host {
  readonly self: Hello;
  readonly handlers: ListenerHandlers;
  readonly admission: Admission;
  readonly guests = new Set<Guest>();
  stopped = false;

  constructor(self: Hello, handlers: ListenerHandlers) {
    this.self = self;
    this.handlers = handlers;
    this.admission = createAdmission(self);
  }

  /** Lets the connection in, or says why not. */
  admit(guest: Guest): Closed | null {
    if (this.stopped) return stopped;
    const refusal = this.admission.admit(guest);
    if (refusal) return refusal;
    this.guests.add(guest);
    if (guest.hello.channel !== 'bulk') this.handlers.peerOpened(guest.hello);
    return null;
  }

  /** Forgets the connection; false when it was forgotten already. */
  leave(guest: Guest): boolean {
    if (!this.guests.delete(guest)) return false;
    this.admission.leave(guest);
    const { node, channel } = guest.hello;
    if (!this.stopped && channel !== 'bulk') this.handlers.peerClosed(node);
    return true;
  }

  deliver(guest: Guest, message: Message): void {
    if (!this.guests.has(guest)) return;
    const refusal = refuseMessage(this.self, guest.hello, message);
    if (refusal) guest.close(refusal);
    else this.handlers.message(message);
  }

  stop(): void {
    this.stopped = true;
    for (const guest of [...this.guests]) guest.close(stopped);
  }
}

const stopped: Closed = { code: 'ERR_STOPPED', message: 'the listener stopped' };

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const hosts = new Map<string, Host>();
  return {
    listen: (address, self, handlers) => {
      if (hosts.has(address)) throw new Error(`two listeners at ${address}`);
      const host = new Host(self, handlers);
      hosts.set(address, host);
      return () => {
        hosts.delete(address);
        host.stop();
      };
    },
    dialer: (self) => {
      const boots = createBoots();
      return {
        dial: (address, peer, handlers, channel) => {
          const refuse = (hello: Hello) => refuseHello(self, hello, peer) ?? boots.refuse(hello);
          const greeting = onChannel(self, channel);
          return connect(options, greeting, () => hosts.get(address), refuse, handlers);
        },
      };
    },
  };
}

/** The dialler's side: each deferred step is one flight of a frame. */
function connect(
  options: MemoryNetworkOptions,
  self: Hello,
  find: () => Host | undefined,
  refuse: (hello: Hello) => Closed | null,
  handlers: ConnectionHandlers,
): Connection {
  let host: Host | undefined;
  let state: 'opening' | 'open' | 'closed' = 'opening';
  let queuedBytes = 0;
  const guest: Guest = {
    hello: self,
    close: (why) => {
      if (host?.leave(guest)) options.defer(() => end(why));
    },
  };
  /** Ends the dialler's side and tells it why. */
  const end = (why: Closed): void => {
    if (state === 'closed') return;
    state = 'closed';
    handlers.closed(why);
  };
  const hangUp = (): void => {
    state = 'closed';
    options.defer(() => host?.leave(guest));
  };
  const hearHello = (hello: Hello): void => {
    if (state !== 'opening') return;
    const refusal = refuse(hello);
    if (refusal) {
      hangUp();
      handlers.closed(refusal);
      return;
    }
    state = 'open';
    handlers.opened(hello);
  };
  const sayHello = (to: Host): void => {
    if (state !== 'opening') return;
    const refusal = to.admit(guest);
    options.defer(() => (refusal ? end(refusal) : hearHello(to.self)));
  };

  options.defer(() => {
    if (state !== 'opening') return;
    const found = (host = find());
    if (!found) {
      end({ code: 'ERR_CONNECTION_REFUSED', message: 'nobody listens there' });
      return;
    }
    handlers.connected();
    options.defer(() => sayHello(found));
  });
  return {
    send: (message) => {
      const size = sizeOf(message);
      if (state !== 'open' || queuedBytes + size > options.maxQueuedBytes) return false;
      queuedBytes += size;
      options.defer(() => {
        queuedBytes -= size;
        host?.deliver(guest, message);
      });
      return true;
    },
    get bufferedBytes() {
      return queuedBytes;
    },
    close: () => {
      if (state !== 'closed') hangUp();
    },
  };
}

function sizeOf(message: Message): number {
  if (!('payload' in message)) return headerBytes;
  return headerBytes + (message.payload as Lines | Chunk).bytes.length;
}
