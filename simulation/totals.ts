/**
 * Many seeds in a few numbers: sums over all, and the medians that say whether a usual seed does
 * enough to prove anything.
 */
import type { SnapshotCounts } from './invariants/snapshots.ts';
import type { SeedResult } from './run.ts';

/** How often each fault was injected. */
export type FaultCounts = Readonly<Record<keyof SeedResult['faults'], number>>;

/** The middle over all seeds. */
export interface Medians {
  readonly chartSteps: number;
  readonly commits: number;
  /** Of all kinds together. */
  readonly faults: number;
}

/** Seeds that ran a second time, by whether the second run was the same. */
export interface Reruns {
  readonly equal: number;
  readonly different: number;
}

/** What of a result is added up. */
export type Added = Pick<
  SeedResult,
  | 'events'
  | 'chartSteps'
  | 'commits'
  | 'faults'
  | 'counts'
  | 'judged'
  | 'violations'
  | 'changes'
  | 'snapshots'
>;

/** Changes of members: asked for, said to be committed, configurations committed. */
export type ChangeCounts = SeedResult['changes'];

/** Takes one result after the other. */
export class Totals {
  /** Seeds in which enough happened. */
  seeds = 0;
  events = 0;
  /** Seeds that I36 did not judge: the clients' history allowed too many orders. */
  unjudged = 0;
  changes: ChangeCounts = { asked: 0, confirmed: 0, committed: 0 };
  snapshots: SnapshotCounts = { saved: 0, installed: 0, chunks: 0 };
  readonly #faults: Partial<Record<keyof SeedResult['faults'], number>> = {};
  readonly #chartSteps: number[] = [];
  readonly #commits: number[] = [];
  readonly #faultSums: number[] = [];

  /** Takes the result of one seed, once. */
  add(result: Added): void {
    const { events, chartSteps, commits, faults, counts, judged, violations, changes } = result;
    this.changes = {
      asked: this.changes.asked + changes.asked,
      confirmed: this.changes.confirmed + changes.confirmed,
      committed: this.changes.committed + changes.committed,
    };
    const { saved, installed, chunks } = result.snapshots;
    this.snapshots = {
      saved: this.snapshots.saved + saved,
      installed: this.snapshots.installed + installed,
      chunks: this.snapshots.chunks + chunks,
    };
    this.events += events;
    if (counts) this.seeds += 1;
    if (!judged && violations.length === 0) this.unjudged += 1;
    this.#chartSteps.push(chartSteps);
    this.#commits.push(commits);
    let sum = 0;
    for (const kind of Object.keys(faults) as (keyof FaultCounts)[]) {
      this.#faults[kind] = (this.#faults[kind] ?? 0) + faults[kind];
      sum += faults[kind];
    }
    this.#faultSums.push(sum);
  }

  /** Injected, by kind. */
  get faults(): FaultCounts {
    return { ...this.#faults } as FaultCounts;
  }

  /** Over what was added so far. */
  get medians(): Medians {
    return {
      chartSteps: median(this.#chartSteps),
      commits: median(this.#commits),
      faults: median(this.#faultSums),
    };
  }
}

/** The lower of the two in the middle of an even number; 0 of none. */
export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 2)] ?? 0;
}
