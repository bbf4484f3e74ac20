/**
 * What a seed draws of all that stands on replicated time: sessions that end, keys that end, a
 * lock.
 */
import type { Timing } from '../../actors/ports.ts';
import type { Random } from '../random.ts';

/** What clients ask for that compares, or ends by itself: shares of all writes. */
export interface Leases {
  readonly casShare: number;
  /** Puts of keys that end after `ttlMs`. */
  readonly ttlShare: number;
  /** Tries to take the one lock, and to keep it. */
  readonly lockShare: number;
  readonly ttlMs: number;
}

/** Half of the runs have sessions that end while their clients are still about. */
export function drawSessions(random: Random, { electionTimeoutMs }: Timing) {
  if (random.chance(0.5)) return {};
  const sessionTtlMs = Math.ceil(electionTimeoutMs * random.logUniform(1, 30));
  return { sessions: { sessionTtlMs, maxSessions: random.int(2, 20) } };
}

export function drawLeases(random: Random, { electionTimeoutMs }: Timing): { leases?: Leases } {
  if (random.chance(0.4)) return {};
  const casShare = random.next() * 0.4;
  const ttlShare = random.next() * 0.3;
  const lockShare = random.next() * 0.3;
  const ttlMs = Math.ceil(electionTimeoutMs * random.logUniform(0.1, 5));
  return { leases: { casShare, ttlShare, lockShare, ttlMs } };
}
