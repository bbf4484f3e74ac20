/** `tsx apps/docs/main.ts`: writes the generated pages of docs/ anew. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorPages, errorsFolder } from './error-pages.ts';
import { metricsFile, metricsPage } from './metrics-page.ts';
import { schemaPages, schemasFolder } from './schema-pages.ts';

for (const [folder, pages] of [
  [errorsFolder, errorPages()],
  [schemasFolder, schemaPages()],
] as const) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of pages) await writeFile(join(folder, name), text);
}
await writeFile(metricsFile, metricsPage());
