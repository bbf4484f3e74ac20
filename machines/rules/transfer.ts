/**
 * Who is to lead next, when a leader hands its leadership over (thesis §3.10)?
 *
 * A voter, never the leader itself or a learner; the one that is named, else the one that will be
 * caught up soonest. Whether it may be elected at all, only it knows: it refuses when it may not.
 */
import type { LogIndex, ServerId } from '../messages.ts';

/** A voter other than the leader. */
export interface Heir {
  readonly id: ServerId;
  readonly matchIndex: LogIndex;
  /** It answered lately. */
  readonly heard: boolean;
}

/** `wanted`: null for whoever is best. null when there is nobody, or not who was wanted. */
export function transferTarget(heirs: readonly Heir[], wanted: ServerId | null): ServerId | null {
  if (wanted !== null) return heirs.find(({ id }) => id === wanted)?.id ?? null;
  const best = [...heirs].sort(
    (a, b) => Number(b.heard) - Number(a.heard) || b.matchIndex - a.matchIndex,
  );
  return best[0]?.id ?? null;
}
