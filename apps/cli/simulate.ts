/**
 * `statecraft simulate`: clusters of real servers in virtual time, under faults drawn from a seed.
 *
 * Exit codes: 0 when every promise held, 20 when a safety invariant was broken, 21 when a healed
 * cluster made no progress, 22 when a server crashed by itself. What is said of a failure is
 * simulate-failure.ts.
 */
import { Option, type Command } from 'commander';
import {
  maxServers,
  maxShrinkRuns,
  runSeed,
  simulate,
  type SeedResult,
  type SimulateResult,
  type Violation,
} from '../../simulation/simulate.ts';
import { failure, invalidArgument } from './failure.ts';
import { countOf } from './parse/count.ts';
import { checkWritable, explain, readTrace, report } from './simulate-failure.ts';
import { examples, outputOption, type Shell } from './shell.ts';

/** What a violation of each kind ends the process with. */
export const simulateExitCodes: Readonly<Record<Violation['kind'], number>> = {
  safety: 20,
  liveness: 21,
  crash: 22,
};

/** A person sees progress after so many seeds. */
const progressEvery = 10;

interface SimulateCommandOptions {
  readonly seeds: readonly [from: number, to: number];
  readonly servers: number;
  readonly steps: number;
  readonly output: 'text' | 'json';
  readonly verbose?: true;
  /** Runs that shrinking may take; 0: none. */
  readonly shrink: number;
  readonly trace?: string;
  readonly replay?: string;
}

/** Most runs that shrinking may take. */
const mostShrinkRuns = 100_000;

export function addSimulateCommand(program: Command, shell: Shell): void {
  program
    .command('simulate')
    .description('run seeded clusters in virtual time under faults; every event is checked')
    .addOption(
      new Option('--seeds <range>', 'seeds A..B, or one seed')
        .argParser(parseSeeds)
        .default([1, 100] as const, '1..100'),
    )
    .option('--servers <count>', 'servers per cluster', countOf('--servers', 1, maxServers), 3)
    .option('--steps <count>', 'chart steps per seed', countOf('--steps', 2_000, 1_000_000), 2_000)
    .addOption(outputOption())
    .option('-v, --verbose', 'print every event')
    .option(
      '--shrink <runs>',
      'runs that shrinking the first failure may take; 0: do not shrink it',
      countOf('--shrink', 0, mostShrinkRuns),
      maxShrinkRuns,
    )
    .option('--trace <file>', 'write the shrunk failure there, as JSON lines')
    .option('--replay <file>', 'run what a trace shows, instead of seeds')
    .addHelpText(
      'after',
      examples(
        'simulate --seeds 1..100 --servers 3',
        'simulate --seeds 42 --servers 5 -v',
        'simulate --seeds 1..500 --trace failure.jsonl',
        'simulate --replay failure.jsonl -v',
      ),
    )
    .action((options: SimulateCommandOptions) => {
      checkTrace(options);
      const failed =
        options.replay === undefined
          ? runSeeds(options, shell)
          : replay(options, options.replay, shell);
      const worst = failed.flatMap(({ violations }) => violations.map(exitCodeOf));
      if (worst.length > 0) shell.exitCode = Math.min(...worst);
    });
}

/** A trace that is asked for and cannot come is told before hours of seeds. */
function checkTrace({ trace, shrink, replay }: SimulateCommandOptions): void {
  if (trace === undefined) return;
  if (shrink === 0 || replay !== undefined) {
    const remedy = 'It is the shrunk failure of a sweep of seeds that is written';
    throw failure('ERR_USAGE', '--trace goes without --replay and --shrink 0', remedy);
  }
  checkWritable(trace);
}

/** The seeds that failed. */
function runSeeds(options: SimulateCommandOptions, shell: Shell): readonly SeedResult[] {
  const result = run(options, shell);
  const [first] = result.violations;
  // A seed that is not the same run twice is no schedule that could be shrunk.
  const canShrink = first !== undefined && first.violations[0]?.invariant !== 'D1';
  if (canShrink && options.shrink > 0) {
    explain(first, options.shrink, options.trace ?? null, shell.io);
  }
  print(options, result, shell);
  return result.violations;
}

/** Runs what a trace shows; the run, if it failed again. */
function replay(options: SimulateCommandOptions, file: string, { io }: Shell): SeedResult[] {
  const result = runSeed(readTrace(file), tracing(options, io));
  const json = options.output === 'json';
  io.out(`${json ? JSON.stringify(brief(result)) : line(result)}\n`);
  if (result.violations.length === 0) return [];
  io.err(report(result, `statecraft simulate --replay ${file} -v`));
  return [result];
}

function tracing({ verbose, output }: SimulateCommandOptions, io: Shell['io']) {
  const isOn = verbose === true && output === 'text';
  return isOn ? { trace: (text: string) => io.out(`${text}\n`) } : {};
}

function replayCommand({ seed }: SeedResult, { steps, servers }: SimulateCommandOptions): string {
  const more = steps === 2_000 ? '' : ` --steps ${steps}`;
  return `statecraft simulate --seeds ${seed}..${seed} --servers ${servers}${more} -v`;
}

function run(options: SimulateCommandOptions, { io }: Shell): SimulateResult {
  const [from, to] = options.seeds;
  const json = options.output === 'json';
  let done = 0;
  return simulate({
    from,
    to,
    servers: options.servers,
    steps: options.steps,
    nowMs: () => performance.now(),
    onSeed: (result) => {
      done += 1;
      if (options.verbose) io.out(`${json ? JSON.stringify(brief(result)) : line(result)}\n`);
      if (result.violations.length > 0) io.err(report(result, replayCommand(result, options)));
      else if (!json && io.errIsTty && done % progressEvery === 0) {
        io.err(`${done} of ${to - from + 1} seeds\r`);
      }
      return true;
    },
    ...tracing(options, io),
  });
}

function print(options: SimulateCommandOptions, result: SimulateResult, { io }: Shell): void {
  const { seeds, events, eventsPerSecond, reruns, unjudged, medians, faults, changes, snapshots } =
    result;
  const violations = result.violations.length;
  if (options.output === 'json') {
    const totals = { seeds, events, eventsPerSecond, violations };
    io.out(
      `${JSON.stringify({ ...totals, reruns, unjudged, medians, faults, changes, snapshots })}\n`,
    );
    return;
  }
  const [from, to] = options.seeds;
  const thin = to - from + 1 - seeds;
  const { equal, different } = reruns;
  io.out(
    `Per seed, in the median: ${medians.chartSteps} chart steps, ${medians.commits} commits, ` +
      `${medians.faults} faults.\n` +
      `Faults: ${listOf(faults)}.\n` +
      `Changes of members: ${changesOf(changes)}.\n` +
      `Snapshots: ${snapshotsOf(snapshots)}.\n` +
      (equal + different === 0
        ? ''
        : `Run twice: ${equal + different}, ${different} of them not the same run.\n`),
  );
  if (unjudged > 0) {
    io.out(`${unjudged} histories allow so many orders that I36 did not judge them.\n`);
  }
  if (thin > 0) io.out(`${thin} seeds do not count: too little happened in them.\n`);
  io.out(
    `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${events} events, ${eventsPerSecond} events/s, ${violations} violations\n`,
  );
}

function listOf(faults: SeedResult['faults']): string {
  const injected = Object.entries(faults).filter(([, count]) => count > 0);
  return injected.map(([kind, count]) => `${kind} ${count}`).join(', ');
}

function snapshotsOf({ saved, installed, chunks }: SeedResult['snapshots']): string {
  return `${saved} saved, ${installed} installed, ${chunks} chunks sent`;
}

function changesOf({ asked, confirmed, committed }: SeedResult['changes']): string {
  return `${asked} asked for, ${confirmed} confirmed; ${committed} configurations committed`;
}

function line({ seed, hash, events, commits, virtualMs, faults, judged }: SeedResult): string {
  return (
    `seed ${seed}: hash ${hash}, ${events} events, ${commits} commits, ` +
    `${Math.round(virtualMs)} ms of virtual time${judged ? '' : ', not judged by I36'}; ` +
    `faults: ${listOf(faults)}`
  );
}

function brief(result: SeedResult) {
  const { seed, hash, events, chartSteps, commits, faults, changes, judged, violations } = result;
  return { seed, hash, events, chartSteps, commits, faults, changes, judged, violations };
}

function exitCodeOf({ kind }: Violation): number {
  return simulateExitCodes[kind];
}

/** `A..B` or `A`. Throws ERR_INVALID_ARGUMENT. */
function parseSeeds(text: string): [number, number] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text);
  const from = Number(match?.[1] ?? NaN);
  const to = Number(match?.[2] ?? match?.[1] ?? NaN);
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to) return [from, to];
  throw invalidArgument(
    `--seeds "${text}" is not a range of whole numbers`,
    'Write A..B with A not above B, for example 1..100, or one seed',
  );
}
