/** The newest of something, oldest first: what a page that stays open for days may keep. */
export class Recent<T> {
  readonly #max: number;
  #items: T[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  push(item: T): void {
    this.#items.push(item);
    // Cut at twice the bound, so that a full buffer does not move at each push.
    if (this.#items.length >= 2 * this.#max) this.#items = this.#items.slice(-this.#max);
  }

  /** At most `max` of them. */
  list(): readonly T[] {
    return this.#items.length > this.#max ? this.#items.slice(-this.#max) : this.#items;
  }

  newest(): T | undefined {
    return this.#items.at(-1);
  }
}
