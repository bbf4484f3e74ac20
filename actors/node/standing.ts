/**
 * Whether a server still belongs to its cluster (§6): who was removed is turned away at the door and
 * told so, and a server that hears that of itself says it once.
 *
 * Only what is committed counts, and it counts for ever, since an id is never used again. Turned away,
 * a server that was removed disturbs nobody (thesis §4.2.3). How many must tell one that was down at
 * the time is refusals.ts; what to do about it is up to whoever runs the node.
 */
import type { EventEmitter } from 'node:events';
import type { ServerId } from '../../machines/messages.ts';
import type { Closed, Hello } from '../../transport/transport.ts';
import type { Members } from '../configuration-book.ts';
import type { Replica } from '../replica.ts';
import type { NodeEvents } from './events.ts';
import { followServer } from './follow-server.ts';
import type { Logger } from './options.ts';

export interface StandingOptions {
  readonly replica: Pick<Replica, 'server' | 'committedMembers'>;
  readonly events: EventEmitter<NodeEvents>;
  readonly logger: Logger;
  /** After the step that learnt of it, and what that had to say. */
  onRemoved(): void;
}

export class Standing {
  /** This server is no member any more. */
  removed = false;
  readonly #options: StandingOptions;
  #committed: Members | null = null;
  #commitIndex = -1;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  /** From now until the server stops. `onOthers`: others were removed, look at who is connected. */
  follow(onOthers: () => void): void {
    const { replica } = this.#options;
    const { server } = replica;
    const look = (commitIndex: number): void => {
      if (commitIndex === this.#commitIndex) return;
      this.#commitIndex = commitIndex;
      const members = replica.committedMembers;
      if (members === this.#committed) return;
      const wasLearner = Object.hasOwn(this.#committed?.entry.learners ?? {}, server.id);
      this.#committed = members;
      if (wasLearner && Object.hasOwn(members.entry.voters, server.id)) {
        this.#options.logger.info(
          { entry: members.index },
          'promoted: a learner before, a voter now',
        );
      }
      if (members.entry.removed.includes(server.id)) this.#leave(`entry ${members.index} says so`);
      else onOthers();
    };
    followServer(server, ({ context }) => look(context.commitIndex));
    look(server.getSnapshot().context.commitIndex);
  }

  /** Why whoever says `hello` may not come in: ERR_REMOVED; null: it may. */
  turnAway({ node }: Hello): Closed | null {
    if (this.#committed?.entry.removed.includes(node) !== true) return null;
    return { code: 'ERR_REMOVED', message: `${node} was removed from the cluster: turned away` };
  }

  /** So many of the others say that this server was removed that it is true (refusals.ts). */
  toldBy(voters: readonly ServerId[]): void {
    this.#leave(`${voters.join(' and ')} ${voters.length === 1 ? 'says' : 'say'} so`);
  }

  #leave(why: string): void {
    if (this.removed) return;
    this.removed = true;
    const options = this.#options;
    const { replica, events, logger } = options;
    const message =
      `${replica.server.id} was removed from the cluster (${why}), and its id is ` +
      'never used again. Stop it for good and delete its directory; to bring the machine back, ' +
      'start it with an empty directory and a new id, and --join.';
    logger.warn({ code: 'ERR_REMOVED', message }, 'removed');
    // Later, since it may be known before the node has begun to serve, and nobody listens yet.
    setImmediate(() => {
      options.onRemoved();
      events.emit('removed', { message });
    });
  }
}
