/**
 * Whom a node dials, and where: the members of its log, and whoever has dialled it.
 *
 * A server that was down while the cluster changed knows nobody of it, and one that joins knows
 * nobody at all: it can answer its leader only by dialling back. What a peer says of itself counts
 * more than what the log says, so a server that has moved is found again (§6).
 */
import type { Links } from '../links/links.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { Addresses } from '../../replicated/configuration-entry.ts';
import type { LeaderHint } from '../../transport/client-protocol.ts';
import type { Hello } from '../../transport/transport.ts';
import { addressesOf, type Members } from '../configuration-book.ts';

export class Reach {
  /** Where clients reach each server, by its own word. */
  readonly clients = new Map<ServerId, string>();
  /** By their own word. */
  readonly #said = new Map<ServerId, string>();
  /** They have a connection open to here. */
  readonly #guests = new Set<ServerId>();
  readonly #links: () => Pick<Links, 'update' | 'dialledBy'> | null;
  #members: Addresses = {};

  constructor(links: () => Pick<Links, 'update' | 'dialledBy'> | null) {
    this.#links = links;
  }

  /** Another configuration is in force. */
  follow({ entry }: Members): void {
    this.#members = addressesOf(entry);
    this.#tell();
  }

  /** A server said who it is. */
  met({ node, clientAddress }: Hello): void {
    if (clientAddress !== '') this.clients.set(node, clientAddress);
  }

  /** Where clients find `leader`; null when it has not said, or nobody leads. */
  hint(leader: ServerId | null): LeaderHint | null {
    const client = leader === null ? undefined : this.clients.get(leader);
    return leader === null || client === undefined ? null : { id: leader, client };
  }

  dialledBy(hello: Hello): void {
    this.met(hello);
    const { node, peerAddress } = hello;
    this.#guests.add(node);
    if (peerAddress !== '') this.#said.set(node, peerAddress);
    this.#tell();
    // It is up and waits for our answers, which travel on a connection that we dial.
    this.#links()?.dialledBy(node);
  }

  left(node: ServerId): void {
    this.#guests.delete(node);
    // Guests name themselves as they like: only of members is kept what they said.
    if (!Object.hasOwn(this.#members, node)) {
      this.#said.delete(node);
      this.clients.delete(node);
    }
    this.#tell();
  }

  #tell(): void {
    const ids = new Set([...Object.keys(this.#members), ...this.#guests]);
    const reached = [...ids].map((id): [ServerId, string] => {
      return [id, this.#said.get(id) ?? this.#members[id] ?? ''];
    });
    this.#links()?.update(Object.fromEntries(reached.filter(([, address]) => address !== '')));
  }
}
