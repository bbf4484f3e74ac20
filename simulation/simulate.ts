/**
 * Many seeds: the public way into the simulator. Each seed is a cluster of real servers under faults
 * drawn from the seed, checked after every event (invariants.ts), and owes progress at the end (run.ts).
 *
 * Equal seeds are equal runs, bit for bit: `hash` of a result says so.
 */
import { drawOptions, minChartSteps } from './options.ts';
import { runSeed, type SeedResult } from './run.ts';

export { checkHistory, type HistoryVerdict } from './linearizability/check.ts';
export { formatHistory, parseHistory } from './linearizability/format.ts';
export type { HistoryOperation } from './linearizability/history.ts';
export { kvModel } from './linearizability/kv-model.ts';
export type { Model } from './linearizability/model.ts';
export { HistoryRecorder } from './linearizability/recorder.ts';
export type { Violation } from './invariants/observation.ts';
export type { SimulationOptions } from './options.ts';
export type { SeedResult } from './run.ts';

export interface SimulateOptions {
  /** First and last seed, both included; integers ≥ 0. */
  readonly from: number;
  readonly to: number;
  /** Servers in each cluster, 1 … 9. */
  readonly servers: number;
  /** Chart steps under faults for each seed, at least and by default 2,000. */
  readonly steps?: number;
  /** A monotonic clock in milliseconds, for the rate alone. */
  nowMs(): number;
  /** After each seed; false ends the simulation. */
  onSeed?(result: SeedResult): boolean;
  /** A readable line for each event. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface SimulateResult {
  /** Seeds in which enough happened: ≥ 2,000 chart steps, ≥ 1 commit, ≥ 1 fault. */
  readonly seeds: number;
  /** Events that servers handled, each one checked. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Seeds with a violation. */
  readonly violations: readonly SeedResult[];
}

/** Most servers that a simulated cluster may have. */
export const maxServers = 9;

/** Runs the seeds one after the other. Throws RangeError for options out of range. */
export function simulate(options: SimulateOptions): SimulateResult {
  const { from, to, servers, steps = minChartSteps } = options;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from) {
    throw new RangeError('ERR_INVALID_ARGUMENT: seeds are a range of integers A..B, 0 ≤ A ≤ B.');
  }
  if (!Number.isInteger(servers) || servers < 1 || servers > maxServers) {
    throw new RangeError(`ERR_INVALID_ARGUMENT: servers is a number from 1 to ${maxServers}.`);
  }
  const beganMs = options.nowMs();
  const violations: SeedResult[] = [];
  let seeds = 0;
  let events = 0;
  for (let seed = from; seed <= to; seed += 1) {
    const drawn = drawOptions(seed, servers, Math.max(steps, minChartSteps));
    const result = runSeed(drawn, { trace: options.trace });
    events += result.events;
    if (result.counts) seeds += 1;
    if (result.violations.length > 0) violations.push(result);
    if (options.onSeed?.(result) === false) break;
  }
  const seconds = (options.nowMs() - beganMs) / 1_000;
  const eventsPerSecond = seconds > 0 ? Math.round(events / seconds) : 0;
  return { seeds, events, eventsPerSecond, violations };
}
