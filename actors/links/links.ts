/**
 * A server's outgoing connections: a link per peer over a dialer, and beside it one for chunks of a
 * snapshot while there are any (bulk-link.ts).
 *
 * Hands messages to whichever links are open. How one link lives is link.ts.
 */
import type { AnyActorRef } from 'xstate';
import type { Fault } from '../../machines/events.ts';
import type { Message, ServerId } from '../../machines/messages.ts';
import type { Dialer, Hello } from '../../transport/transport.ts';
import { createBulkLink, type BulkLink } from './bulk-link.ts';
import { createLink, type Link, type LinkStatus, type LinkTiming } from './link.ts';
import type { Clock } from '../ports.ts';

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
  /** A connection to `peer` was closed or never came to be: why, perhaps in a code of the peer's. */
  onEnded?(peer: ServerId, why: Fault): void;
  /** A link actor failed, which is a bug here: stop the process (`ERR_LINK_FAILED`). */
  onFault(fault: Fault): void;
  readonly timing?: LinkTiming;
}

export interface Links {
  /** The link actors, for inspectors. */
  readonly actors: readonly AnyActorRef[];
  /** Dials these from now on: hangs up on others, and dials anew who has another address. */
  update(peers: Readonly<Record<ServerId, string>>): void;
  /**
   * Queues `message` on a link to `message.to`, chunks on that for bulk; drops it when that is not
   * open, full or unknown.
   */
  send(message: Message): void;
  /** `peer` opened a connection to this server: it is up, so a link that waits dials at once. */
  dialledBy(peer: ServerId): void;
  status(): Readonly<Record<ServerId, LinkStatus>>;
  /** Closes all connections for good. Idempotent; nothing is called back afterwards. */
  stop(): void;
}

/** Starts dialling every peer at once. */
export function createLinks(options: LinksOptions): Links {
  const links = new Map<ServerId, PeerLinks>();
  let stopped = false;

  function update(peers: Readonly<Record<ServerId, string>>): void {
    if (stopped) return;
    for (const [peer, link] of links) {
      if (peers[peer] === link.address) continue;
      stopBoth(link);
      links.delete(peer);
    }
    for (const [peer, address] of Object.entries(peers)) {
      if (peer !== options.self.node && !links.has(peer)) {
        links.set(peer, linksTo(peer, address, options));
      }
    }
  }
  update(options.peers);

  return {
    get actors() {
      return [...links.values()].map(({ normal }) => normal.actor);
    },
    update,
    send: (message) => {
      const to = links.get(message.to);
      if (message.type === 'rpc.installSnapshot') to?.bulk.send(message);
      else to?.normal.send(message);
    },
    dialledBy: (peer) => {
      if (!stopped) links.get(peer)?.normal.dialledBy();
    },
    status: () =>
      Object.fromEntries([...links].map(([peer, { normal }]) => [peer, normal.status()])),
    stop: () => {
      stopped = true;
      for (const link of links.values()) stopBoth(link);
    },
  };
}

interface PeerLinks {
  readonly address: string;
  readonly normal: Link;
  readonly bulk: BulkLink;
}

function linksTo(peer: ServerId, address: string, options: LinksOptions): PeerLinks {
  const { dialer, clock, timing } = options;
  const shared = {
    ...{ peer, address, dialer, clock, timing },
    random: () => options.random(),
    onLink: (actor: AnyActorRef) => options.onLink?.(actor),
    onFault: (fault: Fault) => options.onFault(fault),
    onEnded: (why: Fault) => options.onEnded?.(peer, why),
  };
  return {
    address,
    normal: createLink({
      ...shared,
      onOpened: (hello) => options.onOpened(peer, hello),
      onClosed: () => options.onClosed(peer),
    }),
    // That it closes is no sign that the peer died: nobody is told.
    bulk: createBulkLink(clock, (onOpened, onClosed) =>
      createLink({ ...shared, channel: 'bulk', onOpened, onClosed }),
    ),
  };
}

function stopBoth({ normal, bulk }: PeerLinks): void {
  normal.stop();
  bulk.stop();
}
