/**
 * Members are known by their data directories (docs/adr/0014): one that comes back under its id with
 * another directory has forgotten its votes, and could vote twice in a term (§5.2). It is turned away;
 * when it ends for that is refusals.ts.
 *
 * A member is heard only once its directory is remembered on this disk. Who never met the lost
 * directory cannot know that it is another one.
 */
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { Incarnations } from '../../storage/peer-incarnations.ts';
import type { Closed, Hello } from '../../transport/transport.ts';
import { addressesOf, type Members } from '../configuration-book.ts';

export interface AcquaintancesOptions {
  readonly id: ServerId;
  /** Those that are on the disk. */
  readonly known: Incarnations;
  /** The configuration that is in force and the committed one, which is in force if that is undone. */
  members(): readonly Members[];
  /** Makes them durable, in place of what was there; rejects with a fault. */
  write(known: Incarnations): Promise<void>;
  /** The disk failed: the server must end. */
  onFault(fault: Fault): void;
}

export class Acquaintances {
  readonly #options: AcquaintancesOptions;
  #known: ReadonlyMap<ServerId, string>;
  /** What those said that are connected; there are no more of them than connections. */
  readonly #said = new Map<ServerId, string>();
  /** One at a time; after one that failed there is no other. */
  #writing: Promise<void> | null = null;
  #isStopped = false;
  #review = (): void => undefined;

  constructor(options: AcquaintancesOptions) {
    this.#options = options;
    this.#known = new Map(Object.entries(options.known));
  }

  /** `review` is called when somebody is remembered: connections are to be looked at again. */
  follow(review: () => void): void {
    this.#review = review;
  }

  /** Why whoever says `hello` may not come in: ERR_INCARNATION_MISMATCH; null: it may. */
  turnAway({ node, incarnation }: Hello): Closed | null {
    const known = this.#known.get(node);
    if (known === undefined || known === incarnation) return null;
    return {
      code: 'ERR_INCARNATION_MISMATCH',
      message:
        `${node} comes with another data directory than before, so it may have forgotten its votes: ` +
        `turned away. ${directoryRemedy(node, this.#options.id)}`,
    };
  }

  /** It was let in. */
  met({ node, incarnation }: Hello): void {
    this.#said.set(node, incarnation);
    this.rememberNew();
  }

  /** Its connection closed. */
  left(node: ServerId): void {
    this.#said.delete(node);
  }

  /** Whether its messages count yet; a message that does not is repeated, as one that was lost. */
  hears(node: ServerId): boolean {
    return this.#known.has(node) || !this.#isMember(node);
  }

  /** Writes down who is connected and, perhaps only by now, a member. */
  rememberNew(): void {
    if (this.#writing !== null || this.#isStopped) return;
    const isThereOne = [...this.#said.keys()].some((id) => !this.hears(id));
    if (isThereOne) this.#writing = this.#remember();
  }

  /** Nothing is written any more when it resolves, so that another process may have the directory. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writing;
  }

  /** In either configuration: a change that is not committed may yet be undone. */
  #isMember(id: ServerId): boolean {
    return this.#options.members().some(({ entry }) => Object.hasOwn(addressesOf(entry), id));
  }

  async #remember(): Promise<void> {
    const options = this.#options;
    const next = new Map([...this.#said, ...this.#known].filter(([id]) => this.#isMember(id)));
    try {
      await options.write(Object.fromEntries(next));
    } catch (error) {
      const { code, message } = error as Fault;
      options.onFault({ code, message });
      return;
    }
    this.#writing = null;
    this.#known = next;
    this.#review();
    // Who came meanwhile.
    this.rememberNew();
  }
}

/** So many of the others know `id`, which is this server, by another directory that it must end. */
export function directoryFault(id: ServerId, voters: readonly ServerId[]): Fault {
  const others = voters.join(' and ');
  const verb = voters.length === 1 ? 'knows' : 'know';
  return {
    code: 'ERR_INCARNATION_MISMATCH',
    message:
      `${others} ${verb} ${id} by another data directory than this one. ` +
      directoryRemedy(id, others),
  };
}

/** What to do when `refuser` knows `id` by another directory. */
export function directoryRemedy(id: ServerId, refuser: ServerId): string {
  return (
    `If the directory of ${id} was lost, start the server with an empty one, a new id and --join, then ` +
    `run "statecraft member replace ${id} NEW ADDRESS". If it was started with a wrong one, start with ` +
    `the right one. If the right one is refused, ${refuser} met a wrong one first: stop ${refuser}, ` +
    'remove peers.json from its directory, and start it.'
  );
}
