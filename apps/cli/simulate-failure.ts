/**
 * What `statecraft simulate` says of a broken promise: what was seen, what was drawn, the command that
 * replays it; then the same failure with as little in it as possible, as a ladder diagram and a trace.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  ladder,
  runSeed,
  shrink,
  type SeedResult,
  type Shrunk,
  type ShrinkProgress,
  type SimulationOptions,
  type TraceRecord,
} from '../../simulation/simulate.ts';
import { invalidArgument } from './failure.ts';
import type { Io } from './io.ts';

/** A person sees progress after so many runs. */
const progressEvery = 10;

/** Enough to understand a failed seed and to see it again. `replay`: the command that does. */
export function report(
  { seed, virtualMs, violations, options }: SeedResult,
  replay: string,
): string {
  return [
    ...violations.map(
      ({ invariant, kind, server, message }) =>
        `Violation: ${invariant} (${kind}) in seed ${seed} at ${virtualMs.toFixed(3)} ms` +
        `${server === null ? '' : ` on ${server}`}: ${message}`,
    ),
    ...operatorOf(options),
    `  Drawn: ${JSON.stringify(options)}`,
    `  Replay: ${replay}`,
    '',
  ].join('\n');
}

/** Who changes members, and within which bounds; nothing when nobody does. */
function operatorOf({ servers, membership }: SimulationOptions): string[] {
  if (membership === undefined) return [];
  const { spares, everyMs, leastVoters, mostVoters } = membership;
  return [
    `  Operator: ${servers} servers and ${spares} that may join, ${leastVoters} to ${mostVoters} voters, ` +
      `a change every ${Math.round(everyMs)} ms or so`,
  ];
}

/** Shrinks a failure in at most `maxRuns` runs, says what is left and writes it to `file`, if given. */
export function explain(failed: SeedResult, maxRuns: number, file: string | null, io: Io): void {
  const shrunk = shrink(failed, {
    maxRuns,
    onProgress: (progress) => {
      if (io.errIsTty && progress.runs % progressEvery === 0) io.err(`${progressLine(progress)}\r`);
    },
  });
  const records: TraceRecord[] = [];
  runSeed(shrunk.options, { observe: (record) => records.push(record) });
  io.err(`${summary(shrunk).join('\n')}\n`);
  io.err(`${ladder(records, columnsOf(shrunk.options)).join('\n')}\n`);
  if (file === null) return;
  try {
    writeTrace(file, shrunk.options, records, shrunk.result);
  } catch (error) {
    // The verdict must still be heard: a trace that cannot be written changes nothing about it.
    io.err(`  The trace was not written: ${String(error)}. Give --trace another file.\n`);
    return;
  }
  io.err(`  Trace: ${file}\n  Replay what is left: statecraft simulate --replay ${file} -v\n`);
}

function progressLine({ stage, runs, faults, operations }: ShrinkProgress): string {
  return `  Shrinking ${stage}: ${runs} runs; ${faults} faults, ${operations} operations left`;
}

function summary({ decisions, original, options, result, runs, gaveUp }: Shrunk): string[] {
  const { faults, operations } = decisions;
  const absent = options.schedule?.absent ?? [];
  return [
    `  Shrunk in ${runs} runs${gaveUp ? ', and then gave up' : ''}: ` +
      `${result.violations[0]?.invariant ?? ''} at ${result.virtualMs.toFixed(3)} ms with ` +
      `${faults.length} of ${original.faults.length} faults, ` +
      `${operations.length} of ${original.operations.length} client operations` +
      (absent.length === 0 ? '' : `, without ${absent.join(', ')}`),
    ...faults.map(
      ({ name, target, atMs, lastsMs }) =>
        `    ${name} of ${target} at ${atMs.toFixed(3)} ms for ${lastsMs.toFixed(3)} ms`,
    ),
    ...(operations.length > 0 ? [`    operations ${operations.join(' ')}`] : []),
  ];
}

function columnsOf({ servers, membership, schedule }: SimulationOptions): string[] {
  const all = Array.from({ length: servers + (membership?.spares ?? 0) }, (_, i) => `n${i + 1}`);
  return all.filter((id) => schedule?.absent.includes(id) !== true);
}

/** JSON lines: the options first, then every event, then what was broken. */
function writeTrace(
  file: string,
  options: SimulationOptions,
  records: readonly TraceRecord[],
  { violations }: SeedResult,
): void {
  const lines = [
    { type: 'options', options },
    ...records,
    ...violations.map((violation) => ({ type: 'violation', ...violation })),
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Throws ERR_INVALID_ARGUMENT when no trace could be written to `file`, which is left as it was. */
export function checkWritable(file: string): void {
  const isNew = !existsSync(file);
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw invalidArgument(`--trace "${file}" cannot be written (${code})`, 'Give another file');
  }
  if (isNew) rmSync(file);
}

/** The options of the run that a trace shows. Throws ERR_INVALID_ARGUMENT. */
export function readTrace(file: string): SimulationOptions {
  const how = 'Give a file that statecraft simulate --trace has written';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw invalidArgument(`--replay "${file}" cannot be read (${code})`, how);
  }
  try {
    const [first = ''] = text.split('\n', 1);
    const head = JSON.parse(first) as { type?: string; options?: SimulationOptions };
    if (head.type === 'options' && head.options !== undefined) return head.options;
  } catch {
    // Said below: whatever was read, it is no trace.
  }
  throw invalidArgument(`--replay "${file}" is not a trace of a run`, how);
}
