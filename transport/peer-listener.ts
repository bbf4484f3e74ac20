/**
 * The incoming half of the peer transport: lets peers in and hears their frames.
 *
 * A connection is nobody until its hello was accepted; from then on each message must be from that
 * node and to this one. Whatever is wrong closes this one connection, with a code as the reason.
 * The other end is peer-socket.ts.
 */
import type { WebSocket } from 'ws';
import type { ServerId } from '../machines/messages.ts';
import { createAdmission, refuseMessage } from './admission.ts';
import type { Admission, Guest, TurnAway } from './admission.ts';
import { decodeMessage } from './codec.ts';
import { decodeHello, encodeHello } from './hello.ts';
import { keepAlive } from './keep-alive.ts';
import { defaultPeerLimits } from './limits.ts';
import type { PeerLimits } from './limits.ts';
import { peerPath, policyViolation } from './peer-socket.ts';
import type { Closed, Hello, ListenerHandlers, PeerTraffic } from './transport.ts';
import { listenForWebSockets } from './websocket-server.ts';
import type { ListenOptions, Listener } from './websocket-server.ts';

export interface PeerListenerOptions extends ListenOptions {
  readonly self: Hello;
  readonly handlers: ListenerHandlers;
  /**
   * A connection was closed for what it said or did not say: for the log of the node. `peer` is who it
   * claims to be; null: it has not said.
   */
  onRefused(why: Closed, peer: ServerId | null): void;
  /** Whom the cluster does not want any more; without it everybody may come in. */
  readonly turnAway?: TurnAway;
  readonly limits?: PeerLimits;
  readonly traffic?: PeerTraffic;
}

export interface PeerListener extends Listener {
  /** Closes the connections of those that `turnAway` would not let in any more. */
  review(): void;
}

/** Listens for peers. After `stop` no handler is called. */
export function createPeerListener(options: PeerListenerOptions): PeerListener {
  const limits = options.limits ?? defaultPeerLimits;
  const admission = createAdmission(options.self, options.turnAway);
  const greeting = encodeHello(options.self);
  const open = new Map<WebSocket, PeerConnection>();
  const accept = (socket: WebSocket): void => {
    open.set(socket, new PeerConnection(socket, options, admission, greeting, limits));
    socket.once('close', () => open.delete(socket));
  };
  const dropped = (socket: WebSocket, why: Closed): void => open.get(socket)?.dropped(why);
  const route = { path: peerPath, origin: 'none', accept, dropped } as const;
  const listener = listenForWebSockets(options, [route], limits);
  return {
    review: () => admission.review(),
    stop: (done) => {
      for (const connection of open.values()) connection.forget();
      listener.stop(done);
    },
  };
}

class PeerConnection {
  readonly #socket: WebSocket;
  readonly #options: PeerListenerOptions;
  readonly #admission: Admission;
  readonly #greeting: Uint8Array;
  readonly #helloTimer: NodeJS.Timeout;
  #guest: Guest | null = null;
  /** By its hello, whether it was let in or not. */
  #claimed: ServerId | null = null;
  #closed = false;

  constructor(
    socket: WebSocket,
    options: PeerListenerOptions,
    admission: Admission,
    greeting: Uint8Array,
    limits: PeerLimits,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#admission = admission;
    this.#greeting = greeting;
    this.#helloTimer = setTimeout(() => {
      this.#refuse({ code: 'ERR_HANDSHAKE_TIMEOUT', message: 'no hello came' });
    }, limits.helloTimeoutMs);
    socket.on('message', (data: Buffer, isBinary) => this.#hear(data, isBinary));
    // A frame that breaks the protocol or a bound of ours; ws closes the socket itself.
    socket.on('error', (error) => {
      this.#refuse({ code: 'ERR_BAD_FRAME', message: error.message });
    });
    socket.on('close', () => this.#leave());
    keepAlive(socket, limits.idleTimeoutMs, () => {
      this.#refuse({ code: 'ERR_IDLE_TIMEOUT', message: `${this.#name} went silent` });
    });
  }

  /** Stops hearing, without a word to the handlers: the listener is stopping. */
  forget(): void {
    this.#closed = true;
    clearTimeout(this.#helloTimer);
  }

  /** Its socket is being closed for parts of messages. */
  dropped({ code, message }: Closed): void {
    this.#refuse({ code, message: `closed ${this.#name}: ${message}` });
  }

  get #name(): string {
    return this.#guest?.hello.node ?? 'a peer without a name';
  }

  #hear(data: Buffer, isBinary: boolean): void {
    if (this.#closed) return;
    if (!isBinary) {
      this.#refuse({ code: 'ERR_BAD_FRAME', message: `${this.#name} sent a text frame` });
      return;
    }
    // A plain view: lines travel on to where there is no Buffer.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
    if (this.#guest) this.#hearMessage(this.#guest, bytes);
    else this.#hearHello(bytes);
  }

  #hearHello(bytes: Uint8Array): void {
    const hello = decodeHello(bytes);
    if ('code' in hello) {
      this.#refuse(hello);
      return;
    }
    this.#claimed = hello.node;
    const guest: Guest = { hello, close: (why) => this.#refuse(why) };
    const refusal = this.#admission.admit(guest);
    if (refusal) {
      this.#refuse(refusal);
      return;
    }
    clearTimeout(this.#helloTimer);
    this.#guest = guest;
    this.#socket.send(this.#greeting);
    if (hello.channel !== 'bulk') this.#options.handlers.peerOpened(hello);
  }

  #hearMessage(guest: Guest, bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    const refusal =
      'code' in message ? message : refuseMessage(this.#options.self, guest.hello, message);
    if (refusal) this.#refuse(refusal);
    else if (!('code' in message)) {
      this.#options.traffic?.received(guest.hello.node, bytes.length);
      this.#options.handlers.message(message);
    }
  }

  #refuse(why: Closed): void {
    if (this.#closed) return;
    this.#socket.close(policyViolation, why.code);
    this.#options.onRefused(why, this.#claimed);
    this.#leave();
  }

  #leave(): void {
    if (this.#closed) return;
    this.forget();
    if (!this.#guest) return;
    this.#admission.leave(this.#guest);
    const { node, channel } = this.#guest.hello;
    if (channel !== 'bulk') this.#options.handlers.peerClosed(node);
  }
}
