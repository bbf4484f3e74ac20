/**
 * Operations whose outcome is unknown: each may take effect once, at any time after its invocation,
 * or never.
 *
 * Since none of them ends, those with the same effect are interchangeable once invoked. So they are
 * kept by effect, the earliest is always taken first, and a count says which are taken.
 */

export interface OpenOperation<Step> {
  readonly step: Step;
  readonly effect: string;
  readonly invokedAtMs: number;
}

export interface OpenEffect<Step> {
  readonly step: Step;
  readonly effect: string;
  /** Ascending, one for each operation. */
  readonly invokedAtMs: number[];
  /** Operations that are taken. */
  taken: number;
}

export class OpenEffects<Step> {
  readonly #effects: readonly OpenEffect<Step>[];
  /** Every set of taken operations that was met, by its counts. */
  readonly #names = new Map<string, number>();
  /** Names of the sets on the way to the present one, which is the last. */
  readonly #path: number[] = [0];

  /** `operations` in order of invocation. */
  constructor(operations: readonly OpenOperation<Step>[]) {
    const byEffect = new Map<string, OpenEffect<Step>>();
    for (const { step, effect, invokedAtMs } of operations) {
      const known = byEffect.get(effect);
      if (known !== undefined) known.invokedAtMs.push(invokedAtMs);
      else byEffect.set(effect, { step, effect, invokedAtMs: [invokedAtMs], taken: 0 });
    }
    this.#effects = [...byEffect.values()];
    this.#names.set(this.#counts(), 0);
  }

  /** Effects of which one more was invoked by `untilMs`. */
  available(untilMs: number): OpenEffect<Step>[] {
    return this.#effects.filter(
      ({ invokedAtMs, taken }) => (invokedAtMs[taken] ?? Infinity) <= untilMs,
    );
  }

  take(effect: OpenEffect<Step>): void {
    effect.taken += 1;
    const counts = this.#counts();
    const name = this.#names.get(counts) ?? this.#names.size;
    this.#names.set(counts, name);
    this.#path.push(name);
  }

  /** Undoes the last `take` that is not undone yet; it must be this effect's. */
  giveBack(effect: OpenEffect<Step>): void {
    effect.taken -= 1;
    this.#path.pop();
  }

  /** Equal when equally many of each effect are taken. */
  key(): number {
    return this.#path.at(-1) ?? 0;
  }

  #counts(): string {
    return this.#effects.map(({ taken }) => taken).join();
  }
}
