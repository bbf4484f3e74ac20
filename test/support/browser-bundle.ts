/**
 * Bundles what must also run in a browser, as the page would.
 *
 * A Node builtin anywhere below an entry is an error of the bundler, so this finds what an import
 * table cannot: a library that reaches for the file system.
 */
import { build } from 'esbuild';

/** Actors at the edge of Node: sockets, files, the process. The client but for its `ws` is none. */
const nodeEdge = /^actors\/(node|client\.ts)/;
const twins = [
  ...['storage/memory-store.ts', 'storage/memory-disk.ts', 'storage/lines.ts', 'storage/crc32.ts'],
  'transport/memory.ts',
];

/** True for a file that has to run in a page. */
export function runsInBrowser(path: string): boolean {
  if (path.startsWith('actors/')) return !nodeEdge.test(path);
  return /^(machines|replicated|simulation)\//.test(path) || twins.includes(path);
}

/** Bundles those of `paths` that `isEntry` names; `files` are all of the project that it took in. */
export async function bundleForBrowser(
  paths: readonly string[],
  isEntry: (path: string) => boolean = runsInBrowser,
): Promise<{ readonly errors: readonly string[]; readonly files: readonly string[] }> {
  try {
    const { metafile } = await build({
      entryPoints: paths.filter(isEntry),
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2023',
      outdir: 'bundle',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    return { errors: [], files: Object.keys(metafile.inputs) };
  } catch (failure) {
    return { errors: messagesOf(failure), files: [] };
  }
}

function messagesOf(failure: unknown): string[] {
  const { errors = [] } = failure as {
    errors?: { text: string; location: { file: string } | null }[];
  };
  return errors.length > 0
    ? errors.map(({ text, location }) => `${location?.file ?? '?'}: ${text}`)
    : [String(failure)];
}
