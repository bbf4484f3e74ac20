/**
 * The charts that the build drew from the machines (build/draw-charts.ts), found by the hash that a
 * node tells of the chart it runs.
 */
import { charts as drawn } from 'virtual:charts';
import type { DrawnChart } from './chart-places.ts';

const charts = drawn as readonly DrawnChart[];

/** null: this page was built from another version than the node runs. */
export function chartByHash(hash: string): DrawnChart | null {
  return charts.find((chart) => chart.hash === hash) ?? null;
}
