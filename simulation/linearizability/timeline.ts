/**
 * A counter-example for people: a line per operation, by client, with a bar from call to answer.
 * Bars that overlap may have happened in either order; the scale is that of events, not of time.
 */
import type { CounterExample } from './counter-example.ts';
import { endOf, type HistoryOperation } from './history.ts';

/** Operations that are drawn: the last ones to begin. */
const maxRows = 30;
/** Characters from one event to the next. */
const columnWidth = 3;

/** Several lines, the last without a line feed. `describe` is the model's. */
export function drawCounterExample(
  { key, culprit, operations, total, allowed }: CounterExample,
  describe: (operation: HistoryOperation) => string,
): string {
  const rows = [...operations].sort((a, b) => a.invokedAtMs - b.invokedAtMs).slice(-maxRows);
  const isOneKey = rows.every((row) => row.key === key);
  const nameOf = (row: HistoryOperation): string =>
    isOneKey ? describe(row) : `${JSON.stringify(row.key)}: ${describe(row)}`;
  const scale = scaleOf(rows, culprit);
  const clientWidth = Math.max(...rows.map(({ client }) => client.length));
  const nameWidth = Math.max(...rows.map((row) => nameOf(row).length));
  rows.sort((a, b) => byClient(a, b) || a.invokedAtMs - b.invokedAtMs);
  const lines = rows.map((row) => {
    const bar = barOf(row, scale).padEnd(scale.length * columnWidth - 1);
    const line = row.line === undefined ? '' : ` line ${row.line}`;
    const mark = row === culprit ? ' ✗' : '';
    return `  ${row.client.padEnd(clientWidth)}  ${nameOf(row).padEnd(nameWidth)}  ${bar}${line}${mark}`.trimEnd();
  });
  const until = culprit.returnedAtMs ?? culprit.invokedAtMs;
  return [
    `Not linearizable: key ${JSON.stringify(key)}. ` +
      `${rows.length} of its ${total} operations are enough to show it.`,
    '',
    ...lines,
    '',
    `No order explains what ${culprit.client} was told at ${until} ms: ${describe(culprit)}.`,
    allowed.length === 0
      ? 'No other answer would have been possible either.'
      : `Possible would have been: ${allowed.join('; ')}.`,
  ].join('\n');
}

/** The times at which something drawn began or ended, ascending; nothing after the culprit. */
function scaleOf(rows: readonly HistoryOperation[], culprit: HistoryOperation): number[] {
  const untilMs = endOf(culprit);
  const times = rows.flatMap((row) => [row.invokedAtMs, endOf(row)]);
  return [...new Set(times)].filter((time) => time <= untilMs).sort((a, b) => a - b);
}

function barOf(row: HistoryOperation, scale: readonly number[]): string {
  const from = ' '.repeat(Math.max(0, scale.indexOf(row.invokedAtMs)) * columnWidth);
  if (row.outcome === 'failed') return `${from}×`;
  const begin = Math.max(0, scale.indexOf(row.invokedAtMs));
  const end = scale.indexOf(endOf(row));
  if (end < 0) return `${from}├${'─'.repeat((scale.length - 1 - begin) * columnWidth)}┄`;
  if (end === begin) return `${from}│`;
  return `${from}├${'─'.repeat((end - begin) * columnWidth - 1)}┤`;
}

function byClient(a: HistoryOperation, b: HistoryOperation): number {
  return a.client.localeCompare(b.client, 'en', { numeric: true });
}
