/**
 * A server's outgoing connections: one link actor per peer over a dialer.
 *
 * Fills the slots and delays of machines/link.machine.ts and hands messages to whichever links are
 * open. A message for any other link is dropped: Raft repeats what matters, and a queue here would
 * only deliver old news. Handshakes, bounds and bytes are the affair of transport/.
 */
import { createActor, type AnyActorRef } from 'xstate';
import type { Fault } from '../machines/events.ts';
import { linkMachine } from '../machines/link.machine.ts';
import type { Message, ServerId } from '../machines/messages.ts';
import type { Connection, Dialer, Hello } from '../transport/transport.ts';
import type { Clock } from './ports.ts';

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

export interface LinksOptions {
  readonly self: Hello;
  /** Where each peer listens at first, `host:port`. An entry for `self.node` is skipped. */
  readonly peers: Readonly<Record<ServerId, string>>;
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** A link actor started: for inspectors. */
  onLink?(actor: AnyActorRef): void;
  onOpened(peer: ServerId, hello: Hello): void;
  /** An open connection to `peer` closed; the server chart hears `link.closed`. */
  onClosed(peer: ServerId): void;
  /** A link actor failed, which is a bug here: stop the process (`ERR_LINK_FAILED`). */
  onFault(fault: Fault): void;
  readonly timing?: LinkTiming;
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

export interface Links {
  /** The link actors, for inspectors. */
  readonly actors: readonly AnyActorRef[];
  /** Dials these from now on: hangs up on others, and dials anew who has another address. */
  update(peers: Readonly<Record<ServerId, string>>): void;
  /** Queues `message` on the link to `message.to`; drops it when that is not open, full or unknown. */
  send(message: Message): void;
  status(): Readonly<Record<ServerId, LinkStatus>>;
  /** Closes all connections for good. Idempotent; nothing is called back afterwards. */
  stop(): void;
}

/**
 * How long to wait before attempt `attempts + 1`, in milliseconds: the bound doubles, and chance
 * takes up to half of it, so that servers that lost each other at once do not dial in step.
 */
export function backOffMs(timing: LinkTiming, attempts: number, random: number): number {
  const bound = Math.min(timing.maxBackOffMs, timing.backOffMs * 2 ** (attempts - 1));
  return bound * (1 - random / 2);
}

/** Starts dialling every peer at once. */
export function createLinks(options: LinksOptions): Links {
  const links = new Map<ServerId, Link>();
  let stopped = false;

  function update(peers: Readonly<Record<ServerId, string>>): void {
    if (stopped) return;
    for (const [peer, link] of links) {
      if (peers[peer] === link.address) continue;
      link.stop();
      links.delete(peer);
    }
    for (const [peer, address] of Object.entries(peers)) {
      if (peer !== options.self.node && !links.has(peer)) {
        links.set(peer, createLink(peer, address, options));
      }
    }
  }
  update(options.peers);

  return {
    get actors() {
      return [...links.values()].map(({ actor }) => actor);
    },
    update,
    send: (message) => links.get(message.to)?.send(message),
    status: () => Object.fromEntries([...links].map(([peer, link]) => [peer, link.status()])),
    stop: () => {
      stopped = true;
      for (const link of links.values()) link.stop();
    },
  };
}

interface Link {
  readonly address: string;
  readonly actor: AnyActorRef;
  send(message: Message): void;
  status(): LinkStatus;
  stop(): void;
}

function createLink(peer: ServerId, address: string, options: LinksOptions): Link {
  const timing = options.timing ?? defaultLinkTiming;
  let connection: Connection | null = null;
  let greeting: Hello | null = null;
  // Set with the report, not read from the snapshot: `onOpened` may send before that is committed.
  let hello: Hello | null = null;

  const machine = linkMachine.provide({
    actions: {
      dial: () => {
        connection = options.dialer.dial(address, peer, {
          connected: () => actor.send({ type: 'socket.connected' }),
          opened: (theirs) => {
            greeting = theirs;
            actor.send({ type: 'socket.opened' });
          },
          closed: (why) => actor.send({ type: 'socket.closed', why }),
        });
      },
      hangUp: () => {
        connection?.close();
        connection = null;
        hello = null;
      },
      report: (_, { fact }) => {
        hello = fact === 'opened' ? greeting : null;
        if (hello) options.onOpened(peer, hello);
        else options.onClosed(peer);
      },
    },
    delays: {
      dialTimeout: timing.dialTimeoutMs,
      handshakeTimeout: timing.handshakeTimeoutMs,
      settleTime: timing.settleTimeMs,
      backOff: ({ context }) => backOffMs(timing, context.attempts, options.random()),
    },
  });
  const actor = createActor(machine, { input: { peer }, clock: options.clock, id: `link.${peer}` });
  actor.subscribe({
    error: (error) =>
      options.onFault({ code: 'ERR_LINK_FAILED', message: `link to ${peer}: ${String(error)}` }),
  });
  options.onLink?.(actor);
  actor.start();

  return {
    actor,
    address,
    send: (message) => {
      if (hello) connection?.send(message);
    },
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
