/**
 * Work that comes in bursts, done in slices: after each the browser gets its turn, so that what a
 * loaded cluster tells never holds up a click (docs/page.md#what-it-costs).
 *
 * What is queued is bounded; past it the oldest is left out, and counted. Order is kept.
 */

/** Milliseconds of one slice: half of what a frame of 60 a second lasts. */
export const sliceMs = 8;
/** Items between two looks at the clock. */
const itemsPerLook = 32;

export interface SlicesOptions<T> {
  /** Items that may wait. */
  readonly maxQueued: number;
  /** What it throws reaches the page's own report of errors, and the next item has its turn. */
  apply(item: T): void;
  /** Milliseconds, from anywhere. */
  now(): number;
  /** Calls back after others had their turn. */
  soon(run: () => void): void;
}

export class Slices<T> {
  readonly #options: SlicesOptions<T>;
  #queue: T[] = [];
  /** Of the queue, where the next one is. */
  #next = 0;
  #waiting = false;
  #skipped = 0;

  constructor(options: SlicesOptions<T>) {
    this.#options = options;
  }

  /** Items that wait. */
  get size(): number {
    return this.#queue.length - this.#next;
  }

  /** Items that were left out since the beginning. */
  get skipped(): number {
    return this.#skipped;
  }

  push(items: readonly T[]): void {
    for (const item of items) this.#queue.push(item);
    const over = Math.max(0, this.size - this.#options.maxQueued);
    this.#next += over;
    this.#skipped += over;
    this.#forget();
    this.#goOn();
  }

  #goOn(): void {
    if (this.#waiting || this.size === 0) return;
    this.#waiting = true;
    this.#options.soon(() => {
      this.#waiting = false;
      try {
        this.#slice();
      } finally {
        this.#forget();
        this.#goOn();
      }
    });
  }

  #slice(): void {
    const options = this.#options;
    const endMs = options.now() + sliceMs;
    do {
      for (let i = 0; i < itemsPerLook && this.size > 0; i++) {
        // First, so that an item that cannot be taken in is not met again, for ever.
        this.#next += 1;
        options.apply(this.#queue[this.#next - 1] as T);
      }
    } while (this.size > 0 && options.now() < endMs);
  }

  /** Frees what was applied: at once when that is all, else when it is the larger part. */
  #forget(): void {
    if (this.#next * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }
}

/** Calls back in a task of its own, after what the browser has to do; timers would wait 4 ms. */
export function afterOthers(): (run: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  let waiting: (() => void)[] = [];
  port1.addEventListener('message', () => {
    const all = waiting;
    waiting = [];
    for (const run of all) run();
  });
  port1.start();
  return (run) => {
    waiting.push(run);
    port2.postMessage(null);
  };
}
