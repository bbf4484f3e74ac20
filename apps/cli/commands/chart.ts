/**
 * `statecraft chart FILE`: draws the XState machines of a file of the user's, as the project's own are
 * drawn: SVG, Mermaid, and JSON that Stately's editor imports.
 *
 * The file is imported, so it runs; TypeScript needs a Node that understands it (22.18, or tsx).
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { drawMachine } from '../../chart/draw.ts';
import { machinesOfFile, type Machine } from '../../chart/machines.ts';
import { failure, invalidArgument } from '../failure.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

interface ChartOptions {
  readonly out: string;
  readonly output: 'text' | 'json';
}

const withTsx = 'NODE_OPTIONS="--import tsx" npx statecraft chart';
const typeScript = `\nTypeScript, on a Node that does not run it by itself (before 22.18), with tsx installed:\n  $ ${withTsx} ./door.machine.ts\n`;

export function addChartCommand(program: Command, shell: Shell): void {
  program
    .command('chart <file>')
    .description('draw the XState machines that a file exports: SVG, Mermaid, JSON for Stately')
    .option('--out <dir>', 'where the pictures go; made if absent', '.')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples('chart ./door.machine.js', 'chart ./door.js --out docs/charts') + typeScript,
    )
    .action((file: string, options: ChartOptions) => chart(file, options, shell));
}

async function chart(file: string, { out, output }: ChartOptions, { io }: Shell): Promise<void> {
  const machines = await machinesIn(file);
  const written: string[] = [];
  for (const [name, machine] of machines) {
    for (const [picture, content] of await drawMachine(name, machine)) {
      const path = join(out, picture);
      save(path, content);
      written.push(path);
    }
  }
  io.out(output === 'json' ? `${JSON.stringify({ files: written })}\n` : `${written.join('\n')}\n`);
}

function save(path: string, content: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw invalidArgument(`${path} cannot be written (${code})`, 'Give a folder with --out');
  }
}

/** By name; rejects with ERR_INVALID_ARGUMENT when there is none to draw. */
async function machinesIn(file: string): Promise<ReadonlyMap<string, Machine>> {
  if (!existsSync(file)) throw invalidArgument(`There is no file ${file}`, 'Give the path of one');
  const url = pathToFileURL(resolve(file)).href;
  const name = basename(file, extname(file)).replace(/\.machine$/, '');
  const machines = await machinesOfFile(url, name).catch((error: unknown) => {
    const remedy = extname(file).includes('ts')
      ? `Install tsx if need be, and run ${withTsx} ${file}`
      : 'Mend the file';
    throw failure('ERR_INVALID_ARGUMENT', `${file} cannot be imported: ${String(error)}`, remedy);
  });
  if (machines.size > 0) return machines;
  throw invalidArgument(`${file} exports no XState machine`, 'Export what createMachine returns');
}
