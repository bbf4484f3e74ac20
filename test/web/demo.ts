/**
 * A demo in a process of its own, and its page in a browser: what the tests of the page begin with.
 */
import type { Browser, Page } from 'playwright-core';
import { begin, eventually, folderForTest } from '../e2e/processes.ts';
import { calmTimeout, deadlineMs, openWatched, type Watched } from './browser.ts';

export interface Ready {
  readonly page: string;
  readonly leader: string;
  readonly nodes: readonly { readonly id: string; readonly client: string; readonly pid: number }[];
}

export interface Demo extends Ready {
  /** What servers that live say of themselves, in the order of their ids. */
  statuses(): Promise<Status[]>;
  stop(): Promise<void>;
}

export interface Status {
  readonly id: string;
  readonly role: string;
  readonly leader: string | null;
  readonly term: number;
  readonly commitIndex: number;
}

export async function beginDemo(...options: string[]): Promise<Demo> {
  const folder = await folderForTest();
  const argv = ['demo', '-o', 'json', '--no-open', ...options];
  const { written, child, exited } = begin(argv, {
    TMPDIR: folder.path,
    STATECRAFT_ELECTION_TIMEOUT: calmTimeout,
  });
  const line = await eventually('a demo', 2 * deadlineMs, () => {
    if (child.exitCode !== null) throw new Error(`The demo ended: ${written.err}`);
    return written.out.includes('\n') && written.out;
  });
  const ready = JSON.parse(line.split('\n')[0] ?? '') as Ready;
  return {
    ...ready,
    async statuses() {
      const asked = ready.nodes.map(async ({ client }) => {
        const signal = AbortSignal.timeout(1_000);
        const answer = await fetch(`http://${client}/status`, { signal }).catch(() => null);
        return answer === null ? [] : [(await answer.json()) as Status];
      });
      return (await Promise.all(asked)).flat();
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await folder.remove();
    },
  };
}

/** The page of a demo, once it names a leader. */
export async function openDemo(browser: Browser, { page: url }: Ready): Promise<Watched> {
  const watched = await openWatched(browser);
  await watched.page.goto(url);
  await textOf(watched.page, 'leader', /★/);
  return watched;
}

/** The text of a marked place, once it is as expected. */
export function textOf(page: Page, mark: string, wanted: RegExp): Promise<string> {
  return eventually(`${mark} is ${String(wanted)}`, deadlineMs, async () => {
    const found = await page.locator(`[data-test=${mark}]`).textContent();
    return found !== null && wanted.test(found) ? found : null;
  });
}
