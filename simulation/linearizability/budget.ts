/**
 * How much a check may cost. Searching is exponential at worst, so it ends when its budget does, and
 * what it then says is "unknown", never "ok".
 *
 * Steps make a check reproducible (the simulator); a deadline suits a person who waits.
 */

export interface CheckLimits {
  /** Orders of operations that are looked at, over all keys; no bound by default. */
  readonly maxSteps?: number;
  /** With `nowMs`: milliseconds that the check may take; no bound by default. */
  readonly timeLimitMs?: number;
  /** A monotonic clock in milliseconds. Without it, `timeLimitMs` is not looked at. */
  readonly nowMs?: () => number;
}

/** Between two looks at the clock, in steps. */
const clockEvery = 256;

export class Budget {
  readonly #maxSteps: number;
  readonly #deadlineMs: number;
  readonly #nowMs: () => number;
  #steps = 0;
  #isOver = false;

  constructor({ maxSteps = Infinity, timeLimitMs = Infinity, nowMs = () => 0 }: CheckLimits = {}) {
    this.#maxSteps = maxSteps;
    this.#nowMs = nowMs;
    this.#deadlineMs = nowMs() + timeLimitMs;
  }

  /** Steps that were spent. */
  get steps(): number {
    return this.#steps;
  }

  /** Takes one step; false once there are none left. */
  spend(): boolean {
    if (this.#isOver) return false;
    this.#steps += 1;
    const isLate = this.#steps % clockEvery === 0 && this.#nowMs() >= this.#deadlineMs;
    this.#isOver = isLate || this.#steps > this.#maxSteps;
    return !this.#isOver;
  }

  /**
   * An equal share for one of `parts` that are left to do: what an easy one leaves over is there for
   * the others. `settle` with the share afterwards.
   */
  share(parts: number): Budget {
    const nowMs = this.#nowMs;
    return new Budget({
      maxSteps: Math.ceil((this.#maxSteps - this.#steps) / parts),
      timeLimitMs: (this.#deadlineMs - nowMs()) / parts,
      nowMs,
    });
  }

  /** Takes what a share has spent. */
  settle(share: Budget): void {
    this.#steps += share.steps;
  }
}
