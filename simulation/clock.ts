/**
 * Virtual time: a discrete-event queue. Time jumps from one event to the next; nothing awaits.
 *
 * Events at the same time happen in the order in which they were scheduled, so a run has exactly one
 * order. Times are milliseconds and may have fractions. A frozen owner's events (a paused process)
 * wait for its thaw; the events of a dead owner are dropped.
 */
import TinyQueue from 'tinyqueue';

/** The process that an event belongs to, so that a crash or a pause reaches what it had planned. */
export interface Owner {
  alive: boolean;
  /** Nothing of this owner happens before this time. */
  frozenUntil: number;
}

/** A thing that will happen; hand it to `clearTimeout` to prevent it. */
export interface Timer {
  at: number;
  sequence: number;
  readonly run: () => void;
  readonly owner: Owner | null;
  cancelled: boolean;
}

/** Events waiting at once; a run that needs more has a loop that feeds itself. */
export const maxWaitingEvents = 1_000_000;

export class VirtualClock {
  /** Milliseconds since the run began. */
  now = 0;
  /** Events that have happened. */
  steps = 0;
  #sequence = 0;
  readonly #queue = new TinyQueue<Timer>([], (a, b) => a.at - b.at || a.sequence - b.sequence);

  /** Schedules `run` after `delayMs` (negative counts as 0), on behalf of `owner`. */
  setTimeout(run: () => void, delayMs: number, owner: Owner | null = null): Timer {
    if (this.#queue.length >= maxWaitingEvents) {
      throw new Error('ERR_SIMULATION: too many events are waiting; something feeds itself.');
    }
    const at = this.now + Math.max(0, delayMs);
    const timer: Timer = { at, sequence: this.#sequence++, run, owner, cancelled: false };
    this.#queue.push(timer);
    return timer;
  }

  /** Prevents what has not happened yet; else does nothing. */
  clearTimeout(timer: Timer): void {
    timer.cancelled = true;
  }

  /** Makes the next event happen; false when there is none. */
  step(): boolean {
    const timer = this.#next(Infinity);
    if (timer === undefined) return false;
    this.#queue.pop();
    this.now = timer.at;
    this.steps += 1;
    timer.run();
    return true;
  }

  /**
   * The event that happens next, still in the queue. What will not happen up to `atMs` is dropped or
   * put off first, or one of those would let time run on to an event after `atMs`.
   */
  #next(atMs: number): Timer | undefined {
    for (;;) {
      const timer = this.#queue.peek();
      if (timer === undefined || timer.at > atMs) return timer;
      const { owner } = timer;
      const never = timer.cancelled || owner?.alive === false;
      if (!never && (owner === null || owner.frozenUntil <= timer.at)) return timer;
      this.#queue.pop();
      if (never || owner === null) continue;
      // Due while its process was paused: it happens at the thaw, in the order planned.
      timer.at = owner.frozenUntil;
      timer.sequence = this.#sequence++;
      this.#queue.push(timer);
    }
  }

  /**
   * Steps until virtual time `atMs` or until `done` answers true; time ends at `atMs` when nothing
   * is left to happen before.
   */
  runUntil(atMs: number, done: () => boolean = () => false): void {
    while (!done()) {
      const next = this.#next(atMs);
      if (next === undefined || next.at > atMs) {
        this.now = Math.max(this.now, atMs);
        return;
      }
      this.step();
    }
  }
}
