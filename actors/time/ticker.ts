/**
 * Lets replicated time go on when something is due by it and nobody writes: the leader proposes an
 * entry that is there for its time alone (docs/adr/0010-replicated-time.md).
 *
 * Only a leader's clock drives the time, so only a leader ticks; a new one takes over when it has
 * applied the no-op of its term. What is due, and what then happens, is the state machines' affair.
 */
import type { Clock } from '../ports.ts';

/** Between two ticks, in milliseconds: what is due together ends together. */
const leastTickMs = 20;
/** Until a tick of which nothing came is made again, in milliseconds: the disk may have been full. */
const retryMs = 1_000;
/** Timers take no longer delay; it is asked again then. */
const longestTimerMs = 3_600_000;

export interface TickerOptions {
  readonly clock: Clock;
  /** Whether this server leads. */
  leads(): boolean;
  /** Replicated time in milliseconds, if it does. */
  timeMs(): number;
  /** When something is due, in replicated time; null: nothing is planned. */
  nextDeadlineMs(): number | null;
  tick(): void;
}

export interface Ticker {
  /** Entries were applied: what is due next may be another thing. */
  applied(): void;
  stop(): void;
}

export function createTicker(options: TickerOptions): Ticker {
  const { clock } = options;
  let timer: unknown = null;
  /** Replicated time for which the timer is armed. */
  let armedFor = Infinity;

  /** What this server has to tick for, if it leads. */
  function planned(): number | null {
    const due = options.nextDeadlineMs();
    return due !== null && options.leads() ? due : null;
  }

  function disarm(): void {
    if (timer !== null) clock.clearTimeout(timer);
    timer = null;
    armedFor = Infinity;
  }

  function arm(): void {
    const due = planned();
    // Armed for earlier is good enough: when it fires, it looks again.
    if (due === null || (timer !== null && armedFor <= due)) return;
    disarm();
    armedFor = due;
    const delayMs = Math.min(Math.max(due - options.timeMs(), leastTickMs), longestTimerMs);
    timer = clock.setTimeout(fire, delayMs);
  }

  function fire(): void {
    disarm();
    const due = planned();
    if (due === null || due > options.timeMs()) {
      arm();
      return;
    }
    // Whatever is applied meanwhile arms it for what is due then.
    timer = clock.setTimeout(fire, retryMs);
    options.tick();
  }

  return { applied: arm, stop: disarm };
}
