/**
 * The newest events of a node's stream, bounded, by sequence number.
 *
 * Kept as the JSON texts that frames are made of: sixteen thousand strings cost the garbage collector
 * little, as many objects with their insides cost it more than all the rest of a watcher.
 */

/** Events kept: some ten seconds of a busy leader, an hour of a quiet follower's steps. */
export const defaultRingSize = 16_384;

export class EventRing {
  readonly #size: number;
  readonly #texts: string[];
  #last = 0;
  /** Nothing up to here can be told any more, although the numbers were given. */
  #forgotten = 0;

  constructor(size: number) {
    this.#size = size;
    this.#texts = new Array<string>(size).fill('');
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The oldest number from which on everything is here. */
  get first(): number {
    return Math.max(this.#forgotten, this.#last - this.#size) + 1;
  }

  /** Adds the event of number `last + 1`; overwrites the oldest when full. */
  push(text: string): void {
    this.#last += 1;
    this.#texts[this.#last % this.#size] = text;
  }

  /** Events after number `since`, oldest first, at most `count`; null when some were overwritten. */
  after(since: number, count: number): string[] | null {
    if (since + 1 < this.first || since > this.#last) return null;
    const texts: string[] = [];
    const end = Math.min(this.#last, since + count);
    for (let seq = since + 1; seq <= end; seq += 1) {
      texts.push(this.#texts[seq % this.#size] ?? '');
    }
    return texts;
  }

  /** Whether there was a time after event `since` in which nothing was recorded. */
  wasInterruptedAfter(since: number): boolean {
    return since < this.#forgotten;
  }

  /**
   * Forgets all and skips one number, so that whoever knew them all is told of the gap: nobody
   * records while nobody watches.
   */
  interrupt(): void {
    this.#last += 1;
    this.#forgotten = this.#last;
    this.#texts.fill('');
  }
}
