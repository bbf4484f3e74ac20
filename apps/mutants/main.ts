/**
 * `npm run mutants`: plants every bug of the catalogue, one at a time, and lets the simulator find it.
 *
 * A find counts only if the same seed is clean without the bug, and only if the canary, which cannot be
 * missed, was found too. Exit codes: 0 all found; 1 survivors, a lost canary or an unclean control;
 * 2 a mutant that no longer fits the sources.
 */
import { Command } from 'commander';
import { canary, mutants } from './catalogue/index.ts';
import { bundle, bundleFolder } from './bundle.ts';
import { hunt, type Catch } from './hunt.ts';
import { runJob } from './job.ts';
import type { Mutant } from './mutant.ts';
import { headline, row } from './table.ts';
import { inTurns } from './turns.ts';

const exitCodes = { survived: 1, lost: 2 } as const;

interface Options {
  readonly output: 'text' | 'json';
  readonly grep?: string;
  readonly seeds: string;
  readonly from: string;
  readonly jobs: string;
}

const { output, grep, ...numbers } = new Command('mutants')
  .description('plant historical bugs and count the seeds until an invariant finds each')
  .option('-o, --output <format>', 'text or json', 'text')
  .option('-g, --grep <pattern>', 'only those whose name or title matches')
  .option('--seeds <count>', 'seeds to try for each at most', '300')
  .option('--from <seed>', 'first seed', '1')
  .option('-j, --jobs <count>', 'processes at a time', '2')
  .parse()
  .opts<Options>();
const maxSeeds = Number(numbers.seeds);
const from = Number(numbers.from);

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const pattern = new RegExp(grep ?? '', 'i');
const chosen = mutants.filter(({ name, title }) => pattern.test(`${name} ${title}`));
const folder = bundleFolder();

async function huntOne(mutant: Mutant): Promise<Catch> {
  const caught = await hunt(mutant, { folder, from, maxSeeds });
  say(output === 'json' ? JSON.stringify(caught) : row(mutant, caught));
  return caught;
}

/** Seeds that convict without the bug as well, so that what they found proves nothing. */
async function uncleanSeeds(seeds: readonly number[]): Promise<number[]> {
  const unclean: number[] = [];
  const ascending = [...new Set(seeds)].filter((seed) => seed >= 0).sort((a, b) => a - b);
  const { path } = await bundle(folder, 'control', []);
  const { broke, done } = await runJob(path, { seeds: ascending, rerunEvery: 0 }, (line) => {
    if (line.violations.length > 0) unclean.push(line.seed);
    return true;
  });
  return broke ? [...unclean, ascending[done] ?? -1] : unclean;
}

try {
  if (output === 'text') say(headline);
  const jobs = Math.max(1, Number(numbers.jobs));
  const [signal, ...catches] = await inTurns([canary, ...chosen], jobs, huntOne);
  const unclean = await uncleanSeeds(catches.map(({ seed }) => seed));
  const survivors = catches.filter(
    ({ killedBy, seed }) => killedBy === null || unclean.includes(seed),
  );
  const names = survivors.map(({ name }) => name);
  if (signal?.killedBy == null) names.unshift(canary.name);
  if (unclean.length > 0)
    process.stderr.write(`unclean without a bug: seeds ${unclean.join(', ')}\n`);
  const killed = catches.length - survivors.length;
  say(JSON.stringify({ mutants: catches.length, killed, survivors: names }));
  process.exitCode = names.length > 0 ? exitCodes.survived : 0;
} catch (error) {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = exitCodes.lost;
}
