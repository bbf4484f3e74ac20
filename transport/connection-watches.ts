/**
 * The watches of one client's connection: each answers many times under the id of its request,
 * until it fails, is cancelled, or the connection closes.
 *
 * How many there may be is client-connection.ts's affair; what they say,
 * actors/gateway/watchers.ts's.
 */
import type { StreamResponse, WatchRequest, WatchSink } from './watch-protocol.ts';

export interface ConnectionWatchesOptions {
  /** Starts a watch; returns what ends it, when it has ended also. */
  watch(request: WatchRequest, sink: WatchSink): () => void;
  send(response: StreamResponse): void;
  backlogBytes(): number;
}

export class ConnectionWatches {
  readonly #options: ConnectionWatchesOptions;
  /** By id, what ends it. */
  readonly #open = new Map<number, () => void>();

  constructor(options: ConnectionWatchesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** False: a watch of that id is open, and nothing was done. */
  open(request: WatchRequest): boolean {
    const { id } = request;
    if (this.#open.has(id)) return false;
    // It may fail, or the connection close, before `watch` returns.
    const starting = (): void => undefined;
    this.#open.set(id, starting);
    const end = this.#options.watch(request, {
      send: (response) => {
        if (!response.ok) this.#open.delete(id);
        this.#options.send(response);
      },
      backlogBytes: () => this.#options.backlogBytes(),
    });
    if (this.#open.get(id) === starting) this.#open.set(id, end);
    else end();
    return true;
  }

  /** Nothing when it ended by itself: then its last words are on their way. */
  cancel(id: number): void {
    const end = this.#open.get(id);
    if (end === undefined) return;
    this.#open.delete(id);
    end();
    this.#options.send({ id, ok: true, ended: true });
  }

  /** Ends all, without a word. */
  close(): void {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const end of all) end();
  }
}
