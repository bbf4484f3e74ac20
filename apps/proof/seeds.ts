/**
 * What `.ci/run` runs beside the tests: so many seeds on clusters of 1 to 7 servers, on all cores, each
 * event checked. They are the same seeds in every run, and others than those of `npm test`.
 *
 * Prints medians and faults; the last line is `1 passed, 0 failed` or `0 passed, 1 failed`, since all
 * seeds together are one test there. Exit codes: 0; 1 when a promise was broken, a seed was not the
 * same run twice, or too many seeds were thin.
 */
import { availableParallelism } from 'node:os';
import { bundle, bundleFolder } from '../mutants/bundle.ts';
import { spendOnSeeds } from './spend.ts';

/** Far from the seeds of the tests, and from the first ones, on which mutants are hunted. */
const from = 100_001;
const seedCount = Number(process.argv[2] ?? 500);
/** Of seeds, so many may have too little happen in them to count. */
const thinShare = 0.02;
const reportEvery = 100;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const { path } = await bundle(bundleFolder(), 'seeds', []);
const beganMs = performance.now();
const { sums, medians } = await spendOnSeeds(
  { jobs: availableParallelism(), isOver: () => false },
  path,
  { from, through: from + seedCount - 1 },
  ({ seeds }) => seeds % reportEvery === 0 && say(`  ${seeds} of ${seedCount} seeds`),
);
const seconds = (performance.now() - beganMs) / 1_000;

const { seeds, counted, events, judged, faults, reruns, violations } = sums;
const injected = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
say(
  `${seeds} seeds, ${counted} in which enough happened, ${events} events, ` +
    `${Math.round(events / seconds)} events/s, ${judged} operations in orders that exist`,
);
say(
  `per seed, in the median: ${medians?.chartSteps} chart steps, ${medians?.commits} commits, ` +
    `${medians?.faults} faults`,
);
say(`faults: ${injected.join(', ')}`);
say(`run twice: ${reruns.equal + reruns.different}, ${reruns.different} not the same run`);
for (const { seed, servers, invariant, message } of violations) {
  say(`broken: ${invariant}: ${message}`);
  say(`  statecraft simulate --seeds ${seed} --servers ${servers} -v`);
}
const isWhole = seeds === seedCount && counted >= seedCount * (1 - thinShare);
const isSound = violations.length === 0 && reruns.different === 0 && isWhole;
say(isSound ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = isSound ? 0 : 1;
