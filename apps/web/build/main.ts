/**
 * `npm run build:web`: the page, as static files in dist/web.
 *
 * The charts are drawn here, once, from the machines themselves, so the page carries neither a layout
 * engine nor a second description of a chart. Everything is served from the node's own origin under a
 * policy that allows nothing inline, so nothing is inlined; and compressed here, once, rather than by
 * every server.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build, type Plugin } from 'vite';
import { drawnCharts } from './draw-charts.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Gives the page `virtual:charts` and `virtual:charts.css`. */
async function chartsPlugin(): Promise<Plugin> {
  const { charts, styleSheet } = await drawnCharts(`${root}machines`);
  const modules: Readonly<Record<string, string>> = {
    '\0virtual:charts': `export const charts = JSON.parse(${JSON.stringify(JSON.stringify(charts))});`,
    '\0virtual:charts.css': styleSheet,
  };
  return {
    name: 'statecraft-charts',
    resolveId: (id) => (Object.hasOwn(modules, `\0${id}`) ? `\0${id}` : null),
    load: (id) => modules[id] ?? null,
  };
}

await build({
  configFile: false,
  root: `${root}apps/web`,
  // Relative, so that the page may be served below any path.
  base: './',
  logLevel: 'warn',
  plugins: [await chartsPlugin()],
  build: {
    outDir: `${root}dist/web`,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});

/** Leaves `FILE.br` and `FILE.gz` beside each file. */
async function compressAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  await Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      const content = await readFile(file);
      await writeFile(`${file}.br`, await promisify(brotliCompress)(content));
      await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
    }),
  );
}

await compressAll(`${root}dist/web`);
