/**
 * Spends a budget of time: first on mutants that these sources have not been shown yet, then on seeds
 * that nobody has run, a share of them twice.
 */
import { mutants } from '../mutants/catalogue/index.ts';
import { hunt } from '../mutants/hunt.ts';
import { runJob } from '../mutants/job.ts';
import { serversOf } from '../mutants/sizes.ts';
import { inTurns } from '../mutants/turns.ts';
import { Totals, type Medians } from '../../simulation/simulate.ts';
import { add, nothing, sumsOf, type MutantVerdict, type Sums } from './ledger.ts';

/** Seeds of one worker process: few enough to end near the deadline, enough to pay for its start. */
const chunkSeeds = 100;
/** One seed of so many runs twice, and must be the same run. */
const rerunEvery = 20;
/** A mutant that so many seeds do not find has survived. */
const maxHuntSeeds = 300;
const firstHuntSeed = 1;

export interface Budget {
  /** Processes at a time. */
  readonly jobs: number;
  /** Asked after each seed. */
  readonly isOver: () => boolean;
}

/** Hunts mutants until the deadline; what it interrupts is not in the result. */
export async function spendOnMutants(
  budget: Budget,
  folder: string,
  known: ReadonlySet<string>,
  report: (verdict: MutantVerdict) => void,
): Promise<MutantVerdict[]> {
  const { jobs, isOver } = budget;
  const fresh = mutants.filter(({ name }) => !known.has(name));
  const verdicts = await inTurns(fresh, jobs, async (mutant) => {
    if (isOver()) return null;
    const options = { folder, from: firstHuntSeed, maxSeeds: maxHuntSeeds, isOver };
    const { name, killedBy, seeds } = await hunt(mutant, options);
    if (killedBy === null && seeds < maxHuntSeeds) return null;
    report({ name, killedBy, seeds });
    return { name, killedBy, seeds };
  });
  return verdicts.filter((verdict) => verdict !== null);
}

/** Which seeds: from `from` on, and at most through `through`. */
export interface SeedRange {
  readonly from: number;
  readonly through: number;
}

/** What came of seeds. */
export interface SeedsSpent {
  readonly sums: Sums;
  /** Null when no seed ended. */
  readonly medians: Medians | null;
  /** The last seed that was begun. */
  readonly to: number;
}

/** Runs seeds until the deadline, or until there are no more. */
export async function spendOnSeeds(
  budget: Budget,
  bundle: string,
  { from, through }: SeedRange,
  report: (sums: Sums) => void,
): Promise<SeedsSpent> {
  let sums = nothing;
  const totals = new Totals();
  let next = from;
  const worker = async (): Promise<void> => {
    while (!budget.isOver() && next <= through) {
      const first = next;
      next = Math.min(next + chunkSeeds, through + 1);
      const seeds = Array.from({ length: next - first }, (_, i) => first + i);
      const { broke, done, message } = await runJob(bundle, { seeds, rerunEvery }, (line) => {
        sums = add(sums, sumsOf(line));
        totals.add(line);
        report(sums);
        return !budget.isOver();
      });
      if (!broke) continue;
      sums = add(sums, endedAt(first + done, message));
      report(sums);
    }
  };
  await Promise.all(Array.from({ length: budget.jobs }, worker));
  return { sums, medians: sums.seeds > 0 ? totals.medians : null, to: next - 1 };
}

/** A process that a seed ended took the rest of its chunk along; the seed is broken, the rest not run. */
function endedAt(seed: number, message: string): Sums {
  const servers = serversOf(seed);
  const violation = { seed, servers, invariant: 'I44', message: `its process ended: ${message}` };
  return { ...nothing, violations: [violation] };
}
