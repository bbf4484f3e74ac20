/**
 * `npm run proof -- --minutes N`: spends N minutes on proof and writes down what came of it: a row in
 * docs/proof.jsonl, and from all rows the page docs/proof.md.
 *
 * An interrupt ends the budget, and what ran until then is written down. `--page` writes the page
 * alone. Exit codes: 0; 1 when a promise was broken, a mutant survived or a seed was not the same run
 * twice.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { bundle, bundleFolder, root } from '../mutants/bundle.ts';
import { appendRow, readLedger, type Row } from './ledger.ts';
import { page } from './page.ts';
import { hashSources } from './sources.ts';
import { spendOnMutants, spendOnSeeds, type Budget } from './spend.ts';

/** Of the time, mutants may take this share, as long as some have not been shown these sources. */
const mutantShare = 0.75;
const reportEveryMs = 5_000;
const ledgerPath = join(root, 'docs/proof.jsonl');
const pagePath = join(root, 'docs/proof.md');

const options = new Command('proof')
  .description('spend minutes on simulated seeds and planted bugs, and add to docs/proof.md')
  .option('--minutes <count>', 'minutes to spend', '5')
  .option('-j, --jobs <count>', 'processes at a time', '2')
  .option('--page', 'write docs/proof.md from docs/proof.jsonl, and run nothing')
  .parse()
  .opts<{ readonly minutes: string; readonly jobs: string; readonly page?: true }>();

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const sayBroken = ({ seed, servers, invariant, message }: Row['violations'][number]): void => {
  say(`broken: ${invariant} in seed ${seed} at ${servers} servers: ${message}`);
};
const nowMs = (): number => performance.now();

let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
});

async function run(earlier: readonly Row[]): Promise<Row> {
  const beganMs = nowMs();
  const folder = bundleFolder();
  const { path, sources } = await bundle(folder, 'proof', []);
  const hash = hashSources(sources);
  const budgetMs = Number(options.minutes) * 60_000;
  const budget = (share: number): Budget => ({
    jobs: Math.max(1, Number(options.jobs)),
    isOver: () => interrupted || nowMs() >= beganMs + budgetMs * share,
  });
  const known = earlier.filter((row) => row.sources === hash).flatMap(({ mutants }) => mutants);
  say(`sources ${hash}, ${sources.length} files; ${known.length} mutants known`);

  const names = new Set(known.map(({ name }) => name));
  const mutants = await spendOnMutants(budget(mutantShare), folder, names, (verdict) => {
    const by = verdict.killedBy === null ? 'survived' : `killed by ${verdict.killedBy}`;
    say(`  ${verdict.name} ${by}, seeds ${verdict.seeds}`);
  });
  const from = Math.max(0, ...earlier.map(({ to }) => to)) + 1;
  let reportedMs = beganMs;
  let told = 0;
  const { sums, medians, to } = await spendOnSeeds(
    budget(1),
    path,
    { from, through: Infinity },
    ({ seeds, events, violations }) => {
      // At once: who watches need not spend the rest of the budget on sources that are to change.
      for (const violation of violations.slice(told)) sayBroken(violation);
      told = violations.length;
      if (nowMs() - reportedMs < reportEveryMs) return;
      reportedMs = nowMs();
      const spent = Math.round((100 * (reportedMs - beganMs)) / budgetMs);
      say(`  ${spent} %: ${seeds} seeds, ${events} events, ${violations.length} violations`);
    },
  );
  const seconds = Math.round((nowMs() - beganMs) / 1_000);
  const row = { at: new Date().toISOString(), sources: hash, from, to, ...sums };
  return { ...row, seconds, medians, mutants };
}

const earlier = readLedger(ledgerPath);
if (options.page !== true) {
  const row = await run(earlier);
  appendRow(ledgerPath, row);
  const survived = row.mutants.some(({ killedBy }) => killedBy === null);
  if (survived || row.violations.length > 0 || row.reruns.different > 0) process.exitCode = 1;
}
writeFileSync(pagePath, await page(readLedger(ledgerPath)));
