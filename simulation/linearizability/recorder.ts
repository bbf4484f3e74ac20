/**
 * Records what clients ask for and are told, while it happens, for the checker or for a file.
 *
 * What was begun and not ended when the history is taken counts as unknown, so a recorder may be
 * read at any time, and a client that dies owes it nothing.
 */
import type { HistoryOperation } from './history.ts';

/** Operations of one recording; past it `begin` throws ERR_HISTORY_FULL. */
const maxOperations = 1_000_000;

/** What is known when an operation begins. */
export type Asked = Pick<HistoryOperation, 'client' | 'op' | 'key' | 'value'>;

/** What a client was told; fields that it was not told are left out. */
export type Told = Pick<HistoryOperation, 'outcome' | 'found' | 'value' | 'revision' | 'previous'>;

/** Ends an operation; a second call is ignored. */
export type End = (told: Told) => void;

/** Writes down what clients asked and were told, for `checkHistory`. */
export class HistoryRecorder {
  readonly #nowMs: () => number;
  readonly #operations: HistoryOperation[] = [];

  /** `nowMs`: one monotonic clock for all clients, milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Call right before the request is sent, and the function that it returns once it is answered. */
  begin(asked: Asked): End {
    const place = this.#operations.length;
    if (place >= maxOperations) {
      throw new RangeError(
        `ERR_HISTORY_FULL: ${maxOperations} operations are recorded. Check them, and begin anew.`,
      );
    }
    const begun: HistoryOperation = { ...asked, invokedAtMs: this.#nowMs(), outcome: 'unknown' };
    this.#operations.push(begun);
    return (told) => {
      if (this.#operations[place] !== begun) return;
      this.#operations[place] = { ...begun, returnedAtMs: this.#nowMs(), ...told };
    };
  }

  /** Everything so far, in order of invocation. */
  history(): readonly HistoryOperation[] {
    return [...this.#operations];
  }
}
