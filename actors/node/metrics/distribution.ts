/**
 * How values are spread, cheaply enough for every request and every fsync: a count per bucket and a
 * sum. What Prometheus makes of it is registry.ts's.
 */

/** What a histogram shows: counts are of each bucket alone, the last one for all above. */
export interface Spread {
  readonly counts: readonly number[];
  readonly sum: number;
}

export class Distribution implements Spread {
  readonly counts: number[];
  sum = 0;
  readonly #bounds: readonly number[];

  /** `bounds`: upper bounds of the buckets, rising. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}

/** A distribution for each value of a label, made when it first occurs. */
export class Distributions {
  readonly byLabel = new Map<string, Distribution>();
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  of(label: string): Distribution {
    let found = this.byLabel.get(label);
    if (found === undefined) this.byLabel.set(label, (found = new Distribution(this.#bounds)));
    return found;
  }
}
