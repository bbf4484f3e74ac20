/** When an entry began: all its other times are counted from there (entry-times.ts). */
import type { Facts } from './facts.ts';
import { termAt } from './log-window.ts';

/**
 * When the entry that the leader has at `index` was proposed: the leader of then appended it in that step,
 * before all others. `appendedAtMs` says when a server did; null: nobody leads, or it was not heard.
 */
export function proposedAtMs(
  index: number,
  all: readonly Facts[],
  leader: Facts | null,
  appendedAtMs: (id: string) => number | null,
): number | null {
  if (leader === null) return null;
  // §5.3: at this index a server may still have an entry of another term, which is another one.
  const same = all.filter((one) => termAt(one, index) === termAt(leader, index));
  const times = same.flatMap(({ id }) => appendedAtMs(id) ?? []);
  return times.length === 0 ? null : Math.min(...times);
}
