/**
 * The page (apps/web) as every node serves it at `/ui/`: the files that the build left in `dist/web`.
 *
 * They are read into memory at the first request and served from there by name, so no path of a
 * request ever reaches the disk. The policy of the page allows its own scripts and styles and nothing
 * inline; it may open WebSockets to this machine, since it watches the other servers, too.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusal, type HttpAnswer } from '../../transport/http.ts';

export const uiPath = '/ui/';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const policy = [
  "default-src 'self'",
  "connect-src 'self' ws://127.0.0.1:* ws://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Beside this file when it is compiled; below `dist/` when the sources run. */
function builtFolder(): string {
  const beside = fileURLToPath(new URL('../../web/', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/web/', import.meta.url));
}

/** Answers the paths at and below `/ui`; null for all others. */
export function createNodeUi(folder = builtFolder()): (path: string) => Promise<HttpAnswer> | null {
  let files: Promise<ReadonlyMap<string, HttpAnswer>> | null = null;
  return (path) => {
    if (path === uiPath.slice(0, -1)) return Promise.resolve(toFolder);
    if (!path.startsWith(uiPath)) return null;
    files ??= readAll(folder);
    return files.then((all) => {
      if (all.size === 0) return notBuilt;
      return all.get(path === uiPath ? 'index.html' : path.slice(uiPath.length)) ?? noSuchFile;
    });
  };
}

/** By path below the folder; none when there is no such folder. */
async function readAll(folder: string): Promise<ReadonlyMap<string, HttpAnswer>> {
  const entries = existsSync(folder)
    ? await readdir(folder, { recursive: true, withFileTypes: true })
    : [];
  const answers = entries
    .filter((entry) => entry.isFile() && Object.hasOwn(types, extname(entry.name)))
    .map(async (entry): Promise<[string, HttpAnswer]> => {
      const file = join(entry.parentPath, entry.name);
      const name = file.slice(join(folder, '/').length).replaceAll('\\', posix.sep);
      return [name, answerOf(name, await readFile(file, 'utf8'))];
    });
  return new Map(await Promise.all(answers));
}

function answerOf(name: string, body: string): HttpAnswer {
  const headers = {
    'content-type': types[extname(name)] ?? '',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    // The names of assets carry a hash of their content.
    ...(name.startsWith('assets/')
      ? { 'cache-control': 'public, max-age=31536000, immutable' }
      : {}),
  };
  return { status: 200, headers, body };
}

const toFolder: HttpAnswer = { status: 308, headers: { location: uiPath }, body: '' };
const noSuchFile = refusal(
  404,
  'ERR_NO_SUCH_PATH',
  `The page has no such file; it is at ${uiPath}.`,
);
const notBuilt = refusal(
  404,
  'ERR_NO_SUCH_PATH',
  'The page was not built with this server: run `npm run build`, then start it again.',
);
