/**
 * The end-to-end tests run what users run: `dist/`. This builds it when it is missing or older than
 * any source, once per test run.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { modifiedMs, newest } from '../../apps/build/freshness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The compiled command. */
export const mainFile = join(root, 'dist/apps/cli/main.js');

/** A whole build on a busy machine, in milliseconds. */
export const buildDeadlineMs = 180_000;

let built: Promise<void> | null = null;

/** For `before` hooks; resolves when `dist/` is as new as the sources. */
export function ensureBuilt(): Promise<void> {
  built ??= buildIfStale();
  return built;
}

async function buildIfStale(): Promise<void> {
  const config = await readFile(join(root, 'tsconfig.build.json'), 'utf8');
  const { include } = JSON.parse(config) as { include: string[] };
  const sources = await Promise.all(include.map((folder) => newest(join(root, folder))));
  if (Math.max(...sources) <= (await modifiedMs(mainFile))) return;
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = { cwd: root, timeout: buildDeadlineMs };
  const result = promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json'], options);
  await result.catch((error: unknown) => {
    const { stdout = '' } = error as { stdout?: string };
    throw new Error(`The build failed; the end-to-end tests need it.\n${stdout}`, { cause: error });
  });
}
