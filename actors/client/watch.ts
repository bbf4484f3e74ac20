/**
 * One watch of the client: an async iterator over the changes of the selected keys, each index once,
 * in order and whole, whatever happens to connections and servers.
 *
 * Its place is a revision, so it goes on anywhere from the one after the last that came. What its
 * reader has not taken is bounded: past that the watch pauses, and goes on from its place when the
 * reader has caught up. Sending and hearing are watches.ts's.
 */
import type { Json } from '../../replicated/state-machine.ts';
import type { ChangesResponse } from '../../transport/client-protocol.ts';
import type { Change, WatchEvent } from './api.ts';
import { unreadable } from './errors.ts';

/** Changes that wait for the reader of one watch, past which it pauses … */
export const maxBufferedChanges = 1_024;
/** … as it does past so many characters of them. */
export const maxBufferedChars = 4 << 20;

/** What a watch asks for. */
export interface Watching {
  readonly machine: string;
  readonly select: Json;
  /** The first revision that matters; null: from now on. */
  readonly from: number | null;
  /** Whether signs of life are changes, too: with a revision and without events. */
  readonly progress: boolean;
  decode(event: Json): WatchEvent;
}

/**
 * `asking`: to be sent; `told`: a server answers it; `resting`: a server takes no more watches, or not
 * yet; `paused`: its reader is behind.
 */
export type WatchState = 'asking' | 'told' | 'resting' | 'paused' | 'over';

type Result = IteratorResult<Change, undefined>;

interface Reader {
  resolve(result: Result): void;
  reject(error: Error): void;
}

export class ClientWatch implements AsyncIterableIterator<Change, undefined> {
  readonly about: Watching;
  /** Where to go on: the revision after the last that came; null: from now on. */
  place: number | null;
  readonly #changed: (watch: ClientWatch) => void;
  #state: WatchState = 'asking';
  #buffer: { readonly change: Change; readonly chars: number }[] = [];
  #chars = 0;
  /** Calls of `next` that wait. */
  readonly #readers: Reader[] = [];
  /** What ended it, until a reader was told. */
  #error: Error | null = null;

  /** `changed` is called when the state is no longer what it was. */
  constructor(about: Watching, changed: (watch: ClientWatch) => void) {
    this.about = about;
    this.place = about.from;
    this.#changed = changed;
  }

  get state(): WatchState {
    return this.#state;
  }

  become(state: WatchState): void {
    if (this.#state === state || this.#state === 'over') return;
    this.#state = state;
    this.#changed(this);
  }

  /** A line of its stream, of so many characters. */
  hear({ revision, events }: ChangesResponse, chars: number): void {
    // A server that lags shows life with a revision that has passed.
    if (this.place !== null && revision < this.place) return;
    this.place = revision + 1;
    if (events.length === 0 && !this.about.progress) return;
    try {
      this.#give({ revision, events: events.map((event) => this.about.decode(event)) }, chars);
    } catch (error) {
      this.end(unreadable(revision, error));
    }
  }

  /** No more comes. The reader gets what is buffered, then the error if there is one. */
  end(error: Error | null = null): void {
    if (this.#state === 'over') return;
    this.#error = error;
    this.become('over');
    for (const reader of this.#readers.splice(0)) this.#tellEnd(reader);
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      const first = this.#buffer.shift();
      if (first !== undefined) {
        this.#chars -= first.chars;
        resolve({ done: false, value: first.change });
        if (this.#buffer.length === 0 && this.#state === 'paused') this.become('asking');
      } else if (this.#state === 'over') {
        this.#tellEnd({ resolve, reject });
      } else {
        this.#readers.push({ resolve, reject });
      }
    });
  }

  /** Ends it; what is buffered is dropped. `for await` calls this when it is left. */
  return(): Promise<Result> {
    this.#buffer = [];
    this.end();
    this.#error = null;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #give(change: Change, chars: number): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: change });
      return;
    }
    const last = this.#buffer.at(-1);
    // A sign of life is overtaken by whatever comes after it.
    if (last?.change.events.length === 0) this.#chars -= this.#buffer.pop()?.chars ?? 0;
    this.#buffer.push({ change, chars });
    this.#chars += chars;
    const isFull = this.#buffer.length >= maxBufferedChanges || this.#chars > maxBufferedChars;
    if (isFull) this.become('paused');
  }

  /** One reader is told why; whoever reads on is told that it is done. */
  #tellEnd(reader: Reader): void {
    const error = this.#error;
    this.#error = null;
    if (error === null) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }
}
