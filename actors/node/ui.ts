/**
 * The page (apps/web) as every node serves it at `/ui/`: the files that the build left in `dist/web`.
 *
 * They are read into memory at the first request and served from there by name, so no path of a
 * request ever reaches the disk; compressed as the build left them, to whoever takes that. The policy of the page allows its own scripts and styles and nothing
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

/** What the build leaves beside a file, by the name that HTTP has for it; the best first. */
const encodings = { br: '.br', gzip: '.gz' } as const;

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

/** Answers `/`, which leads there, and the paths at and below `/ui`; null for all others. */
export function createNodeUi(
  folder = builtFolder(),
): (path: string, acceptEncoding?: string) => Promise<HttpAnswer> | null {
  let files: Promise<ReadonlyMap<string, Uint8Array>> | null = null;
  return (path, acceptEncoding = '') => {
    if (path === '/' || path === uiPath.slice(0, -1)) return Promise.resolve(toFolder);
    if (!path.startsWith(uiPath)) return null;
    files ??= readAll(folder).catch((error: unknown) => {
      files = null; // No descriptor was left, say: the next request may have one.
      throw error;
    });
    return files.then((all) => {
      if (all.size === 0) return notBuilt;
      const name = path === uiPath ? 'index.html' : path.slice(uiPath.length);
      return Object.hasOwn(types, extname(name)) ? answerOf(name, all, acceptEncoding) : noSuchFile;
    });
  };
}

/** By path below the folder; none when there is no such folder. */
async function readAll(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = existsSync(folder)
    ? await readdir(folder, { recursive: true, withFileTypes: true })
    : [];
  const files = entries
    .filter((entry) => entry.isFile())
    .map(async (entry): Promise<[string, Uint8Array]> => {
      const file = join(entry.parentPath, entry.name);
      const name = file.slice(join(folder, '/').length).replaceAll('\\', posix.sep);
      return [name, await readFile(file)];
    });
  return new Map(await Promise.all(files));
}

function answerOf(
  name: string,
  all: ReadonlyMap<string, Uint8Array>,
  acceptEncoding: string,
): HttpAnswer {
  const plain = all.get(name);
  if (plain === undefined) return noSuchFile;
  const accepted = acceptEncoding.split(',').map((one) => one.split(';', 1)[0]?.trim());
  const [encoding, suffix] =
    Object.entries(encodings).find(([one, end]) => accepted.includes(one) && all.has(name + end)) ??
    [];
  const headers = {
    'content-type': types[extname(name)] ?? '',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    vary: 'accept-encoding',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    // The names of assets carry a hash of their content.
    ...(name.startsWith('assets/')
      ? { 'cache-control': 'public, max-age=31536000, immutable' }
      : {}),
  };
  return { status: 200, headers, body: all.get(name + (suffix ?? '')) ?? plain };
}

const toFolder: HttpAnswer = {
  status: 308,
  headers: { location: uiPath },
  body: `The page is at ${uiPath}.\n`,
};
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
