/**
 * What runs in a process of its own, bundled with the simulator, whole or with a bug planted in it:
 * simulates the seeds of its job (the first argument, as JSON), prints one line of JSON for each.
 */
import { simulate, type SeedResult } from '../../simulation/simulate.ts';
import type { Job, SeedLine } from './job.ts';
import { serversOf } from './sizes.ts';

function runOne(seed: number): SeedResult {
  const results: SeedResult[] = [];
  simulate({
    from: seed,
    to: seed,
    servers: serversOf(seed),
    nowMs: () => 0,
    onSeed: (result) => results.push(result) > 0,
  });
  const [result] = results;
  if (result === undefined) throw new Error(`ERR_SIMULATION: seed ${seed} gave no result.`);
  return result;
}

function lineOf(result: SeedResult, rerun: SeedLine['rerun']): SeedLine {
  const { options, ...rest } = result;
  return { ...rest, servers: options.servers, rerun };
}

// Whoever gave the job hears the interrupt as well, and ends this process when it is time.
process.on('SIGINT', () => undefined);

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
for (const seed of job.seeds) {
  const result = runOne(seed);
  const again = job.rerunEvery > 0 && seed % job.rerunEvery === 0 ? runOne(seed) : null;
  const rerun = again === null ? 'none' : again.hash === result.hash ? 'equal' : 'different';
  process.stdout.write(`${JSON.stringify(lineOf(result, rerun))}\n`);
}
