/**
 * The gateway's linearizable reads (thesis §6.4), in batches: one asks the chart for a ReadIndex
 * while later reads gather for the next.
 *
 * A read is only ever answered from a ReadIndex that was asked for after the read arrived:
 *   read A sent in batch 1 → a write is acknowledged → read B arrives → batch 1 is readable
 * B joining batch 1 would miss the write, so it waits for batch 2.
 */
import type { LogIndex } from '../machines/messages.ts';
import type { ReplicatedState } from '../replicated/replicated-state.ts';
import type { ReadRequest } from '../transport/client-protocol.ts';
import type { Applier } from './applier.ts';
import { fail, overloaded, type Asker, type Failure } from './failures.ts';

export interface Read {
  readonly request: ReadRequest;
  readonly asker: Asker;
}

export class PendingReads {
  readonly #state: Pick<ReplicatedState, 'query'>;
  readonly #applier: Pick<Applier, 'whenApplied'>;
  #gathered: Read[] = [];
  #outstanding: { readonly batch: number; readonly reads: readonly Read[] } | null = null;
  /** Confirmed, and waiting for the state to catch up with their ReadIndex. */
  readonly #confirmed = new Set<readonly Read[]>();

  constructor(state: Pick<ReplicatedState, 'query'>, applier: Pick<Applier, 'whenApplied'>) {
    this.#state = state;
    this.#applier = applier;
  }

  add(read: Read): void {
    this.#gathered.push(read);
  }

  /** Whether a batch can be taken: reads wait, and none is outstanding. */
  get ready(): boolean {
    return this.#outstanding === null && this.#gathered.length > 0;
  }

  /** All gathered reads are now the outstanding `batch`. */
  take(batch: number): void {
    this.#outstanding = { batch, reads: this.#gathered };
    this.#gathered = [];
  }

  /** Answers the batch as soon as `readIndex` is applied; the next one may be taken. */
  readable(batch: number, readIndex: LogIndex): void {
    const reads = this.#release(batch);
    if (reads === null) return;
    this.#confirmed.add(reads);
    const waits = this.#applier.whenApplied(readIndex, (lastApplied) => {
      if (this.#confirmed.delete(reads)) this.#answer(reads, lastApplied);
    });
    if (!waits && this.#confirmed.delete(reads)) {
      failAll(reads, overloaded('Too many reads wait for entries to be applied'));
    }
  }

  refused(batch: number, failure: Failure): void {
    failAll(this.#release(batch) ?? [], failure);
  }

  /** Nobody will confirm what is outstanding; what is confirmed stays good. */
  abandoned(failure: Failure): void {
    const reads = [...(this.#outstanding?.reads ?? []), ...this.#gathered];
    this.#outstanding = null;
    this.#gathered = [];
    failAll(reads, failure);
  }

  stop(failure: Failure): void {
    this.abandoned(failure);
    const confirmed = [...this.#confirmed].flat();
    this.#confirmed.clear();
    failAll(confirmed, failure);
  }

  /** The reads of the outstanding batch, no longer outstanding; null when it is another one. */
  #release(batch: number): readonly Read[] | null {
    if (this.#outstanding?.batch !== batch) return null;
    const { reads } = this.#outstanding;
    this.#outstanding = null;
    return reads;
  }

  #answer(reads: readonly Read[], lastApplied: LogIndex): void {
    for (const { request, asker } of reads) {
      const result = this.#state.query(request.machine, request.query);
      asker.respond({ id: asker.id, ok: true, index: lastApplied, result });
    }
  }
}

function failAll(reads: readonly Read[], failure: Failure): void {
  for (const { asker } of reads) fail(asker, failure);
}
