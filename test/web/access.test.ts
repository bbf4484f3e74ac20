/**
 * The page for everyone: no serious finding of axe in any view, light and dark; all of it by keyboard;
 * still without colours of its own and without motion. And what its first load costs.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { buildDeadlineMs } from '../e2e/build.ts';
import { ensurePageBuilt, launchBrowser, type Watched } from './browser.ts';
import { beginDemo, openDemo, type Demo } from './demo.ts';

const views = ['Statechart', 'Log', 'Replication', 'Metrics', 'Events', 'Faults', 'Console'];
/** Bytes of all that the first view needs, as they come compressed. */
const maxFirstLoad = 150_000;

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

describe('web: the page for everyone', function () {
  this.timeout(90_000);
  let browser: Browser | null = null;
  let demo: Demo;
  let watched: Watched;
  let page: Page;
  let axe = '';

  before('a browser, a demo', async function () {
    this.timeout(2 * buildDeadlineMs);
    browser = await launchBrowser();
    if (browser === null) {
      this.skip();
    }
    await ensurePageBuilt();
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    demo = await beginDemo();
    const [node] = demo.nodes;
    for (let i = 0; i < 20; i++) {
      await fetch(`http://${node?.client ?? ''}/v1/kv/k${i}`, { method: 'PUT', body: 'x' });
    }
  });

  beforeEach(async () => {
    if (browser === null) return;
    watched = await openDemo(browser, demo);
    page = watched.page;
  });

  afterEach(() => page.close());

  after(async () => {
    await browser?.close();
    await demo.stop();
  });

  async function show(view: string): Promise<void> {
    await page.getByRole('link', { name: view, exact: true }).click();
    await page.locator('.tabs [aria-current]', { hasText: view }).waitFor();
  }

  async function findings(): Promise<string[]> {
    const { violations } = await page.evaluate<{ violations: Finding[] }>(
      `${axe}; axe.run({ resultTypes: ['violations'] })`,
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`axe finds nothing serious in any view, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const found: string[] = [];
      for (const view of views) {
        await show(view);
        found.push(...(await findings()).map((finding) => `${view}: ${finding}`));
      }
      await show('Events');
      for (const mode of ['sequence', 'all']) {
        await page.getByRole('button', { name: mode, exact: true }).click();
        await page.getByRole('button', { name: mode, exact: true, pressed: true }).waitFor();
        found.push(...(await findings()).map((finding) => `${mode}: ${finding}`));
      }
      expect(found).to.deep.equal([]);
    });
  }

  it('reaches every view, and the faults, with Tab and Enter alone', async () => {
    const reached = new Set<string>();
    for (const view of ['Faults', 'Console']) {
      await tabTo(page, (text) => text === view);
      await page.keyboard.press('Enter');
      await page.locator('.tabs [aria-current]', { hasText: view }).waitFor();
      reached.add(view);
    }
    await tabTo(page, (text) => text === 'Put');
    await page.keyboard.press('Enter');
    await page.locator('[data-test=results] li').waitFor();
    expect([...reached]).to.deep.equal(['Faults', 'Console']);
  });

  it('keeps roles and broken links apart where all colours are the reader’s', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    const link = '[data-link="n1-n2"]';
    await page.locator(`${link}[aria-disabled=false]`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`${link} text`, { hasText: '✂' }).waitFor();
    await page.locator('.ring .leader .inner').waitFor();
    const width = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('.ring .server .body')).strokeWidth",
    );
    expect(Number.parseFloat(width)).to.be.greaterThan(0);
    await page.keyboard.press('Enter');
    await page.locator(`${link}[aria-pressed=false]`).waitFor();
  });

  it('lets nothing fly for readers who asked for reduced motion', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.reload();
    await page.locator('[data-test=leader]', { hasText: '★' }).waitFor();
    await fetch(`http://${demo.nodes[0]?.client ?? ''}/v1/kv/still`, { method: 'PUT', body: 'x' });
    await page.locator('.ring .commit').first().waitFor();
    expect(await page.locator('.flights > *').count()).to.equal(0);
    // What counts down does so in steps.
    const bar = '.chart .countdown .left';
    await page.locator(bar).first().waitFor();
    const easings = await page.evaluate<string[]>(
      `document.getAnimations().map(({ effect }) => effect.getKeyframes()[0].easing + effect.getTiming().easing)`,
    );
    expect(easings.filter((easing) => !easing.includes('steps'))).to.deep.equal([]);
  });

  it(`needs at most ${maxFirstLoad / 1_000} kB for its first view, compressed`, async () => {
    const fetched = await page.evaluate<number>(
      "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))" +
        '.reduce((sum, { encodedBodySize = 0 }) => sum + encodedBodySize, 0)',
    );
    expect(fetched).to.be.greaterThan(10_000).and.at.most(maxFirstLoad);
  });
});

/** Presses Tab until something with such a text has the focus. */
async function tabTo(page: Page, isWanted: (text: string) => boolean): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate<string>("document.activeElement?.textContent?.trim() ?? ''");
    if (isWanted(text)) return;
  }
  throw new Error('Tab does not lead there.');
}
