/**
 * A bounded amount that is shared fairly: nobody may hold more than what is still free. So one who
 * floods gets half of it at most, two a third each, and whoever comes next always finds room.
 */
export class Budget {
  readonly #limit: number;
  readonly #held = new Map<number, number>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What all hold together. */
  get used(): number {
    return this.#used;
  }

  /** Gives `holder` so much more, or false: it must wait until something was given back. */
  take(holder: number, amount: number): boolean {
    const held = this.#held.get(holder) ?? 0;
    // Whoever is alone may have one thing of any size, or it could never have it.
    const fits = this.#used === 0 || held + amount <= this.#limit - this.#used;
    if (!fits) return false;
    this.#held.set(holder, held + amount);
    this.#used += amount;
    return true;
  }

  /** `holder` gives back what it took; all of it, in the end. */
  giveBack(holder: number, amount: number): void {
    const left = (this.#held.get(holder) ?? 0) - amount;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
    this.#used -= amount;
  }
}
