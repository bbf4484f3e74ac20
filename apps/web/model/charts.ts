/**
 * The charts that the build drew from the machines (build/draw-charts.ts), found by the hash that a
 * node tells of the chart it runs.
 */
import { charts as drawn } from 'virtual:charts';
import type { Moves } from './chart-places.ts';

export interface DrawnChart {
  /** The machine's file, `log-writer`. */
  readonly name: string;
  readonly id: string;
  /** Of its definition, as nodes tell it. */
  readonly hash: string;
  readonly svg: string;
  /** The same at a glance; null for a small chart. */
  readonly outline: string | null;
  readonly moves: Moves;
}

const charts = drawn as readonly DrawnChart[];

/** null: this page was built from another version than the node runs. */
export function chartByHash(hash: string): DrawnChart | null {
  return charts.find((chart) => chart.hash === hash) ?? null;
}
