/** Aligned columns without borders, for people: cli-table3 with our few settings. */
import Table from 'cli-table3';

const parts = ['top', 'bottom', 'left', 'right', 'mid'] as const;
const ends = ['-mid', '-left', '-right'] as const;

/** Lines of two spaces between columns, newline included. */
export function renderTable(headings: readonly string[], rows: readonly string[][]): string {
  const none = parts.flatMap((part) => [part, ...ends.map((end) => `${part}${end}`)]);
  const table = new Table({
    chars: { ...Object.fromEntries(none.map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push([...headings], ...rows);
  const lines = table.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
