/**
 * Whether `dist/` is as new as what it is made of, by the times of the files: npm runs `prepare` at
 * every `npx statecraft` in a clone, and a build of ten seconds for nothing is what a newcomer meets.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Written anew by the last step of each build. */
const lastBuilt = 'dist/web/index.html';
const command = 'dist/apps/cli/main.js';
/** Beside the folders of sources. */
const others = ['apps/web', 'package.json', 'package-lock.json'];
const configurations = ['tsconfig.json', 'tsconfig.build.json'];

/** Whether there is a build, and nothing was changed, added or removed since. */
export async function isFresh(base = root): Promise<boolean> {
  const builtMs = await modifiedMs(join(base, lastBuilt));
  if (builtMs === 0 || (await modifiedMs(join(base, command))) === 0) return false;
  const config = await readFile(join(base, 'tsconfig.build.json'), 'utf8');
  const { include } = JSON.parse(config) as { include: string[] };
  const made = [...include, ...others, ...configurations];
  const times = await Promise.all(made.map((path) => newest(join(base, path))));
  return Math.max(...times) <= builtMs;
}

/** When the youngest file or folder at or below a path was written; 0 when nothing is there. */
export async function newest(path: string): Promise<number> {
  // A folder's own time tells of files that were removed.
  const below = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = [path, ...below.map(({ parentPath, name }) => join(parentPath, name))];
  return Math.max(...(await Promise.all(paths.map(modifiedMs))));
}

/** 0 for a file that is not there. */
export async function modifiedMs(path: string): Promise<number> {
  const stats = await stat(path).catch(() => null);
  return stats?.mtimeMs ?? 0;
}
