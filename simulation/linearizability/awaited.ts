/**
 * Effects that reads still wait for, where effects hide each other (`Hiding` in model.ts).
 *
 * An order that hides an effect for good, while an answer that saw it has no place yet, leads
 * nowhere. To notice that at once, and not when the reader's turn is over, is what makes histories
 * with many concurrent writes tractable.
 */
interface Counts {
  /** Reads without a place that saw the effect. */
  reads: number;
  /** Writes without a place, answered or unknown, that have it. */
  writes: number;
}

export class Awaited {
  readonly #counts = new Map<string, Counts>();

  /** `by` reads of `effect` more, or fewer, have no place. */
  addReads(effect: string, by: number): void {
    this.#of(effect).reads += by;
  }

  /** `by` writes of `effect` more, or fewer, have no place. */
  addWrites(effect: string, by: number): void {
    this.#of(effect).writes += by;
  }

  /** Whether nobody waits for it. */
  isUnread(effect: string): boolean {
    return this.#of(effect).reads === 0;
  }

  /** Whether it must not be hidden now: it is still to be seen, and nobody will repeat it. */
  needs(effect: string): boolean {
    const { reads, writes } = this.#of(effect);
    return reads > 0 && writes === 0;
  }

  #of(effect: string): Counts {
    let counts = this.#counts.get(effect);
    if (counts === undefined) this.#counts.set(effect, (counts = { reads: 0, writes: 0 }));
    return counts;
  }
}
