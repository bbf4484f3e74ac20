/**
 * Histories as JSON lines: docs/history-format.md, both ways.
 *
 * A file is read strictly: a line that is not what the page says is refused with its number, since a
 * history that is guessed at proves nothing.
 */
import { StatecraftError } from '../../actors/errors.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { HistoryOperation } from './history.ts';

/** The first line of a file that says what it is; it may be left out. */
const header = { format: 'statecraft-history', version: 1 } as const;

type Fields = Readonly<Record<string, Json | undefined>>;

const isString = (value: Json): boolean => typeof value === 'string';
const isTime = (value: Json): boolean => typeof value === 'number';
const isRevision = (value: Json): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** Every field: whether a line needs it, what it is, and how that is called. */
const fields: Readonly<Record<string, readonly [isNeeded: boolean, (v: Json) => boolean, string]>> =
  {
    client: [true, isString, 'a string'],
    op: [true, isString, 'a string'],
    key: [true, isString, 'a string'],
    invokedAtMs: [true, isTime, 'a number of milliseconds'],
    returnedAtMs: [false, (v) => v === null || isTime(v), 'a number of milliseconds'],
    outcome: [
      true,
      (v) => v === 'ok' || v === 'failed' || v === 'unknown',
      '"ok", "failed" or "unknown"',
    ],
    value: [false, () => true, 'any JSON value'],
    found: [false, (v) => typeof v === 'boolean', 'true or false'],
    revision: [false, isRevision, 'an integer ≥ 0'],
    expected: [false, (v) => v === null || isRevision(v), 'an integer ≥ 0, or null'],
    previous: [false, (v) => v === null || isRevision(v), 'an integer ≥ 0, or null'],
  };

/**
 * Reads a file. `refuse` is the model's. Throws ERR_BAD_HISTORY with the number of the first line
 * that is wrong.
 */
export function parseHistory(
  text: string,
  refuse: (operation: HistoryOperation) => string | null,
): HistoryOperation[] {
  const operations: HistoryOperation[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const parsed = parseLine(line, i + 1);
    if (i === 0 && parsed['format'] !== undefined) {
      checkHeader(parsed);
      return;
    }
    const operation = operationOf(parsed, i + 1);
    const reason = refuse(operation);
    if (reason !== null) throw bad(i + 1, reason);
    operations.push(operation);
  });
  return operations;
}

/** A file of `operations`, header first. */
export function formatHistory(operations: readonly HistoryOperation[]): string {
  const lines = operations.map(({ line: _line, ...operation }) => JSON.stringify(operation));
  return `${[JSON.stringify(header), ...lines].join('\n')}\n`;
}

function parseLine(line: string, number: number): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw bad(number, 'it is not JSON');
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Fields;
  }
  throw bad(number, 'it is not a JSON object');
}

function checkHeader({ format, version }: Fields): void {
  if (format === header.format && version === header.version) return;
  throw bad(1, `the header is not ${JSON.stringify(header)}`);
}

function operationOf(parsed: Fields, line: number): HistoryOperation {
  for (const name of Object.keys(parsed)) {
    if (!Object.hasOwn(fields, name)) throw bad(line, `there is no field ${JSON.stringify(name)}`);
  }
  for (const [name, [isNeeded, fits, what]] of Object.entries(fields)) {
    const value = parsed[name];
    if (value === undefined ? isNeeded : !fits(value)) throw bad(line, `"${name}" must be ${what}`);
  }
  const { returnedAtMs, ...rest } = parsed as unknown as Omit<HistoryOperation, 'returnedAtMs'> & {
    readonly returnedAtMs?: number | null;
  };
  const hasReturned = returnedAtMs !== undefined && returnedAtMs !== null;
  if (rest.outcome === 'ok' && !hasReturned) throw bad(line, 'what is ok has a "returnedAtMs"');
  if (hasReturned && returnedAtMs < rest.invokedAtMs) {
    throw bad(line, '"returnedAtMs" is before "invokedAtMs"');
  }
  return { ...rest, ...(hasReturned ? { returnedAtMs } : {}), line };
}

function bad(line: number, reason: string): StatecraftError {
  const remedy = 'See docs/history-format.md.';
  return new StatecraftError('ERR_BAD_HISTORY', `Line ${line}: ${reason}. ${remedy}`);
}
