/** The version of this package, read from its package.json: from sources and from `dist` alike. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const version = readVersion(dirname(fileURLToPath(import.meta.url)));

/** Looks upwards for our package.json, since `dist/` is one level deeper than the sources. */
function readVersion(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const text = readIfThere(join(at, 'package.json'));
    if (text !== null) return (JSON.parse(text) as { version: string }).version;
  }
  throw new Error(`There is no package.json above ${folder}; install the package again.`);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
