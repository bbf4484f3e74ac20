/**
 * What a seed draws of changes of members (§6): machines that may join, and an operator who asks
 * for changes, of several servers at once too, while everything else goes on.
 */
import type { Timing } from '../../actors/ports.ts';
import type { Random } from '../random.ts';

/** Machines beyond those that the cluster begins with, and how its operator works. */
export interface MembershipWorkload {
  readonly spares: number;
  /** Mean pause between two things that the operator does. */
  readonly everyMs: number;
  /** An operator who hears nothing asks anew after so long. */
  readonly attemptTimeoutMs: number;
  /** Voters that a change leaves, at least and at most. */
  readonly leastVoters: number;
  readonly mostVoters: number;
  /** Of all changes: those that add, remove, and do several at once. */
  readonly joinShare: number;
  readonly removeShare: number;
  /** Of those that join: as learners, for now. */
  readonly learnerShare: number;
  /** Of removals: the leader's own. */
  readonly leaderShare: number;
  /** Of changes: with an outdated idea of who takes part. */
  readonly outdatedShare: number;
  /** Of servers that were removed: shut down at once; the others run on. */
  readonly retireShare: number;
  /** Of changes: of a server that was removed, to bring it back; they must be refused. */
  readonly reuseShare: number;
  /** Of machines that are added: those that start only up to so long afterwards. */
  readonly lateShare: number;
  readonly mostLateMs: number;
}

/** Two of five runs have an operator. */
export function drawMembership(
  random: Random,
  { electionTimeoutMs }: Timing,
  servers: number,
): { membership?: MembershipWorkload } {
  if (!random.chance(0.4)) return {};
  const leastVoters = random.int(1, Math.min(servers, 3));
  return {
    membership: {
      spares: random.int(2, 6),
      everyMs: electionTimeoutMs * random.logUniform(0.3, 6),
      attemptTimeoutMs: electionTimeoutMs * random.logUniform(1, 10),
      leastVoters,
      mostVoters: Math.min(9, Math.max(servers, leastVoters) + random.int(0, 3)),
      joinShare: random.next(),
      removeShare: random.next(),
      learnerShare: random.next() * 0.6,
      leaderShare: random.next(),
      outdatedShare: random.next() * 0.2,
      retireShare: random.next(),
      reuseShare: random.next() * 0.2,
      lateShare: random.split('late').next() * 0.5,
      mostLateMs: electionTimeoutMs * 25,
    },
  };
}
