/** `tsx apps/docs/main.ts`: writes the generated pages of docs/errors/ anew. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorPages, errorsFolder } from './error-pages.ts';

await rm(errorsFolder, { recursive: true, force: true });
await mkdir(errorsFolder, { recursive: true });
for (const [name, text] of errorPages()) await writeFile(join(errorsFolder, name), text);
