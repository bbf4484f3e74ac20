/**
 * The logs of all servers side by side: the last indices, a cell for each (RaftScope's table).
 */
import type { Facts } from './facts.ts';

/** Indices that are shown, and where there is less room. */
export const windowSize = 60;
export const narrowWindowSize = 30;

export type CellState = 'absent' | 'snapshot' | 'appended' | 'durable' | 'committed' | 'applied';

export interface Cell {
  readonly index: number;
  /** 0 where there is no entry, or its term is not told. */
  readonly term: number;
  readonly state: CellState;
  /** The leader has an entry of another term here: this one will be replaced (§5.3). */
  readonly conflict: boolean;
}

export interface LogWindow {
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly rows: readonly { readonly id: string; readonly cells: readonly Cell[] }[];
}

/** Ends one past the longest log, where the leader's next entry goes; `size`: how many indices. */
export function logWindow(
  all: readonly Facts[],
  leader: Facts | null,
  size = windowSize,
): LogWindow {
  const lastIndex = Math.max(0, ...all.map((one) => one.lastIndex)) + 1;
  const firstIndex = Math.max(1, lastIndex - size + 1);
  const indices = Array.from({ length: lastIndex - firstIndex + 1 }, (_, i) => firstIndex + i);
  const rows = all.map((one) => ({
    id: one.id,
    cells: indices.map((index): Cell => {
      const term = termAt(one, index);
      const leaders = leader === null ? 0 : termAt(leader, index);
      const conflict = term !== 0 && leaders !== 0 && term !== leaders;
      return { index, term, state: stateOf(one, index), conflict };
    }),
  }));
  return { firstIndex, lastIndex, rows };
}

/** 0 when the server has no entry there, or does not tell its term any more. */
export function termAt({ runs, lastIndex, snapshotIndex }: Facts, index: number): number {
  if (index > lastIndex || index <= snapshotIndex) return 0;
  return runs.findLast(([firstIndex]) => firstIndex <= index)?.[1] ?? 0;
}

function stateOf(one: Facts, index: number): CellState {
  if (index > one.lastIndex) return 'absent';
  if (index <= one.snapshotIndex) return 'snapshot';
  if (index <= one.appliedIndex) return 'applied';
  if (index <= one.commitIndex) return 'committed';
  return index <= one.durableIndex ? 'durable' : 'appended';
}
