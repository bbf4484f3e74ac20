/**
 * The client's side of a session (paper §8): numbers its commands, and says with each of them below
 * which number all results have arrived, so that the servers may forget those.
 */

export class ClientSession {
  /** Index of the entry that opened it. */
  readonly id: number;
  /** The lowest seq that is not yet answered, or the next one. */
  doneBelow = 1;
  readonly #window: number;
  #nextSeq = 1;
  readonly #unanswered = new Set<number>();

  /** `window`: how far seq may run ahead of doneBelow; bounds the results that servers keep. */
  constructor(id: number, window: number) {
    this.id = id;
    this.#window = window;
  }

  /** The next seq; null while the window is full. */
  take(): number | null {
    if (this.#nextSeq - this.doneBelow >= this.#window) return null;
    const seq = this.#nextSeq;
    this.#nextSeq += 1;
    this.#unanswered.add(seq);
    return seq;
  }

  /** Nobody asks for the result of `seq` any more. */
  release(seq: number): void {
    this.#unanswered.delete(seq);
    while (this.doneBelow < this.#nextSeq && !this.#unanswered.has(this.doneBelow)) {
      this.doneBelow += 1;
    }
  }
}
