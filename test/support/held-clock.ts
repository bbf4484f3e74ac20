/**
 * A clock that stands still: timers have names and fire only when told to. The charts arm them by
 * duration alone, so each duration here is one name's own.
 */
import { leaseShare } from '../../actors/time/lease-time.ts';
import type { Clock, Timing } from '../../actors/ports.ts';

export const timing: Timing = { heartbeatMs: 50, electionTimeoutMs: 500, stallTimeoutMs: 5_000 };
/** What every draw of chance gives. */
export const chance = 0.4;
/** As actors/server.actor.ts has it. */
const suspicionShare = 10;

/** Of equal ones, freshness and readTimeout are a follower's, the others a leader's: they fire together. */
const durations = {
  heartbeat: timing.heartbeatMs,
  freshness: timing.electionTimeoutMs,
  readTimeout: timing.electionTimeoutMs,
  quorumCheck: timing.electionTimeoutMs,
  transferDeadline: timing.electionTimeoutMs,
  leaseTimeout: leaseShare * timing.electionTimeoutMs,
  staleness: chance * timing.electionTimeoutMs,
  electionTimeout: (1 + chance) * timing.electionTimeoutMs,
  suspicion: (chance * timing.electionTimeoutMs) / suspicionShare,
  stallTimeout: timing.stallTimeoutMs,
} as const;
export type TimerName = keyof typeof durations;

interface HeldTimer {
  readonly run: () => void;
  readonly delayMs: number;
}

export class HeldClock implements Clock {
  readonly #timers = new Set<HeldTimer>();

  setTimeout(run: () => void, delayMs: number): HeldTimer {
    const timer = { run, delayMs };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as HeldTimer);
  }

  /** The timers of that name, oldest first. */
  armed(name: TimerName): readonly HeldTimer[] {
    return [...this.#timers].filter(({ delayMs }) => delayMs === durations[name]);
  }

  /** Takes a timer that is to fire; false when it was cancelled. */
  take(timer: HeldTimer): boolean {
    return this.#timers.delete(timer);
  }
}
