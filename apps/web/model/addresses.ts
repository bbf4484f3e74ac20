/**
 * Where the servers are, by the word of all that are heard: the node that served the page may be gone when
 * another one joins, and only those that it dials know where that is.
 */
import type { ServerModel } from './server-model.ts';

type Watched = Pick<ServerModel, 'id' | 'address' | 'connection'>;

export class Addresses {
  /** By id, as it was last said. */
  readonly #clients = new Map<string, string>();

  take(clients: Readonly<Record<string, string>>): void {
    for (const [id, address] of Object.entries(clients)) this.#clients.set(id, address);
  }

  /** Members to dial: not watched yet, or lost and since then said to be elsewhere. */
  toDial(ids: readonly string[], watched: readonly Watched[]): [id: string, address: string][] {
    return ids.flatMap((id): [string, string][] => {
      const address = this.#clients.get(id);
      const known = watched.find((one) => one.id === id);
      if (address === undefined) return [];
      const moved = known?.connection === 'lost' && known.address !== address;
      return known === undefined || moved ? [[id, address]] : [];
    });
  }
}
