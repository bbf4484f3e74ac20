/**
 * What all clients of a listener are owed together: answers that their sockets have not taken yet.
 *
 * Each client has a bound of its own; this one is for many that stay just below it. Past it whoever
 * is owed most is dropped, since one that reads is owed next to nothing.
 */

/** Whoever can be owed bytes. Its connection ends at once when it is dropped. */
export interface Debtor {
  drop(): void;
}

export class Debts {
  readonly #maxBytes: number;
  readonly #owed = new Map<Debtor, number>();
  #totalBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** `debtor` is owed so many bytes more, or fewer; may drop it, or another. */
  add(debtor: Debtor, bytes: number): void {
    const owed = (this.#owed.get(debtor) ?? 0) + bytes;
    this.#totalBytes += bytes;
    if (owed === 0) this.#owed.delete(debtor);
    else this.#owed.set(debtor, owed);
    while (this.#totalBytes > this.#maxBytes) this.#dropGreatest();
  }

  /** It has gone; what it was owed is no more. */
  forget(debtor: Debtor): void {
    this.#totalBytes -= this.#owed.get(debtor) ?? 0;
    this.#owed.delete(debtor);
  }

  #dropGreatest(): void {
    let greatest: Debtor | null = null;
    let most = 0;
    for (const [debtor, owed] of this.#owed) {
      if (owed <= most) continue;
      most = owed;
      greatest = debtor;
    }
    if (greatest === null) return;
    this.forget(greatest);
    greatest.drop();
  }
}
