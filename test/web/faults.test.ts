/** Breaking a real cluster from its page, by mouse and by keyboard, and what the page then shows. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { buildDeadlineMs } from '../e2e/build.ts';
import { eventually } from '../e2e/processes.ts';
import { deadlineMs, ensurePageBuilt, launchBrowser, type Watched } from './browser.ts';
import { beginDemo, openDemo, textOf, type Demo, type Status } from './demo.ts';

describe('web: breaking a cluster from its page', function () {
  this.timeout(90_000);
  let browser: Browser | null = null;
  let demo: Demo;
  let watched: Watched;
  let page: Page;

  before('a browser, a demo', async function () {
    this.timeout(2 * buildDeadlineMs);
    browser = await launchBrowser();
    if (browser === null) {
      this.skip();
    }
    await ensurePageBuilt();
    demo = await beginDemo();
    watched = await openDemo(browser, demo);
    page = watched.page;
  });

  after(async () => {
    await browser?.close();
    await demo.stop();
  });

  afterEach('all is mended, and nothing was complained of', async () => {
    await page.getByRole('link', { name: 'Faults' }).click();
    await page.getByRole('button', { name: 'Heal all' }).click();
    await chipsAre('');
    await textOf(page, 'health', /healthy 3\/3/);
    // A browser says itself that a socket to a dead server failed; no page can keep it from that.
    const own = watched.errors.filter((error) => !error.includes('ERR_CONNECTION_REFUSED'));
    expect(own).to.deep.equal([]);
    expect(watched.strangers).to.deep.equal([]);
  });

  /** Resolves when the header names these faults among those that are on; '': none is. */
  async function chipsAre(...wanted: string[]): Promise<void> {
    await eventually(`the faults are ${String(wanted)}`, deadlineMs, async () => {
      const chips = await page.locator('[data-test=chips] li').allTextContents();
      const said = chips.join('; ');
      return String(wanted) === '' ? said === '' : wanted.every((one) => said.includes(one));
    });
  }

  /** The leader of the highest term among those that answer, other than `not`. */
  function leader(not = ''): Promise<Status> {
    return eventually('a leader', deadlineMs, async () => {
      const leading = (await demo.statuses()).filter(({ role }) => role === 'leader');
      const newest = leading.sort((a, b) => b.term - a.term)[0];
      return newest !== undefined && newest.id !== not ? newest : null;
    });
  }

  it('takes the secret out of the address, and keeps it over a reload', async () => {
    expect(page.url()).not.to.include('faults=');
    await page.reload();
    await page.getByRole('link', { name: 'Faults' }).click();
    await textOf(page, 'process-n1', /running/);
  });

  it('kills the leader: another one has the star, and the next put of the console succeeds', async () => {
    const old = await leader();
    await page.getByRole('link', { name: 'Faults' }).click();
    await page.getByRole('button', { name: `kill ${old.id}` }).click();
    const next = await leader(old.id);
    await textOf(page, 'leader', new RegExp(`${next.id} ★`));
    await textOf(page, 'health', /degraded 2\/3/);
    await chipsAre(`${old.id} down`);
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByRole('button', { name: 'Put', exact: true }).click();
    await textOf(page, 'results', /revision/);
  });

  it('pauses the leader and lets it go on: it finds that it has been replaced', async () => {
    const old = await leader();
    await page.getByRole('link', { name: 'Faults' }).click();
    await page.getByRole('button', { name: `pause ${old.id}` }).click();
    await textOf(page, `process-${old.id}`, /paused/);
    await leader(old.id);
    await page.getByRole('button', { name: `resume ${old.id}` }).click();
    await eventually('it follows another one', deadlineMs, async () => {
      const { role, leader } = (await demo.statuses()).find(({ id }) => id === old.id) ?? {};
      return role === 'follower' && leader !== null && leader !== old.id;
    });
  });

  it('cuts the leader off by a line drawn across its links, and mends them by another', async () => {
    const old = await leader();
    const draw = async (): Promise<void> => {
      const [from, to] = await strokeAround(page, old.id);
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2);
      await page.mouse.move(to.x, to.y);
      await page.mouse.up();
    };
    await draw();
    const others = ['n1', 'n2', 'n3'].filter((id) => id !== old.id);
    for (const other of others) {
      const link = [old.id, other].sort().join('-');
      await page.locator(`[data-link="${link}"][aria-pressed=true]`).waitFor();
    }
    const next = await leader(old.id);
    await textOf(page, 'leader', new RegExp(`${next.id} ★`));
    await draw();
    await chipsAre('');
  });

  it('cuts and mends a link by keyboard', async () => {
    const link = page.locator('[data-link="n1-n2"]');
    await link.focus();
    await page.keyboard.press('Enter');
    await chipsAre('✂ n1 – n2');
    await page.locator('[data-link="n1-n2"][aria-label*="cut"]').waitFor();
    await page.keyboard.press(' ');
    await chipsAre('');
  });

  it('really slows the timers of the servers down in slow motion', async () => {
    const { id, term } = await leader();
    await page.getByRole('button', { name: 'Slow motion' }).click();
    await chipsAre('×10');
    await page.goto(`${page.url().split('#')[0] ?? ''}#/chart/${id}/server`);
    await eventually('a timer of seconds', deadlineMs, async () => {
      const left = await page.locator('.timers .number').allTextContents();
      return left.some((text) => Number.parseInt(text, 10) > 2_000);
    });
    expect(await leader()).to.include({ id, term });
  });

  it('makes a disk slow and a network lossy, and says so', async () => {
    await page.getByRole('link', { name: 'Faults' }).click();
    await page.getByRole('combobox', { name: 'Of' }).selectOption('n2');
    await page.getByRole('slider', { name: 'Slow disk' }).fill('200');
    await page.getByRole('slider', { name: 'Loss' }).fill('20');
    await chipsAre('n2 loses 20 %', 'disk of n2 +200 ms');
  });
});

interface At {
  readonly x: number;
  readonly y: number;
}

/** A line between a server and the middle of the ring, across: it crosses both of its links. */
async function strokeAround(page: Page, id: string): Promise<[At, At]> {
  const ring = await page.locator('.ring').boundingBox();
  const server = await page.locator(`[data-server=${id}] .body`).boundingBox();
  if (ring === null || server === null) throw new Error('The ring is not there.');
  const middle = { x: ring.x + ring.width / 2, y: ring.y + ring.height / 2 + 24 };
  const at = { x: server.x + server.width / 2, y: server.y + server.height / 2 };
  const towards = { x: middle.x - at.x, y: middle.y - at.y };
  const length = Math.hypot(towards.x, towards.y);
  const [ux, uy] = [towards.x / length, towards.y / length];
  const foot = { x: at.x + ux * length * 0.62, y: at.y + uy * length * 0.62 };
  const reach = 75;
  return [
    { x: foot.x - uy * reach, y: foot.y + ux * reach },
    { x: foot.x + uy * reach, y: foot.y - ux * reach },
  ];
}
