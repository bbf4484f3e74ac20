/**
 * A node and the other servers: it listens for them and dials them, and hears what they say.
 *
 * Who may come in is door.ts's, whom to dial reach.ts's, and what a message does the replica's; this
 * wires them to the sockets of transport/. When each side starts and stops is running-node.ts's.
 */
import type { EventEmitter } from 'node:events';
import type { Fault } from '../../machines/events.ts';
import type { Message } from '../../machines/messages.ts';
import type { Incarnations } from '../../storage/peer-incarnations.ts';
import { defaultPeerLimits } from '../../transport/limits.ts';
import { createPeerListener, type PeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Hello } from '../../transport/transport.ts';
import type { ListenOptions } from '../../transport/websocket-server.ts';
import type { Tap } from '../inspect/tap.ts';
import { createLinks, type Links } from '../links/links.ts';
import type { Replica } from '../replica.ts';
import { realClock as clock } from '../time/real-clock.ts';
import { Door } from './door.ts';
import type { NodeEvents } from './events.ts';
import type { NodeFaults } from './faults.ts';
import type { Traffic } from './metrics/traffic.ts';
import type { Logger } from './options.ts';
import type { Reach } from './reach.ts';

export interface PeersOptions {
  readonly replica: Replica;
  readonly reach: Reach;
  readonly faults: NodeFaults;
  readonly traffic: Traffic;
  readonly tap: Tap;
  readonly events: EventEmitter<NodeEvents>;
  readonly logger: Logger;
  /** Directories of other members, as they are on the disk. */
  readonly known: Incarnations;
  /** Makes them durable, in place of what was there; rejects with a fault. */
  write(known: Incarnations): Promise<void>;
  /** A link failed, which is a bug: stop the process. */
  onFault(fault: Fault): void;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #door: Door;
  #listener: PeerListener | null = null;
  #links: Links | null = null;

  constructor(options: PeersOptions) {
    this.#options = options;
    const { replica, known, events, logger } = options;
    this.#door = new Door({
      ...{ replica, known, events, logger },
      write: (next) => options.write(next),
      // Nobody takes a connection of it any more.
      onRemoved: () => this.#links?.stop(),
      // A chart that has failed casts no vote either, whatever the owner of the node does about it.
      onFault: (fault) => replica.server.send({ type: 'log.failed', fault }),
    });
  }

  /** null: nobody is dialled yet. */
  get links(): Links | null {
    return this.#links;
  }

  /** This server is no member any more. */
  get removed(): boolean {
    return this.#door.removed;
  }

  /** Listens for them on `socket`, which the caller stops, and says `self`. */
  listen(self: Hello, socket: ListenOptions): PeerListener {
    const { replica, reach, faults, traffic, logger } = this.#options;
    const door = this.#door;
    const listener = createPeerListener({
      ...socket,
      self,
      traffic,
      turnAway: (hello) => door.turnAway(hello),
      handlers: {
        message: (message) => {
          const { from } = message;
          if (door.hears(from) && faults.hears(from)) replica.receive(message);
        },
        peerOpened: (hello) => {
          door.letIn(hello);
          reach.dialledBy(hello);
        },
        peerClosed: (gone) => {
          logger.debug({ peer: gone }, 'inbound connection closed');
          door.left(gone);
          reach.left(gone);
        },
      },
      onRefused: (why, from) => door.refused(why, from),
    });
    this.#listener = listener;
    return listener;
  }

  /** Dials whom `reach` names from now on, and says `self`. */
  dial(self: Hello): void {
    const { replica, reach, faults, traffic, tap, logger } = this.#options;
    const door = this.#door;
    door.follow(() => this.#listener?.review());
    this.#links = createLinks({
      self,
      peers: {},
      dialer: createPeerDialer(self, defaultPeerLimits, traffic, (hello) => door.turnAway(hello)),
      clock,
      random: Math.random,
      onLink: (actor) => tap.add(actor),
      onOpened: (peer, hello) => {
        door.accepted(peer);
        reach.met(hello);
        logger.info({ peer }, 'connected');
      },
      onClosed: (peer) => {
        logger.info({ peer }, 'connection lost');
        if (faults.hears(peer)) replica.linkClosed(peer);
      },
      onEnded: (peer, why) => door.ended(peer, why),
      onFault: (fault) => this.#options.onFault(fault),
    });
    reach.follow(replica.members);
  }

  send(message: Message): void {
    this.#links?.send(message);
  }

  /** Another configuration is in force. */
  membersChanged(): void {
    this.#door.membersChanged();
  }

  /** Dials nobody any more. Idempotent. */
  hangUp(): void {
    this.#links?.stop();
  }

  /** Nothing is written any more when it resolves. */
  stop(): Promise<void> {
    return this.#door.stop();
  }
}
