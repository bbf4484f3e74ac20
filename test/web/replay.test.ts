/** What the page costs when much happens for long: 200,000 events, in every view that lists them. */
import { expect } from 'chai';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { buildDeadlineMs } from '../e2e/build.ts';
import { eventually } from '../e2e/processes.ts';
import { deadlineMs, ensurePageBuilt, launchBrowser, openWatched } from './browser.ts';
import { beginDemo } from './demo.ts';
import { record, replay, type Recording } from './replay.ts';

const recordedEvents = 4_000;
const events = 200_000;
/** After what the first fifth leaves. */
const maxGrowth = 1.2;
const maxNodes = 3_000;

describe('web: 200,000 events', function () {
  this.timeout(120_000);
  let browser: Browser | null = null;
  let recording: Recording;

  before('a browser, and what a leader tells while it is written to', async function () {
    this.timeout(2 * buildDeadlineMs);
    browser = await launchBrowser();
    if (browser === null) {
      this.skip();
    }
    await ensurePageBuilt();
    const demo = await beginDemo();
    const leader = demo.nodes.find(({ id }) => id === demo.leader)?.client ?? '';
    const recorded = record(leader, recordedEvents);
    const over = new AbortController();
    void recorded.finally(() => over.abort());
    for (let i = 0; !over.signal.aborted; i++) {
      await fetch(`http://${leader}/v1/kv/k${i % 50}`, { method: 'PUT', body: 'x' });
    }
    recording = await recorded;
    await demo.stop();
  });

  after(() => browser?.close());

  for (const view of ['chart', 'log', 'metrics', 'events']) {
    it(`leave no more of them behind than the first fifth did, in the view "${view}"`, async () => {
      if (browser === null) return;
      const server = await replay(recording);
      const { page } = await openWatched(browser);
      await page.goto(`${server.page}#/${view}`);
      await page.locator('[data-test=leader]', { hasText: '★' }).waitFor();
      if (view === 'events') {
        await page.getByRole('button', { name: 'all', exact: true }).click();
        await page.getByLabel('heartbeats').check();
      }
      const session = await page.context().newCDPSession(page);
      await server.tell(events / 5);
      await idle(page);
      const first = await heapAfterCollection(session);
      await server.tell((events * 4) / 5);
      await idle(page);
      const last = await heapAfterCollection(session);
      const nodes = await page.evaluate('document.querySelectorAll("*").length');
      expect(last / first).to.be.at.most(maxGrowth);
      expect(nodes).to.be.below(maxNodes);
      await page.close();
      await server.stop();
    });
  }
});

/** Resolves when the page has taken in what it was sent. */
async function idle(page: Page): Promise<void> {
  await eventually('an idle page', deadlineMs, () =>
    page.evaluate('new Promise((done) => requestIdleCallback(() => done(true)))').then(() => true),
  );
}

async function heapAfterCollection(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}
