/**
 * Whether a server still belongs to its cluster (§6): who was removed is turned away at the door and
 * told so, and a server that hears that of itself says it once.
 *
 * Only what is committed counts, and it counts for ever, since an id is never used again: so the word
 * of one member is enough for a server that was down when it was removed. Turned away, it cannot
 * disturb anybody (thesis §4.2.3). What to do about it is up to whoever runs the node.
 */
import type { EventEmitter } from 'node:events';
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { Closed, Hello } from '../../transport/transport.ts';
import type { Members } from '../configuration-book.ts';
import type { Replica } from '../replica.ts';
import type { NodeEvents } from './events.ts';
import type { Logger } from './options.ts';

export class Standing {
  /** This server is no member any more. */
  removed = false;
  readonly #replica: Pick<Replica, 'server' | 'committedMembers'>;
  readonly #events: EventEmitter<NodeEvents>;
  readonly #logger: Logger;
  #committed: Members | null = null;
  #commitIndex = -1;

  constructor(
    replica: Pick<Replica, 'server' | 'committedMembers'>,
    events: EventEmitter<NodeEvents>,
    logger: Logger,
  ) {
    this.#replica = replica;
    this.#events = events;
    this.#logger = logger;
  }

  /** From now until the server stops. `onOthers`: others were removed, look at who is connected. */
  follow(onOthers: () => void): void {
    const { server } = this.#replica;
    const look = (commitIndex: number): void => {
      if (commitIndex === this.#commitIndex) return;
      this.#commitIndex = commitIndex;
      const members = this.#replica.committedMembers;
      if (members === this.#committed) return;
      const wasLearner = server.id in (this.#committed?.entry.learners ?? {});
      this.#committed = members;
      if (wasLearner && server.id in members.entry.voters) {
        this.#logger.info({ entry: members.index }, 'promoted: a learner before, a voter now');
      }
      if (members.entry.removed.includes(server.id)) this.#leave(`entry ${members.index}`);
      else onOthers();
    };
    server.subscribe(({ context }) => look(context.commitIndex));
    look(server.getSnapshot().context.commitIndex);
  }

  /** Why whoever says `hello` may not come in: ERR_REMOVED; null: it may. */
  turnAway({ node }: Hello): Closed | null {
    if (this.#committed?.entry.removed.includes(node) !== true) return null;
    return { code: 'ERR_REMOVED', message: `${node} was removed from the cluster: turned away` };
  }

  /** `peer` closed a connection of ours, or did not take it. */
  ended(peer: ServerId, why: Fault): void {
    if (why.code === 'ERR_REMOVED') this.#leave(peer);
  }

  #leave(who: string): void {
    if (this.removed) return;
    this.removed = true;
    const message =
      `${this.#replica.server.id} was removed from the cluster (${who} says so), and its id is ` +
      'never used again. Stop it for good and delete its directory; to bring the machine back, ' +
      'start it with an empty directory and a new id, and --join.';
    this.#logger.warn({ code: 'ERR_REMOVED', message }, 'removed');
    // Later, since it may be known before the node has begun to serve, and nobody listens yet.
    setImmediate(() => this.#events.emit('removed', { message }));
  }
}
