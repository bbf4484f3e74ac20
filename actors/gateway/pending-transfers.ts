/**
 * Who asked for another leader (thesis §3.10), until it is known what came of it.
 *
 * The chart does one transfer at a time and refuses the rest at once, so hardly more than one
 * waits.
 */
import type { TransferFailure } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { LeaderHint } from '../../transport/client-protocol.ts';
import type { Applier } from '../applier.ts';
import { fail, notLeader, notTransferred, stopping, type Asker } from '../failures.ts';

export class PendingTransfers {
  /** By the number of its batch. */
  readonly #asked = new Map<number, Asker>();
  readonly #applier: Pick<Applier, 'commitIndex'>;

  constructor(applier: Pick<Applier, 'commitIndex'>) {
    this.#applier = applier;
  }

  add(batch: number, asker: Asker): void {
    this.#asked.set(batch, asker);
  }

  /** Whether the batch was one of these. */
  refused(batch: number, leader: LeaderHint | null): boolean {
    const asker = this.#take(batch);
    if (asker !== undefined) fail(asker, notLeader(leader));
    return asker !== undefined;
  }

  done(batch: number, leader: ServerId): void {
    this.#answer(this.#take(batch), leader);
  }

  failed(batch: number, why: TransferFailure): void {
    const asker = this.#take(batch);
    if (asker !== undefined) fail(asker, notTransferred(why));
  }

  /** Leadership ended; `leader`: to whom it was handed over, null when it just ended. */
  abandoned(leader: ServerId | null): void {
    for (const [batch, asker] of this.#asked) {
      this.#asked.delete(batch);
      if (leader === null) fail(asker, notLeader(null));
      else this.#answer(asker, leader);
    }
  }

  stop(): void {
    for (const asker of this.#asked.values()) fail(asker, stopping('unknown'));
    this.#asked.clear();
  }

  #take(batch: number): Asker | undefined {
    const asker = this.#asked.get(batch);
    this.#asked.delete(batch);
    return asker;
  }

  #answer(asker: Asker | undefined, leader: ServerId): void {
    asker?.respond({
      id: asker.id,
      ok: true,
      index: this.#applier.commitIndex,
      result: { leader },
    });
  }
}
