/**
 * Many seeds: the public way into the simulator. Each seed is a cluster of real servers under
 * faults drawn from the seed, checked after every event (invariants.ts), and owes progress at the
 * end (run.ts).
 *
 * Equal seeds are equal runs, bit for bit: `hash` of a result says so.
 *
 * @module statecraft/simulation
 */
import type { Violation } from './invariants/observation.ts';
import { drawOptions, minChartSteps } from './options/options.ts';
import { runSeed, type SeedResult } from './run.ts';
import {
  Totals,
  type ChangeCounts,
  type FaultCounts,
  type Medians,
  type Reruns,
} from './totals.ts';

export type { CheckLimits } from './linearizability/budget.ts';
export { checkHistory, type Checked, type HistoryVerdict } from './linearizability/check.ts';
export type { CounterExample } from './linearizability/counter-example.ts';
export { formatHistory, parseHistory } from './linearizability/format.ts';
export type { HistoryOperation, HistoryOutcome } from './linearizability/history.ts';
export { kvModel, type KvState, type KvStep } from './linearizability/kv-model.ts';
export type { Schedule } from './options/schedule.ts';
export type { Hiding, Model } from './linearizability/model.ts';
export { HistoryRecorder, type Asked, type End, type Told } from './linearizability/recorder.ts';
export type { Violation } from './invariants/observation.ts';
export type { NetworkConditions } from './network.ts';
export type { MembershipWorkload } from './options/membership-options.ts';
export type { Leases } from './options/lease-options.ts';
export type { FaultKind, FaultRate } from './options/fault-options.ts';
export type { SimulationOptions, SnapshotBounds } from './options/options.ts';
export type { Workload } from './options/workload-options.ts';
export { ladder } from './failures/ladder.ts';
export { runSeed, type RunHooks, type SeedResult } from './run.ts';
export type { Decisions, FaultDecision } from './options/schedule.ts';
export {
  maxShrinkRuns,
  shrink,
  type Shrunk,
  type ShrinkOptions,
  type ShrinkProgress,
  type Stage,
} from './failures/shrink.ts';
export type { TraceNote, TraceRecord, TraceStep } from './failures/trace.ts';
export type { Cause } from './environment.ts';
export {
  Totals,
  type Added,
  type ChangeCounts,
  type FaultCounts,
  type Medians,
  type Reruns,
} from './totals.ts';

/** What `simulate` takes. */
export interface SimulateOptions {
  /** First and last seed, both included; integers ≥ 0. */
  readonly from: number;
  readonly to: number;
  /** Servers in each cluster, 1 … 9. */
  readonly servers: number;
  /** Chart steps under faults for each seed, at least and by default 2,000. */
  readonly steps?: number;
  /** One seed of so many runs twice and must be the same run (D1); 0: none; by default 20. */
  readonly rerunEvery?: number;
  /** A monotonic clock in milliseconds, for the rate alone. */
  nowMs(): number;
  /** After each seed; false ends the simulation. */
  onSeed?(result: SeedResult): boolean;
  /** A readable line for each event. It must not look at real time (guard.ts). */
  readonly trace?: ((line: string) => void) | undefined;
}

/** What came of all seeds. */
export interface SimulateResult {
  /** Seeds in which enough happened: ≥ 2,000 chart steps, ≥ 1 commit, ≥ 1 fault. */
  readonly seeds: number;
  /** Events that servers handled, each one checked. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Seeds with a violation. */
  readonly violations: readonly SeedResult[];
  readonly reruns: Reruns;
  /** Seeds whose history allowed so many orders that I36 did not judge it. */
  readonly unjudged: number;
  /** Per seed. */
  readonly medians: Medians;
  /** Injected in all seeds, by kind. */
  readonly faults: FaultCounts;
  /** Changes of members in all seeds. */
  readonly changes: ChangeCounts;
  /** Snapshots in all seeds: saved, installed by followers, and chunks sent. */
  readonly snapshots: SeedResult['snapshots'];
}

/** One seed of so many runs twice, unless told otherwise. */
export const rerunEvery = 20;

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
  const share = options.rerunEvery ?? rerunEvery;
  const beganMs = options.nowMs();
  const violations: SeedResult[] = [];
  const totals = new Totals();
  const reruns = { equal: 0, different: 0 };
  let rerunEvents = 0;
  for (let seed = from; seed <= to; seed += 1) {
    const drawn = drawOptions(seed, servers, Math.max(steps, minChartSteps));
    let result = runSeed(drawn, { trace: options.trace });
    totals.add(result);
    if (share > 0 && (seed - from + 1) % share === 0) {
      const again = runSeed(drawn);
      rerunEvents += again.events;
      reruns[again.hash === result.hash ? 'equal' : 'different'] += 1;
      if (again.hash !== result.hash) result = notTheSame(result, again);
    }
    if (result.violations.length > 0) violations.push(result);
    if (options.onSeed?.(result) === false) break;
  }
  const { seeds, events, unjudged, medians, faults, changes, snapshots } = totals;
  const seconds = (options.nowMs() - beganMs) / 1_000;
  const eventsPerSecond = seconds > 0 ? Math.round((events + rerunEvents) / seconds) : 0;
  const counts = { medians, faults, changes, snapshots };
  return { seeds, events, eventsPerSecond, violations, reruns, unjudged, ...counts };
}

/** D1: what a seed shows must not depend on anything but the seed. */
function notTheSame(result: SeedResult, { hash }: SeedResult): SeedResult {
  const message = `ran twice and was not the same run: ${result.hash}, then ${hash}`;
  const violation: Violation = { invariant: 'D1', kind: 'safety', server: null, message };
  return { ...result, violations: [...result.violations, violation] };
}
