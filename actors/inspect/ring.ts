/**
 * The newest events of a node's stream, bounded, by sequence number.
 */
import type { NodeEvent } from './events.ts';

/** Events kept: some ten seconds of a busy leader, an hour of a quiet follower's steps. */
export const defaultRingSize = 16_384;

export class EventRing {
  readonly #size: number;
  readonly #events: (NodeEvent | undefined)[];
  #last = 0;
  /** Nothing up to here can be told any more, although the numbers were given. */
  #forgotten = 0;

  constructor(size: number) {
    this.#size = size;
    this.#events = new Array<NodeEvent | undefined>(size);
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The oldest number from which on everything is here. */
  get first(): number {
    return Math.max(this.#forgotten, this.#last - this.#size) + 1;
  }

  /** Adds the event whose number is `last + 1`; overwrites the oldest when full. */
  push(event: NodeEvent): void {
    this.#last = event.seq;
    this.#events[event.seq % this.#size] = event;
  }

  /** Events after number `since`, oldest first, at most `count`; null when some were overwritten. */
  after(since: number, count: number): NodeEvent[] | null {
    if (since + 1 < this.first || since > this.#last) return null;
    const events: NodeEvent[] = [];
    const end = Math.min(this.#last, since + count);
    for (let seq = since + 1; seq <= end; seq += 1) {
      const event = this.#events[seq % this.#size];
      if (event !== undefined) events.push(event);
    }
    return events;
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
    this.#events.fill(undefined);
  }
}
