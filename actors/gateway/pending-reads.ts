/**
 * The gateway's reads, by what they need: a ReadIndex (thesis §6.4), a lease (§6.4.1), or nothing.
 *
 * Those that need a ReadIndex go in batches: one asks the chart while later reads gather for the
 * next. A read is only ever answered from a ReadIndex that was asked for after the read arrived:
 *   read A sent in batch 1 → a write is acknowledged → read B arrives → batch 1 is readable
 * B joining batch 1 would miss the write, so it waits for batch 2. What is not applied here in time
 * is an error, never an answer from what happens to be here.
 */
import type { LogIndex } from '../../machines/messages.ts';
import { sizeOf } from '../../replicated/json.ts';
import type { ReplicatedState } from '../../replicated/replicated-state.ts';
import type { ReadRequest } from '../../transport/client-protocol.ts';
import type { Applier } from '../applier.ts';
import {
  fail,
  futureRevision,
  notCaughtUp,
  overloaded,
  type Asker,
  type Failure,
} from '../failures.ts';
import type { Clock } from '../ports.ts';

/** About how many characters of JSON are answered in a turn, and one read more. */
const maxCharsPerTurn = 1 << 20;

export interface Read {
  readonly request: ReadRequest;
  readonly asker: Asker;
}

export interface PendingReadsOptions {
  readonly state: Pick<ReplicatedState, 'query'>;
  readonly applier: Pick<Applier, 'whenApplied'>;
  readonly clock: Clock;
  /** Runs a task in a later turn of the event loop. */
  defer(task: () => void): void;
  /** How long reads may wait for entries to be applied here, in milliseconds. */
  readonly maxWaitMs: number;
}

export class PendingReads {
  readonly #options: PendingReadsOptions;
  #gathered: Read[] = [];
  #gatheredForLease: Read[] = [];
  #outstanding: { readonly batch: number; readonly reads: readonly Read[] } | null = null;
  /** Sent to the chart, which answers at once. */
  #leased: { readonly batch: number; readonly reads: Read[] } | null = null;
  /** They wait for the state to catch up with their index. */
  readonly #confirmed = new Set<Waiting>();

  constructor(options: PendingReadsOptions) {
    this.#options = options;
  }

  add(read: Read): void {
    const { consistency = 'linearizable', atLeast = 0 } = read.request;
    if (consistency === 'local') this.#serve([read], atLeast);
    else if (consistency === 'lease') this.#gatheredForLease.push(read);
    else this.#gathered.push(read);
  }

  /** Whether a batch can be taken: reads wait, and none is outstanding. */
  get ready(): boolean {
    return this.#outstanding === null && this.#gathered.length > 0;
  }

  get readyForLease(): boolean {
    return this.#gatheredForLease.length > 0;
  }

  /** All gathered reads are now the outstanding `batch`. */
  take(batch: number): void {
    this.#outstanding = { batch, reads: this.#gathered };
    this.#gathered = [];
  }

  takeForLease(batch: number): void {
    this.#leased = { batch, reads: this.#gatheredForLease };
    this.#gatheredForLease = [];
  }

  /**
   * Answers the batch as soon as `readIndex` is applied; the next one may be taken. A read whose token
   * is beyond it is refused: ERR_FUTURE_REVISION.
   */
  readable(batch: number, readIndex: LogIndex): void {
    const reads = this.#release(batch);
    const isAhead = ({ request }: Read): boolean => (request.atLeast ?? 0) > readIndex;
    const ahead = reads.filter(isAhead);
    const covered = reads.filter((read) => !isAhead(read));
    if (covered.length > 0) this.#serve(covered, readIndex);
    // All that was acknowledged before a read arrived is at or below its ReadIndex (thesis §6.4), so
    // no server ever gave this token away: waiting would be for somebody else's write, or for ever.
    for (const { request, asker } of ahead) {
      fail(asker, futureRevision(request.atLeast ?? 0, readIndex));
    }
  }

  /** Without a lease, a round does: it promises more. */
  unleased(batch: number): void {
    this.#gathered.push(...this.#release(batch));
  }

  refused(batch: number, failure: Failure): void {
    failAll(this.#release(batch), failure);
  }

  /** Nobody will confirm what is outstanding; what is confirmed stays good. */
  abandoned(failure: Failure): void {
    const outstanding = this.#outstanding?.reads ?? [];
    const reads = [...outstanding, ...this.#gathered, ...this.#gatheredForLease];
    this.#outstanding = null;
    this.#gathered = [];
    this.#gatheredForLease = [];
    failAll(reads, failure);
  }

  stop(failure: Failure): void {
    this.abandoned(failure);
    for (const { reads, timer } of this.#confirmed) {
      if (timer !== null) this.#options.clock.clearTimeout(timer);
      failAll(reads, failure);
    }
    this.#confirmed.clear();
  }

  /** The reads of a batch, no longer outstanding; none when it is another one. */
  #release(batch: number): readonly Read[] {
    if (this.#leased?.batch === batch) {
      const { reads } = this.#leased;
      this.#leased = null;
      return reads;
    }
    if (this.#outstanding?.batch !== batch) return [];
    const { reads } = this.#outstanding;
    this.#outstanding = null;
    return reads;
  }

  /** Answers once `index` is applied: now, or within `maxWaitMs`. */
  #serve(reads: readonly Read[], index: LogIndex): void {
    const { applier, clock, maxWaitMs } = this.#options;
    const waiting: Waiting = { reads, timer: null };
    this.#confirmed.add(waiting);
    const giveUpWaiting = applier.whenApplied(index, (lastApplied) => {
      if (!this.#confirmed.delete(waiting)) return;
      if (waiting.timer !== null) clock.clearTimeout(waiting.timer);
      this.#answer(reads, index, lastApplied);
    });
    const giveUp = (failure: Failure): void => {
      giveUpWaiting?.();
      if (this.#confirmed.delete(waiting)) failAll(reads, failure);
    };
    if (giveUpWaiting === null) giveUp(overloaded('Too many reads wait for entries to be applied'));
    if (!this.#confirmed.has(waiting)) return;
    waiting.timer = clock.setTimeout(() => giveUp(notCaughtUp(index, maxWaitMs)), maxWaitMs);
  }

  /** In turns of bounded length: a hundred long lists at once would hold heartbeats up. */
  #answer(reads: readonly Read[], index: LogIndex, lastApplied: LogIndex): void {
    let chars = 0;
    for (const [place, { request, asker }] of reads.entries()) {
      if (chars >= maxCharsPerTurn) {
        this.#serveLater(reads.slice(place), index);
        return;
      }
      const result = this.#options.state.query(request.machine, request.query);
      chars += sizeOf(result);
      asker.respond({ id: asker.id, ok: true, index: lastApplied, result });
    }
  }

  /** From a later state, which has seen no less. */
  #serveLater(reads: readonly Read[], index: LogIndex): void {
    const waiting: Waiting = { reads, timer: null };
    this.#confirmed.add(waiting);
    this.#options.defer(() => {
      if (this.#confirmed.delete(waiting)) this.#serve(reads, index);
    });
  }
}

/** Reads that wait for an index to be applied, or for their turn. */
interface Waiting {
  readonly reads: readonly Read[];
  timer: unknown;
}

function failAll(reads: readonly Read[], failure: Failure): void {
  for (const { asker } of reads) fail(asker, failure);
}
