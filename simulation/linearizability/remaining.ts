/**
 * The answered operations of a history that have no place in the order yet (Wing & Gong 1993).
 *
 * A doubly linked list in order of invocation: an operation leaves it in O(1) and comes back in O(1),
 * last out, first in. Lowe's set of placed operations is written as run lengths after its full
 * prefix, so its size is that of the concurrency, not of the history.
 */

export interface Interval {
  readonly invokedAtMs: number;
  readonly returnedAtMs: number;
}

export interface Window {
  /** Operations that may come next: none that is left returned before they were invoked. */
  readonly candidates: readonly number[];
  /** The first return among those left: what was invoked after it cannot come next. */
  readonly untilMs: number;
}

export class Remaining {
  readonly #intervals: readonly Interval[];
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The list's two ends in one, after the last operation. */
  readonly #end: number;
  #size: number;

  /** `intervals` in order of invocation; operations are named by their position in it. */
  constructor(intervals: readonly Interval[]) {
    const end = intervals.length;
    this.#intervals = intervals;
    this.#end = end;
    this.#size = end;
    this.#next = Int32Array.from({ length: end + 1 }, (_, i) => (i === end ? 0 : i + 1));
    this.#previous = Int32Array.from({ length: end + 1 }, (_, i) => (i === 0 ? end : i - 1));
  }

  get size(): number {
    return this.#size;
  }

  place(operation: number): void {
    const [before, after] = this.#neighbours(operation);
    this.#next[before] = after;
    this.#previous[after] = before;
    this.#size -= 1;
  }

  /** Undoes the last `place` that is not undone yet; it must be this operation's. */
  putBack(operation: number): void {
    const [before, after] = this.#neighbours(operation);
    this.#next[before] = operation;
    this.#previous[after] = operation;
    this.#size += 1;
  }

  window(): Window {
    const candidates: number[] = [];
    let untilMs = Infinity;
    for (let at = this.#after(this.#end); at !== this.#end; at = this.#after(at)) {
      const interval = this.#intervals[at];
      // Equal times overlap: neither is known to be first.
      if (interval === undefined || interval.invokedAtMs > untilMs) break;
      candidates.push(at);
      untilMs = Math.min(untilMs, interval.returnedAtMs);
    }
    return { candidates, untilMs };
  }

  /** Equal when the same operations are placed. */
  key(): string {
    const first = this.#after(this.#end);
    let key = `${this.#size === 0 ? this.#end : first}`;
    let beyond = this.#end - this.#size - first;
    for (let at = first; beyond > 0 && this.#size > 0; at = this.#after(at)) {
      const run = this.#after(at) - at - 1;
      key += `,${run}`;
      beyond -= run;
    }
    return key;
  }

  #after(operation: number): number {
    return this.#next[operation] ?? this.#end;
  }

  #neighbours(operation: number): [before: number, after: number] {
    return [this.#previous[operation] ?? this.#end, this.#after(operation)];
  }
}
