/**
 * `npm run chart`: draws every machine of machines/ into docs/charts/, as SVG, as Mermaid and as JSON
 * that Stately's editor imports.
 *
 * With two arguments it draws any other folder: `npm run chart -- MACHINES OUT`. Pictures of
 * machines that are gone are deleted, so the folder always shows what runs.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draw } from './draw.ts';

const [machines = 'machines', out = 'docs/charts'] = process.argv.slice(2);
const files = await draw(machines);
mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) {
  if (/\.(svg|mmd|json)$/.test(name) && !files.has(name)) rmSync(join(out, name));
}
for (const [name, content] of files) writeFileSync(join(out, name), content);
process.stdout.write(`${[...files.keys()].map((name) => join(out, name)).join('\n')}\n`);
