/**
 * docs/proof.jsonl: one row for each real run of `npm run proof`, appended and never edited.
 *
 * Numbers of rows with equal `sources` may be added up; the page (page.ts) does, and nothing else
 * writes here but a run that has just ended.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Medians } from '../../simulation/simulate.ts';
import type { SeedLine } from '../mutants/job.ts';

export type Counts = Readonly<Record<string, number>>;

export interface FoundViolation {
  readonly seed: number;
  readonly servers: number;
  readonly invariant: string;
  readonly message: string;
}

export interface MutantVerdict {
  readonly name: string;
  /** Id of the invariant; null: it survived all its seeds. */
  readonly killedBy: string | null;
  readonly seeds: number;
}

/** A run in one row. */
export interface Row {
  /** When the run ended, UTC. */
  readonly at: string;
  /** Hash of the sources that ran (sources.ts). */
  readonly sources: string;
  readonly seconds: number;
  /** First and last seed. */
  readonly from: number;
  readonly to: number;
  readonly seeds: number;
  /** Of those, the seeds in which enough happened. */
  readonly counted: number;
  /** Seeds by number of servers. */
  readonly sizes: Counts;
  readonly events: number;
  readonly commits: number;
  readonly virtualMs: number;
  readonly faults: Counts;
  /** Client operations by outcome, each of them checked when it was answered. */
  readonly operations: Counts;
  /** Of these, the operations of histories for which an order was looked for, and found (I36). */
  readonly judged: number;
  /** Seeds that ran twice. */
  readonly reruns: { readonly equal: number; readonly different: number };
  readonly violations: readonly FoundViolation[];
  /** Per seed; null in rows of runs that did not count them, or ran no seed. */
  readonly medians: Medians | null;
  readonly mutants: readonly MutantVerdict[];
}

/** The sums of a run, or of many. */
export type Sums = Omit<Row, 'at' | 'sources' | 'from' | 'to' | 'medians' | 'mutants'>;

export const nothing: Sums = {
  seconds: 0,
  seeds: 0,
  counted: 0,
  sizes: {},
  events: 0,
  commits: 0,
  virtualMs: 0,
  faults: {},
  operations: {},
  judged: 0,
  reruns: { equal: 0, different: 0 },
  violations: [],
};

export function add(a: Sums, b: Sums): Sums {
  return {
    seconds: a.seconds + b.seconds,
    seeds: a.seeds + b.seeds,
    counted: a.counted + b.counted,
    sizes: addCounts(a.sizes, b.sizes),
    events: a.events + b.events,
    commits: a.commits + b.commits,
    virtualMs: a.virtualMs + b.virtualMs,
    faults: addCounts(a.faults, b.faults),
    operations: addCounts(a.operations, b.operations),
    judged: a.judged + b.judged,
    reruns: {
      equal: a.reruns.equal + b.reruns.equal,
      different: a.reruns.different + b.reruns.different,
    },
    violations: [...a.violations, ...b.violations],
  };
}

function addCounts(a: Counts, b: Counts): Counts {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** One seed, as sums. */
export function sumsOf(line: SeedLine): Sums {
  const { seed, servers, events, commits, virtualMs, faults, operations, rerun } = line;
  const asked = Object.values(operations).reduce((sum, count) => sum + count, 0);
  return {
    seconds: 0,
    seeds: 1,
    counted: line.counts ? 1 : 0,
    sizes: { [servers]: 1 },
    events,
    commits,
    virtualMs: Math.round(virtualMs),
    faults,
    operations,
    judged: line.judged ? asked : 0,
    reruns: { equal: rerun === 'equal' ? 1 : 0, different: rerun === 'different' ? 1 : 0 },
    violations: line.violations
      .slice(0, 1)
      .map(({ invariant, message }) => ({ seed, servers, invariant, message })),
  };
}

/** What rows lack that are older than these numbers. */
const unknown: Pick<Row, 'judged' | 'medians'> = { judged: 0, medians: null };

export function readLedger(path: string): Row[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => ({ ...unknown, ...(JSON.parse(line) as Row) }));
}

export function appendRow(path: string, row: Row): void {
  appendFileSync(path, `${JSON.stringify(row)}\n`);
}
