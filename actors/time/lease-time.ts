/**
 * How long a lease lasts (thesis §6.4.1): the chart says which round a majority has answered, this
 * knows when that round was first sent. Times are monotonic; docs/adr/0012 has the arithmetic.
 */
import type { Term } from '../../machines/messages.ts';

/**
 * Share of the least election timeout that a lease lasts. A follower whose clock runs faster than
 * the leader's by less than 1 / 0.6 keeps its promise for longer than the lease: a drift of 25 %
 * each.
 */
export const leaseShare = 0.6;

export interface LeaseTime {
  /** A message of this round is about to leave. */
  sent(term: Term, round: number): void;
  /** The lease is counted from this round; what is left of it, in milliseconds. */
  leftMs(term: Term, round: number): number;
  /** It has ended, though the timer that says so may be late. */
  isOver(): boolean;
  /** Rounds whose sending is remembered: those of two leases at most, with or without leases. */
  readonly rememberedRounds: number;
}

export function createLeaseTime(monotonicMs: () => number, leaseMs: number): LeaseTime {
  let term: Term = 0;
  let endMs = -Infinity;
  /** When each round was first sent, by rising round; a term's begin anew. */
  const sentMs = new Map<number, number>();
  /** The newest round that was sent in this term. */
  let newest = -1;
  let sweptMs = -Infinity;

  const enter = (next: Term): void => {
    if (next === term) return;
    term = next;
    sentMs.clear();
    newest = -1;
  };

  /** A lease that would be counted from them is over: reads make rounds that no lease is asked for. */
  const forgetOld = (now: number): void => {
    if (now < sweptMs + leaseMs) return;
    sweptMs = now;
    for (const [round, at] of sentMs) if (at + leaseMs <= now) sentMs.delete(round);
  };

  return {
    sent(of, round) {
      enter(of);
      if (round <= newest) return;
      newest = round;
      const now = monotonicMs();
      forgetOld(now);
      sentMs.set(round, now);
    },
    leftMs(of, round) {
      enter(of);
      const now = monotonicMs();
      // A server that is alone sends nothing, and asks nobody; what is forgotten was sent too long ago.
      endMs = (sentMs.get(round) ?? (round > newest ? now : -Infinity)) + leaseMs;
      for (const older of sentMs.keys()) if (older < round) sentMs.delete(older);
      return Math.max(0, endMs - now);
    },
    isOver: () => monotonicMs() >= endMs,
    get rememberedRounds() {
      return sentMs.size;
    },
  };
}
