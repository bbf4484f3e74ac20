/**
 * Which peers a node lets in and hears, and what it makes of those that do not let it in: one place
 * that asks all who know a part of that.
 *
 * standing.ts knows who was removed, acquaintances.ts who came back with another directory,
 * refusals.ts how many refuse this server, refusal-log.ts what was told already. The sockets are
 * those of the composition root.
 */
import type { EventEmitter } from 'node:events';
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { Incarnations } from '../../storage/peer-incarnations.ts';
import type { Closed, Hello } from '../../transport/transport.ts';
import type { Replica } from '../replica.ts';
import { Acquaintances, directoryFault } from './acquaintances.ts';
import type { NodeEvents } from './events.ts';
import type { Logger } from './options.ts';
import { RefusalLog } from './refusal-log.ts';
import { Refusals } from './refusals.ts';
import { Standing } from './standing.ts';

export interface DoorOptions {
  readonly replica: Pick<Replica, 'server' | 'members' | 'committedMembers'>;
  /** Of other members, as they are on the disk. */
  readonly known: Incarnations;
  /** Makes them durable, in place of what was there; rejects with a fault. */
  write(known: Incarnations): Promise<void>;
  readonly events: EventEmitter<NodeEvents>;
  readonly logger: Logger;
  /** This server was removed, and has nothing to say to the others any more. */
  onRemoved(): void;
  /** It must not go on: the disk failed, or it has lost the directory that the others know. */
  onFault(fault: Fault): void;
}

export class Door {
  readonly #standing: Standing;
  readonly #acquaintances: Acquaintances;
  readonly #refusals: Refusals;
  readonly #log: RefusalLog;

  constructor(options: DoorOptions) {
    const { replica, known, events, logger } = options;
    const onFault = (fault: Fault): void => options.onFault(fault);
    const { id } = replica.server;
    this.#log = new RefusalLog(logger);
    this.#standing = new Standing({
      ...{ replica, events, logger },
      onRemoved: () => options.onRemoved(),
    });
    this.#acquaintances = new Acquaintances({
      ...{ id, known, onFault },
      write: (next) => options.write(next),
      members: () => [replica.members, replica.committedMembers],
    });
    this.#refusals = new Refusals({
      id,
      members: () => replica.members,
      onWarning: (fault) => logger.warn(fault, 'refused by a peer'),
      onBelieved: (code, voters) => {
        if (code === 'ERR_REMOVED') this.#standing.toldBy(voters);
        else onFault(directoryFault(id, voters));
      },
    });
  }

  /** This server is no member any more. */
  get removed(): boolean {
    return this.#standing.removed;
  }

  /** From now on `review` is called when somebody who is connected may have to go. */
  follow(review: () => void): void {
    this.#standing.follow(review);
    this.#acquaintances.follow(review);
  }

  /** Another configuration is in force. */
  membersChanged(): void {
    this.#acquaintances.rememberNew();
  }

  /** Why whoever says `hello` may not come in; null: it may. */
  turnAway(hello: Hello): Closed | null {
    return this.#standing.turnAway(hello) ?? this.#acquaintances.turnAway(hello);
  }

  /** `peer` was turned away; null: nobody knows who it was. */
  refused(why: Closed, peer: ServerId | null): void {
    this.#log.refused(why, peer);
  }

  letIn(hello: Hello): void {
    this.#log.letIn(hello.node);
    this.#acquaintances.met(hello);
  }

  left(peer: ServerId): void {
    this.#acquaintances.left(peer);
  }

  /** Whether its messages count yet. */
  hears(peer: ServerId): boolean {
    return this.#acquaintances.hears(peer);
  }

  /** `peer` let this server in. */
  accepted(peer: ServerId): void {
    this.#refusals.accepted(peer);
  }

  /** A connection to `peer` ended, or never came to be. */
  ended(peer: ServerId, why: Fault): void {
    this.#refusals.ended(peer, why);
  }

  /** Nothing is written any more when it resolves. */
  stop(): Promise<void> {
    return this.#acquaintances.stop();
  }
}
