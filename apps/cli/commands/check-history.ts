/**
 * `statecraft check-history FILE`: is what clients were told linearizable? Needs no cluster.
 *
 * Exit codes: 0 linearizable, 20 not (with a counter-example), 8 not decided in time, 3 for a file
 * that is not a history, or holds none (docs/history-format.md).
 */
import { readFile, stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import {
  checkHistory,
  kvModel,
  parseHistory,
  type HistoryVerdict,
} from '../../../simulation/simulate.ts';
import { exitCodes } from '../exit-codes.ts';
import type { StatecraftError } from '../../../actors/errors.ts';
import { failure, invalidArgument } from '../failure.ts';
import { durationOf } from '../parse/duration.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

/** A larger file does not fit in memory as text. */
const maxFileBytes = 256 << 20;
const defaultTimeLimitMs = 60_000;
/** Keys that are named when they could not be decided. */
const maxNamed = 10;

/** What each verdict ends the process with. */
const exitCodeOf: Readonly<Record<HistoryVerdict['kind'], number>> = {
  linearizable: exitCodes.ok,
  violation: 20,
  unknown: exitCodes.outcomeUnknown,
};

interface CheckHistoryOptions {
  readonly timeLimit: number;
  readonly output: 'text' | 'json';
}

export function addCheckHistoryCommand(program: Command, shell: Shell): void {
  program
    .command('check-history <file>')
    .description('check that a recorded history is linearizable; exit code 20 when it is not')
    .addOption(
      new Option('--time-limit <duration>', 'when to give up, which exits with 8')
        .argParser(durationOf('--time-limit'))
        .default(defaultTimeLimitMs, '60s'),
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples('check-history history.jsonl', 'check-history history.jsonl -o json | jq .verdict'),
    )
    .action(async (file: string, options: CheckHistoryOptions) => {
      const text = await read(file);
      const operations = parseHistory(text, (one) => kvModel.refuse(one));
      if (operations.length === 0) throw isEmpty(file);
      const verdict = checkHistory(operations, kvModel, {
        timeLimitMs: options.timeLimit,
        nowMs: () => performance.now(),
      });
      shell.io.out(options.output === 'json' ? asJson(verdict) : asText(verdict));
      shell.exitCode = exitCodeOf[verdict.kind];
    });
}

/** Throws ERR_INVALID_ARGUMENT for what cannot be read. */
async function read(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= maxFileBytes) return await readFile(file, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw invalidArgument(`${file} cannot be read (${code})`, 'Give the path of a history');
  }
  throw invalidArgument(`${file} is larger than ${maxFileBytes} bytes`, 'Split it by key');
}

/** ERR_BAD_HISTORY: an empty recording is a recorder that failed, and proves nothing. */
function isEmpty(file: string): StatecraftError {
  const remedy = 'Record at least one, as docs/history-format.md shows';
  return failure('ERR_BAD_HISTORY', `${file} holds no operation`, remedy);
}

function asJson(verdict: HistoryVerdict): string {
  const { kind, ...rest } = verdict;
  return `${JSON.stringify({ verdict: kind, ...rest })}\n`;
}

function asText(verdict: HistoryVerdict): string {
  if (verdict.kind === 'violation') return `${verdict.text}\n`;
  const of = `${verdict.operations} operations on ${verdict.keys} keys`;
  if (verdict.kind === 'linearizable') return `Linearizable: ${of}.\n`;
  const { undecided } = verdict;
  const named = undecided.slice(0, maxNamed).map((key) => JSON.stringify(key));
  const more = undecided.length > maxNamed ? ', …' : '';
  return (
    `Not decided in time: ${undecided.length} keys (${named.join(', ')}${more}) of ${of}. ` +
    'The others are linearizable. Try a longer --time-limit.\n'
  );
}
