/**
 * The outgoing half of the peer transport: dials one WebSocket, shakes hands, sends frames.
 *
 * Nothing comes back on it but the peer's hello and pongs: answers travel on the connection that the
 * peer dialled. Dialling again is machines/link.machine.ts; the other end is peer-listener.ts.
 */
import { WebSocket } from 'ws';
import type { ServerId } from '../machines/messages.ts';
import { createBoots, type TurnAway } from './admission.ts';
import { encodeMessage } from './codec.ts';
import { decodeHello, encodeHello, maxHelloBytes, onChannel, refuseHello } from './hello.ts';
import { errorHeader } from './http.ts';
import { keepAlive } from './keep-alive.ts';
import { defaultPeerLimits, webSocketOptions } from './limits.ts';
import type { PeerLimits } from './limits.ts';
import type {
  Closed,
  Connection,
  ConnectionHandlers,
  Dialer,
  Hello,
  PeerTraffic,
} from './transport.ts';

/** The path of the peer listener. */
export const peerPath = '/peer';
/** `host:port` and nothing else: a peer says its own, which must not make another request of this one. */
const addressForm = /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i;
/** Close code for a violation of ours: policy (RFC 6455 §7.4.1). */
export const policyViolation = 1008;

/**
 * A dialer for the server that says `self`; it remembers the boot numbers of those it reached. Who would
 * be turned away at the door is sent nothing either: ERR_STRAY_PEER.
 */
export function createPeerDialer(
  self: Hello,
  limits: PeerLimits = defaultPeerLimits,
  traffic: PeerTraffic | null = null,
  turnAway: TurnAway = () => null,
): Dialer {
  const boots = createBoots();
  return {
    dial: (address, peer, handlers, channel) => {
      const greeting = encodeHello(onChannel(self, channel));
      const refuse = (hello: Hello) =>
        refuseHello(self, hello, peer) ?? stray(turnAway(hello)) ?? boots.refuse(hello);
      return new PeerSocket({ address, peer, greeting, refuse, handlers, limits, traffic });
    },
  };
}

/** A code of its own: by the code of a refusal at the door, this end would be the one refused. */
function stray(why: Closed | null): Closed | null {
  return why && { code: 'ERR_STRAY_PEER', message: why.message };
}

interface Dial {
  readonly address: string;
  readonly peer: ServerId;
  readonly greeting: Uint8Array;
  readonly refuse: (hello: Hello) => Closed | null;
  readonly handlers: ConnectionHandlers;
  readonly limits: PeerLimits;
  readonly traffic: PeerTraffic | null;
}

class PeerSocket implements Connection {
  readonly #dial: Dial;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #socket: WebSocket | null = null;
  #helloTimer: NodeJS.Timeout | undefined;

  constructor(dial: Dial) {
    this.#dial = dial;
    try {
      if (!addressForm.test(dial.address)) throw new SyntaxError('no host:port');
      this.#socket = new WebSocket(`ws://${dial.address}${peerPath}`, {
        ...webSocketOptions(dial.limits),
        maxPayload: maxHelloBytes,
        followRedirects: false,
        // A key of zeros, which costs no pass over the bytes. Masks keep pages from writing what a
        // proxy takes for HTTP (RFC 6455 §10.3); no page decides what is in a log line's frame.
        generateMask: () => undefined,
        handshakeTimeout: dial.limits.handshakeTimeoutMs,
      });
    } catch {
      queueMicrotask(() => this.#end('ERR_BAD_ADDRESS', `${dial.address} is no host:port`));
      return;
    }
    this.#listen(this.#socket);
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(message: Parameters<Connection['send']>[0]): boolean {
    const socket = this.#socket;
    if (this.#state !== 'open' || socket?.readyState !== WebSocket.OPEN) return false;
    const frame = encodeMessage(message);
    const { limits, peer, traffic } = this.#dial;
    if (socket.bufferedAmount + frame.length > limits.maxQueuedBytes) {
      traffic?.refused(peer);
      return false;
    }
    socket.send(frame);
    traffic?.sent(peer, frame.length);
    return true;
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#helloTimer);
    this.#socket?.close(1000);
  }

  #listen(socket: WebSocket): void {
    const { peer, greeting, handlers, limits, traffic } = this.#dial;
    socket.on('open', () => {
      if (this.#state === 'closed') return;
      socket.send(greeting);
      this.#helloTimer = setTimeout(() => {
        this.#fail('ERR_HANDSHAKE_TIMEOUT', `${peer} did not say hello`);
      }, limits.helloTimeoutMs);
      keepAlive(
        socket,
        limits.idleTimeoutMs,
        () => this.#end('ERR_IDLE_TIMEOUT', `${peer} went silent`),
        (ms) => traffic?.roundTrip(peer, ms),
      );
      handlers.connected();
    });
    socket.on('message', (data: Buffer) => this.#hear(data));
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      const code = response.headers[errorHeader];
      const message = `${peer} refused the connection with HTTP ${response.statusCode ?? 0}`;
      this.#end(typeof code === 'string' ? errorCode(code) : 'ERR_CONNECTION_REFUSED', message);
    });
    socket.on('error', (error) => {
      this.#end(codeOfError(error), `${peer}: ${error.message}`);
    });
    socket.on('close', (status, reason) => {
      this.#end(errorCode(reason.toString()), `${peer} closed the connection (${status})`);
    });
  }

  #hear(data: Buffer): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') {
      this.#fail('ERR_BAD_FRAME', `${this.#dial.peer} spoke on a connection that it only hears`);
      return;
    }
    const hello = decodeHello(data);
    const refusal = 'code' in hello ? hello : this.#dial.refuse(hello);
    if (refusal) {
      this.#fail(refusal.code, refusal.message);
    } else if (!('code' in hello)) {
      clearTimeout(this.#helloTimer);
      this.#state = 'open';
      this.#dial.handlers.opened(hello);
    }
  }

  /** Closes for a reason of ours, and says so to the other side, too. */
  #fail(code: string, message: string): void {
    this.#socket?.close(policyViolation, code);
    this.#end(code, message);
  }

  #end(code: string, message: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#helloTimer);
    this.#dial.handlers.closed({ code, message });
  }
}

/** The code in a close reason, which is nothing but a code when it is one of ours. */
function errorCode(reason: string): string {
  return /^ERR_[A-Z_]{1,60}$/.test(reason) ? reason : 'ERR_CONNECTION_CLOSED';
}

/** An `error` of ws: a frame that broke the protocol, or no connection in the first place. */
function codeOfError(error: Error & { code?: string }): string {
  if (error.code?.startsWith('WS_ERR_')) return 'ERR_BAD_FRAME';
  const late = error.message === 'Opening handshake has timed out';
  return late ? 'ERR_HANDSHAKE_TIMEOUT' : 'ERR_CONNECTION_REFUSED';
}
