/**
 * Spends a budget of time: first on mutants that these sources have not been shown yet, then on seeds
 * that nobody has run, a share of them twice.
 */
import { mutants } from '../mutants/catalogue/index.ts';
import { hunt } from '../mutants/hunt.ts';
import { runJob } from '../mutants/job.ts';
import { serversOf } from '../mutants/sizes.ts';
import { inTurns } from '../mutants/turns.ts';
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

/** Runs seeds from `from` on until the deadline; `to` is the last seed that was begun. */
export async function spendOnSeeds(
  budget: Budget,
  bundle: string,
  from: number,
  report: (sums: Sums) => void,
): Promise<{ readonly sums: Sums; readonly to: number }> {
  let sums = nothing;
  let next = from;
  const worker = async (): Promise<void> => {
    while (!budget.isOver()) {
      const first = next;
      next += chunkSeeds;
      const seeds = Array.from({ length: chunkSeeds }, (_, i) => first + i);
      const { broke, done, message } = await runJob(bundle, { seeds, rerunEvery }, (line) => {
        sums = add(sums, sumsOf(line));
        report(sums);
        return !budget.isOver();
      });
      if (broke) sums = add(sums, endedAt(first + done, message));
    }
  };
  await Promise.all(Array.from({ length: budget.jobs }, worker));
  return { sums, to: next - 1 };
}

/** A process that a seed ended took the rest of its chunk along; the seed is broken, the rest not run. */
function endedAt(seed: number, message: string): Sums {
  const servers = serversOf(seed);
  const violation = { seed, servers, invariant: 'I44', message: `its process ended: ${message}` };
  return { ...nothing, violations: [violation] };
}
