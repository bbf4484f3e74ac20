/**
 * One time for all that a method asks, tries and waits together, as a signal: it aborts when the time
 * is up, or when its caller gives up. Which of the two it was, its reason says.
 */
import { aborted, timedOut } from './errors.ts';
import { onAbort } from './on-abort.ts';
import type { Outcome, StatecraftError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** The reason of a signal whose time is up. */
export class TimeIsUp {
  /** How long it was, in milliseconds. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }
}

export interface DeadlineOptions {
  /** Milliseconds; without them it lasts until the caller gives up. */
  readonly timeoutMs?: number | undefined;
  /** The caller's. */
  readonly signal?: AbortSignal | undefined;
}

export interface Deadline {
  readonly signal: AbortSignal;
  /** Forgets the timer and the caller's signal; to be called in the end. */
  end(): void;
}

/** Begins now. */
export function deadlineOf(clock: Clock, { timeoutMs, signal }: DeadlineOptions): Deadline {
  const over = new AbortController();
  if (signal?.aborted === true) over.abort(signal.reason);
  const timer =
    timeoutMs === undefined
      ? null
      : clock.setTimeout(() => over.abort(new TimeIsUp(timeoutMs)), timeoutMs);
  const forget = signal && onAbort(signal, () => over.abort(signal.reason));
  return {
    signal: over.signal,
    end() {
      if (timer !== null) clock.clearTimeout(timer);
      forget?.();
    },
  };
}

/** Why a call was given up whose `signal` has aborted. `trouble`: what went wrong last, '' if nothing. */
export function gaveUp(outcome: Outcome, signal: AbortSignal, trouble: string): StatecraftError {
  const { reason } = signal as { readonly reason: unknown };
  if (reason instanceof TimeIsUp) return timedOut(outcome, reason.timeoutMs, trouble);
  return aborted(outcome, signal);
}
