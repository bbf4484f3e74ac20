/**
 * Bundles the simulator and a worker around it, with a mutant's edits made on the way: the sources
 * stay as they are, and no switch in them is needed to plant a bug.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { plant, type Edit } from './mutant.ts';

/** The project's root. */
export const root = resolve(import.meta.dirname, '../..');

/** A folder for bundles, gone with the process. */
export function bundleFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statecraft-mutants-'));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Bundle {
  readonly path: string;
  /** The project's files that went into it, from its root. */
  readonly sources: readonly string[];
}

/** Writes a bundle to `folder`. Throws ERR_MUTANT_LOST (mutant.ts). */
export async function bundle(
  folder: string,
  name: string,
  edits: readonly Edit[],
): Promise<Bundle> {
  const outfile = join(folder, `${name}.mjs`);
  const { metafile } = await build({
    entryPoints: ['apps/mutants/worker.ts'],
    absWorkingDir: root,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    metafile: true,
    plugins: edits.length > 0 ? [planting(edits)] : [],
  });
  const sources = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules/'));
  return { path: outfile, sources };
}

function planting(edits: readonly Edit[]): Plugin {
  const files = new Set(edits.map(({ file }) => resolve(root, file)));
  return {
    name: 'planting',
    setup: (plugin) => {
      const planted = new Set<string>();
      plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!files.has(path)) return undefined;
        planted.add(path);
        const here = edits.filter(({ file }) => resolve(root, file) === path);
        return { contents: here.reduce(plant, await readFile(path, 'utf8')), loader: 'ts' };
      });
      plugin.onEnd(() => {
        const unused = [...files].filter((path) => !planted.has(path));
        if (unused.length === 0) return;
        throw new Error(`ERR_MUTANT_LOST: the simulator does not use ${unused.join(', ')}.`);
      });
    },
  };
}
