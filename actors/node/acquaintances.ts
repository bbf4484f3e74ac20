/**
 * Members are known by their data directories (docs/adr/0014): one that comes back under its id with
 * another directory has forgotten its votes, and could vote twice in a term (§5.2). It is turned away,
 * and ends with what to do.
 *
 * A member is heard only once its directory is remembered on this disk. Who never met the lost
 * directory cannot know that it is another one.
 */
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { Incarnations } from '../../storage/peer-incarnations.ts';
import type { Closed, Hello } from '../../transport/transport.ts';

export interface AcquaintancesOptions {
  readonly id: ServerId;
  /** Those that are on the disk. */
  readonly known: Incarnations;
  isMember(id: ServerId): boolean;
  /** Makes them durable, in place of what was there. */
  write(known: Incarnations): Promise<void>;
  /** Somebody is remembered now: connections are to be looked at again. */
  onRemembered(): void;
  /** The disk failed, or a member knows this server by another directory: it must end. */
  onFault(fault: Fault): void;
}

export class Acquaintances {
  readonly #options: AcquaintancesOptions;
  #known: ReadonlyMap<ServerId, string>;
  /** What those said that are connected; there are no more of them than connections. */
  readonly #said = new Map<ServerId, string>();
  #writing = false;

  constructor(options: AcquaintancesOptions) {
    this.#options = options;
    this.#known = new Map(Object.entries(options.known));
  }

  /** Why whoever says `hello` may not come in: ERR_INCARNATION_MISMATCH; null: it may. */
  turnAway({ node, incarnation }: Hello): Closed | null {
    const known = this.#known.get(node);
    if (known === undefined || known === incarnation) return null;
    return {
      code: 'ERR_INCARNATION_MISMATCH',
      message:
        `${node} comes with another data directory than before, so it may have forgotten its votes: ` +
        `turned away. ${remedy(node)}`,
    };
  }

  /** It was let in. */
  met({ node, incarnation }: Hello): void {
    this.#said.set(node, incarnation);
    this.hears(node);
  }

  /** Its connection closed. */
  left(node: ServerId): void {
    this.#said.delete(node);
  }

  /** Whether its messages count yet; a message that does not is repeated, as one that was lost. */
  hears(node: ServerId): boolean {
    if (this.#known.has(node) || !this.#options.isMember(node)) return true;
    if (!this.#writing && this.#said.has(node)) void this.#remember();
    return false;
  }

  /** A connection to `peer` ended. */
  ended(peer: ServerId, why: Fault): void {
    if (why.code !== 'ERR_INCARNATION_MISMATCH') return;
    const { id } = this.#options;
    const message = `${peer} knows ${id} by another data directory than this one. ${remedy(id)}`;
    this.#options.onFault({ code: why.code, message });
  }

  async #remember(): Promise<void> {
    const options = this.#options;
    const next = new Map([...this.#said, ...this.#known].filter(([id]) => options.isMember(id)));
    this.#writing = true;
    try {
      await options.write(Object.fromEntries(next));
    } catch (error) {
      const { code, message } = error as Fault;
      options.onFault({ code, message });
      return;
    }
    this.#writing = false;
    this.#known = next;
    options.onRemembered();
    // Who came meanwhile.
    for (const id of this.#said.keys()) this.hears(id);
  }
}

function remedy(id: ServerId): string {
  return (
    `If the directory was lost, start the server with an empty one, a new id and --join, then run ` +
    `"statecraft member replace ${id} NEW ADDRESS". If it was not, start with the right one.`
  );
}
