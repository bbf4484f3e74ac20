/**
 * A real Chromium for the page's tests, and the page's build.
 *
 * Where there is no browser the tests say so and are left out; in CI that is a failure, since there
 * somebody forgot to install it.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { modifiedMs, newest } from '../../apps/build/freshness.ts';
import { buildDeadlineMs, ensureBuilt } from '../e2e/build.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const places = [
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const flags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** null where none is installed, with the reason printed. Rejects instead in CI. */
export async function launchBrowser(): Promise<Browser | null> {
  const executablePath = [process.env['CHROMIUM'] ?? '', ...places].find((path) =>
    existsSync(path),
  );
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: flags });
  const reason = 'no Chromium is installed (apt-get install chromium, or set CHROMIUM)';
  if (process.env['CI'] === 'true') throw new Error(`The page cannot be tested: ${reason}.`);
  console.log(`    the page is not tested: ${reason}`);
  return null;
}

/** Resolves when the servers and the page they serve are as new as their sources. */
export async function ensurePageBuilt(): Promise<void> {
  await ensureBuilt();
  const folders = ['apps/web', 'apps/chart', 'machines'];
  const sources = await Promise.all(folders.map((folder) => newest(join(root, folder))));
  if (Math.max(...sources) <= (await modifiedMs(join(root, 'dist/web/index.html')))) return;
  const argv = ['--import', 'tsx', 'apps/web/build/main.ts'];
  await promisify(execFile)(process.execPath, argv, { cwd: root, timeout: buildDeadlineMs });
}

/** For what a busy machine may take long over, in milliseconds. */
export const deadlineMs = 20_000;
/**
 * Long enough that a server which waits for its turn on a busy machine is not taken for dead: the
 * tests of the page are about the page. For `start`, and as a variable for what starts servers.
 */
export const calmTimeout = '1s';

/** A page that notes what must not happen: errors, and requests that leave this machine. */
export interface Watched {
  readonly page: Page;
  readonly errors: string[];
  readonly strangers: string[];
}

export async function openWatched(browser: Browser): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  page.setDefaultTimeout(deadlineMs);
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  const note = (url: string): void => {
    if (new URL(url).hostname !== '127.0.0.1') strangers.push(url);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  return { page, errors, strangers };
}
