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
const collections = 5;
/** Notes the longest task of the page, in milliseconds; how long one takes is the machine's affair. */
const noteTasks = `globalThis.longestTask = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
}).observe({ type: 'longtask', buffered: true });`;
const longestTask = 'longestTask';

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
      await page.addInitScript(noteTasks);
      await page.goto(`${server.page}#/${view}`);
      await page.locator('[data-test=leader]', { hasText: '★' }).waitFor();
      if (view === 'events') {
        await page.getByRole('button', { name: 'all', exact: true }).click();
        await page.getByLabel('heartbeats').check();
      }
      await page.evaluate('longestTask = 0');
      const session = await page.context().newCDPSession(page);
      await taken(page, await server.tell(events / 5));
      const first = await heapAfterCollection(page, session);
      await taken(page, await server.tell((events * 4) / 5));
      const last = await heapAfterCollection(page, session);
      const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
      const longestMs = await page.evaluate<number>(longestTask);
      console.log(
        `      longest task ${longestMs} ms, ${nodes} DOM nodes, heap ${first} then ${last}`,
      );
      expect(last / first).to.be.at.most(maxGrowth);
      expect(nodes).to.be.below(maxNodes);
      await page.close();
      await server.stop();
    });
  }
});

/** Resolves when the page has taken in so many events, and has shown that. */
async function taken(page: Page, count: number): Promise<void> {
  await eventually(`${count} events`, deadlineMs, async () => {
    const told = await page.locator('[data-test=streams]').getAttribute('data-events');
    return Number(told) >= count;
  });
}

/** Bytes that stay: the least of some collections, between which the page does what it still has to do. */
async function heapAfterCollection(page: Page, session: CDPSession): Promise<number> {
  const sizes: number[] = [];
  for (let i = 0; i < collections; i++) {
    await page.evaluate('new Promise((done) => requestIdleCallback(() => done(0)))');
    await session.send('HeapProfiler.collectGarbage');
    sizes.push((await session.send('Runtime.getHeapUsage')).usedSize);
  }
  return Math.min(...sizes);
}
