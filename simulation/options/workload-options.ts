/**
 * What a seed draws of clients: how many there are, what they ask for and how patient they are. What
 * a client does with it is clients/client.ts.
 */
import type { Timing } from '../../actors/ports.ts';
import type { Random } from '../random.ts';
import { drawLeases, type Leases } from './lease-options.ts';

/** Simulated clients and what they ask for. */
export interface Workload {
  readonly clients: number;
  /** Operations that one client has under way at most. */
  readonly pipeline: number;
  readonly keys: number;
  /** Values are up to so much longer than they need to be. */
  readonly maxPaddingChars: number;
  /** Mean pause of a client between two operations. */
  readonly thinkMs: number;
  readonly getShare: number;
  /** Of its gets, so many ask for a lease; of the rest, so many for what a server has (`local`). */
  readonly leaseShare: number;
  readonly localShare: number;
  readonly deleteShare: number;
  /** How often a client asks the server that it takes for the leader; else it asks anybody. */
  readonly loyalty: number;
  /** Share of requests and responses that are lost with their connection. */
  readonly lossRate: number;
  /** A client repeats an attempt that was not answered for this long. */
  readonly attemptTimeoutMs: number;
  /** It gives an operation up after so many attempts. */
  readonly maxAttempts: number;
  /** Without it only `put`, `get` and `delete` are asked for. */
  readonly leases?: Leases;
}

export function drawWorkload(random: Random, timing: Timing): Workload {
  const { electionTimeoutMs } = timing;
  return {
    ...drawLeases(random.split('leases'), timing),
    clients: random.int(2, 8),
    pipeline: random.int(1, 4),
    keys: random.int(1, 8),
    maxPaddingChars: Math.round(random.logUniform(1, 500)),
    thinkMs: electionTimeoutMs * random.logUniform(0.05, 2),
    getShare: random.next() * 0.9,
    deleteShare: random.next() * 0.3,
    loyalty: random.next(),
    lossRate: random.chance(0.5) ? random.logUniform(0.005, 0.2) : 0,
    attemptTimeoutMs: electionTimeoutMs * random.logUniform(0.1, 3),
    maxAttempts: random.int(1, 12),
    leaseShare: random.split('lease').next(),
    localShare: random.split('local').next() / 2,
  };
}
