/**
 * One outgoing connection to one peer: fills the slots and delays of machines/link.machine.ts, and
 * hands messages to the connection while it is open. A message for one that is not is dropped: Raft
 * repeats what matters, and a queue here would only deliver old news.
 *
 * Which links there are is links.ts. Handshakes, bounds and bytes are the affair of transport/.
 */
import { createActor, type AnyActorRef } from 'xstate';
import type { Fault } from '../../machines/events.ts';
import { linkMachine } from '../../machines/link.machine.ts';
import type { Message, ServerId } from '../../machines/messages.ts';
import type {
  Channel,
  Connection,
  ConnectionHandlers,
  Dialer,
  Hello,
} from '../../transport/transport.ts';
import type { Clock } from '../ports.ts';

/** All durations in milliseconds. */
export interface LinkTiming {
  /** From dialling to a connected socket. */
  readonly dialTimeoutMs: number;
  /** From a connected socket to the peer's hello. */
  readonly handshakeTimeoutMs: number;
  /** A link open for this long starts its back-off afresh. */
  readonly settleTimeMs: number;
  /** The longest wait before the second attempt; doubles with each further one … */
  readonly backOffMs: number;
  /** … up to this. */
  readonly maxBackOffMs: number;
}

export const defaultLinkTiming: LinkTiming = {
  dialTimeoutMs: 2_000,
  handshakeTimeoutMs: 2_000,
  settleTimeMs: 5_000,
  backOffMs: 50,
  maxBackOffMs: 2_000,
};

export interface LinkOptions {
  readonly peer: ServerId;
  /** `host:port`. */
  readonly address: string;
  readonly channel?: Channel;
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** The actor is about to start: for inspectors. */
  onLink?(actor: AnyActorRef): void;
  onOpened(hello: Hello): void;
  /** The connection was open, and closed. */
  onClosed(): void;
  /** A connection was closed or never came to be: why, perhaps in a code of the peer's. */
  onEnded?(why: Fault): void;
  /** The actor failed, which is a bug here (`ERR_LINK_FAILED`). */
  onFault(fault: Fault): void;
  readonly timing?: LinkTiming | undefined;
}

export interface LinkStatus {
  readonly state: 'dialling' | 'handshake' | 'open' | 'waiting' | 'stopped';
  /** Attempts since the link was last open for a while. */
  readonly attempts: number;
  readonly lastError: Fault | null;
  /** Who answered, while open. */
  readonly hello: Hello | null;
  /** Queued and not yet handed to the network. */
  readonly bufferedBytes: number;
}

/**
 * How long to wait before attempt `attempts + 1`, in milliseconds: the bound doubles, and chance
 * takes up to half of it, so that servers that lost each other at once do not dial in step.
 */
export function backOffMs(timing: LinkTiming, attempts: number, random: number): number {
  const bound = Math.min(timing.maxBackOffMs, timing.backOffMs * 2 ** (attempts - 1));
  return bound * (1 - random / 2);
}

export interface Link {
  readonly actor: AnyActorRef;
  /** Messages are passed on; otherwise they are lost. */
  readonly isOpen: boolean;
  /** Queued and not yet handed to the network. */
  readonly bufferedBytes: number;
  send(message: Message): void;
  /** The peer is up, for it dialled this server. */
  dialledBy(): void;
  status(): LinkStatus;
  stop(): void;
}

/** Starts dialling at once. */
export function createLink(options: LinkOptions): Link {
  const { peer, address, dialer, channel } = options;
  const timing = options.timing ?? defaultLinkTiming;
  let connection: Connection | null = null;
  let greeting: Hello | null = null;
  // Set with the report, not read from the snapshot: `onOpened` may send before that is committed.
  let hello: Hello | null = null;

  const machine = linkMachine.provide({
    actions: {
      dial: () => {
        const handlers: ConnectionHandlers = {
          connected: () => actor.send({ type: 'socket.connected' }),
          opened: (theirs) => {
            greeting = theirs;
            actor.send({ type: 'socket.opened' });
          },
          closed: (why) => {
            actor.send({ type: 'socket.closed', why });
            options.onEnded?.(why);
          },
        };
        connection = dialer.dial(address, peer, handlers, channel);
      },
      hangUp: () => {
        connection?.close();
        connection = null;
        hello = null;
      },
      report: (_, { fact }) => {
        hello = fact === 'opened' ? greeting : null;
        if (hello) options.onOpened(hello);
        else options.onClosed();
      },
    },
    delays: {
      dialTimeout: timing.dialTimeoutMs,
      handshakeTimeout: timing.handshakeTimeoutMs,
      settleTime: timing.settleTimeMs,
      backOff: ({ context }) => backOffMs(timing, context.attempts, options.random()),
    },
  });
  const id = `${channel ?? 'link'}.${peer}`;
  const actor = createActor(machine, { input: { peer }, clock: options.clock, id });
  actor.subscribe({
    error: (error) =>
      options.onFault({ code: 'ERR_LINK_FAILED', message: `${id}: ${String(error)}` }),
  });
  options.onLink?.(actor);
  actor.start();

  return {
    actor,
    get isOpen() {
      return hello !== null;
    },
    get bufferedBytes() {
      return connection?.bufferedBytes ?? 0;
    },
    send: (message) => {
      if (hello) connection?.send(message);
    },
    dialledBy: () => actor.send({ type: 'peer.dialled' }),
    status: () => {
      const { value, context } = actor.getSnapshot();
      const state = typeof value === 'string' ? value : 'open';
      const bufferedBytes = connection?.bufferedBytes ?? 0;
      return {
        state,
        attempts: context.attempts,
        lastError: context.lastError,
        hello,
        bufferedBytes,
      };
    },
    stop: () => {
      if (actor.getSnapshot().status === 'active') actor.send({ type: 'admin.stop' });
    },
  };
}
