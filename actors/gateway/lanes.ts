/**
 * What waits for the next batch, in a lane for each session: within a lane in order of arrival, and
 * the lanes take turns, so that one that floods goes ahead of nobody by more than one.
 */
export class Lanes<T extends { readonly session: number }> {
  #bySession = new Map<number, T[]>();

  get isEmpty(): boolean {
    return this.#bySession.size === 0;
  }

  add(item: T): void {
    const lane = this.#bySession.get(item.session);
    if (lane === undefined) this.#bySession.set(item.session, [item]);
    else lane.push(item);
  }

  /** Gives back what was taken: it is in front again. */
  putBack(taken: readonly T[]): void {
    const later = this.take();
    for (const item of [...taken, ...later]) this.add(item);
  }

  /** All there is: the first of each lane, then the second of each, and so on. */
  take(): T[] {
    let lanes = [...this.#bySession.values()];
    this.#bySession = new Map();
    const [only] = lanes;
    if (lanes.length === 1 && only !== undefined) return only;
    const taken: T[] = [];
    for (let place = 0; lanes.length > 0; place += 1) {
      lanes = lanes.filter((lane) => place < lane.length);
      for (const { [place]: next } of lanes) if (next !== undefined) taken.push(next);
    }
    return taken;
  }
}
