/** Servers come and go while somebody looks: what the ring shows is the configuration that is in force. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { buildDeadlineMs } from '../e2e/build.ts';
import {
  begin,
  clientsOf,
  eventually,
  folderForTest,
  launch,
  statecraft,
} from '../e2e/processes.ts';
import { calmTimeout, deadlineMs, ensurePageBuilt, launchBrowser, openWatched } from './browser.ts';
import { textOf } from './demo.ts';

describe('web: the ring while servers come and go', function () {
  this.timeout(90_000);
  let browser: Browser | null = null;
  let cluster: Cluster;
  let page: Page;
  let folder: string;
  const undo: (() => Promise<unknown>)[] = [];

  before('a browser, three servers, the page of the leader', async function () {
    this.timeout(2 * buildDeadlineMs);
    browser = await launchBrowser();
    if (browser === null) {
      this.skip();
    }
    const opened = browser;
    undo.push(() => opened.close());
    await ensurePageBuilt();
    const made = await folderForTest();
    folder = made.path;
    undo.push(made.remove);
    const flags = ['--election-timeout', calmTimeout];
    cluster = await launch({ nodes: 3, dataDir: folder, flags });
    undo.push(() => cluster.stop());
    const leader = cluster.members.get(cluster.leader.id);
    ({ page } = await openWatched(browser));
    await page.goto(`http://${leader?.options.client ?? ''}/ui/`);
    await textOf(page, 'members', /3 voters, a majority is 2/);
  });

  after(async () => {
    for (const one of undo.reverse()) await one();
  });

  /** Resolves when `member …` has done what was asked. */
  async function member(...words: string[]): Promise<void> {
    const endpoints = clientsOf(cluster).join(',');
    await eventually(`member ${words.join(' ')}`, deadlineMs, async () => {
      const { code } = await statecraft('member', ...words, '--endpoints', endpoints);
      return code === 0;
    });
  }

  function shown(selector: string): Promise<void> {
    return page.locator(selector).first().waitFor();
  }

  it('§4.2.1 (thesis) draws a learner as a square, and counts it for nothing', async () => {
    const [peer = 0, client = 0] = await anyFreePorts(2);
    await member('add', 'n4', `127.0.0.1:${peer}`, '--learner');
    const own = ['--id', 'n4', '--data-dir', join(folder, 'n4'), '--cluster', 'e2e'];
    const where = ['--peers', `n4=127.0.0.1:${peer}`, '--client', `127.0.0.1:${client}`];
    const { child, exited } = begin([
      'start',
      ...own,
      ...where,
      '--join',
      clientsOf(cluster).join(),
    ]);
    undo.push(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    await shown('[data-server=n4][data-role=learner] rect.body');
    await shown('[data-server=n4][aria-label*="learner"][aria-label*="does not vote"]');
    await textOf(page, 'members', /3 voters.*1 learner: n4/);
    await textOf(page, 'streams', /4 of 4 live/);
    await textOf(page, 'health', /healthy 3\/3/);
  });

  it('§6 shows a change of voters as its two configurations, however soon it is over', async () => {
    const told = textOf(
      page,
      'members',
      /joint.*C_old \{n1, n2, n3\}: 2 of 3.*C_new \{n1, n2, n3, n4\}: 3 of 4/,
    );
    const lines = Promise.all([shown('.outlines .old'), shown('.outlines .new')]);
    await member('promote', 'n4');
    await Promise.all([told, lines]);
    await shown('[data-server=n4][data-role=follower] circle.body');
    await textOf(page, 'health', /healthy 4\/4/);
    await textOf(page, 'members', /^4 voters, a majority is 3$/);
    await page.locator('.outlines').waitFor({ state: 'detached' });
  });

  it('says that a server was removed, and lets it go from the ring without a reload', async () => {
    const said = shown('[data-server=n4][data-role=removed][aria-label*="no member any more"]');
    await member('remove', 'n4');
    await said;
    await page.locator('[data-server=n4]').waitFor({ state: 'detached' });
    await textOf(page, 'members', /3 voters.*removed: n4/);
    await textOf(page, 'streams', /3 of 3 live/);
    await textOf(page, 'health', /healthy 3\/3/);
  });
});
