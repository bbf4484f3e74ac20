/**
 * `npm run proof:nodes`: the end-to-end tests and those of the package on each Node that is supported,
 * as npm's package `node` brings them. Too slow for every change; a release needs it.
 *
 * Arguments name the majors, 20, 22 and 24 if there is none. Exit code 1 when any of them failed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const suites = ['test/e2e/**/*.test.ts', 'test/package/package.test.ts'];
const asked = process.argv.slice(2);
const majors = asked.length > 0 ? asked : ['20', '22', '24'];

/** Runs a program with its output shown; resolves to its exit code and the last line it wrote. */
function run(file: string, argv: readonly string[], cwd: string, path: string) {
  const env = { ...process.env, PATH: `${path}${delimiter}${process.env['PATH'] ?? ''}` };
  const child = spawn(file, argv, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    out = (out + text).slice(-1_000);
  });
  return new Promise<{ code: number | null; last: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, last: out.trim().split('\n').at(-1) ?? '' }));
  });
}

/** One row: the version that ran, and what came of it. */
async function prove(major: string): Promise<{ row: string; ok: boolean }> {
  const dir = await mkdtemp(join(tmpdir(), 'statecraft-node-'));
  try {
    const install = ['install', `node@${major}`, '--no-audit', '--no-fund', '--no-save'];
    const installed = await run('npm', install, dir, dirname(process.execPath));
    if (installed.code !== 0) return { row: `node ${major}: not installed`, ok: false };
    const bin = join(dir, 'node_modules/node/bin');
    const version = (await run(join(bin, 'node'), ['--version'], dir, bin)).last;
    // mocha's own file, not its wrapper, so that this Node runs it and all that it starts.
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const { code, last } = await run(join(bin, 'node'), [mocha, ...suites], root, bin);
    return { row: `node ${version}: ${last}`, ok: code === 0 };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const rows: string[] = [];
for (const major of majors) {
  const { row, ok } = await prove(major);
  rows.push(row);
  if (!ok) process.exitCode = 1;
}
console.log(`\n${rows.join('\n')}`);
