/** The page in a real Chromium, watching three real processes: what it says is what they say. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { definitionOf } from '../../actors/inspect/index.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { serverMachine } from '../../machines/server.machine.ts';
import { buildDeadlineMs } from '../e2e/build.ts';
import { clientsOf, eventually, folderForTest, launch } from '../e2e/processes.ts';
import {
  calmTimeout,
  deadlineMs,
  ensurePageBuilt,
  launchBrowser,
  openWatched,
  type Watched,
} from './browser.ts';
import { textOf, type Status } from './demo.ts';

describe('web: the page of a running cluster', function () {
  this.timeout(60_000);
  let browser: Browser | null = null;
  let cluster: Cluster;
  const undo: (() => Promise<void>)[] = [];
  let watched: Watched;
  let page: Page;

  before('a browser, three servers', async function () {
    this.timeout(2 * buildDeadlineMs);
    browser = await launchBrowser();
    if (browser === null) {
      this.skip();
    }
    await ensurePageBuilt();
    const opened = browser;
    undo.push(() => opened.close());
    const { path, remove } = await folderForTest();
    undo.push(remove);
    const flags = ['--election-timeout', calmTimeout];
    cluster = await launch({ nodes: 3, dataDir: path, flags });
    undo.push(() => cluster.stop());
  });

  after(async () => {
    for (const one of undo.reverse()) await one();
  });

  beforeEach('the page of a server that does not lead', async () => {
    if (browser === null) return;
    watched = await openWatched(browser);
    page = watched.page;
    await page.goto(pageUrl(cluster));
    await text('leader', /★/);
  });

  afterEach('nothing was complained of, and nothing left this machine', async () => {
    await page.close();
    const dead = deadAddresses(cluster);
    // A browser says itself that a socket to a dead server failed; no page can keep it from that.
    const own = watched.errors.filter((error) => !dead.some((address) => error.includes(address)));
    expect(own).to.deep.equal([]);
    expect(watched.strangers).to.deep.equal([]);
  });

  /** The text of a marked place, once it is as expected. */
  function text(mark: string, wanted: RegExp): Promise<string> {
    return textOf(page, mark, wanted);
  }

  /** Resolves when the page shows what the selector finds. */
  function shown(selector: string): Promise<void> {
    return page.locator(selector).first().waitFor();
  }

  /** The page's leader and term, once they are those of the servers. */
  function agreed(): Promise<Status> {
    return eventually('the page says what the leader says', deadlineMs, async () => {
      const leader = (await statuses(cluster)).find(({ role }) => role === 'leader');
      const shown = await page.locator('[data-test=leader]').textContent();
      const term = await page.locator('[data-test=term]').textContent();
      return leader && shown === `${leader.id} ★` && term === String(leader.term) ? leader : null;
    });
  }

  it('names the leader and the term that the servers name, and hears all three', async () => {
    const leader = await agreed();
    await text('health', /healthy 3\/3/);
    const itself = `[data-server=${leader.id}]`;
    await shown(`${itself}[data-role=leader][aria-label*="term ${leader.term}, leader"]`);
  });

  it('lights the states of the very chart that the server runs', async () => {
    const { id } = await agreed();
    await page.locator(`[data-server=${id}]`).click();
    await text('value', /role › leader/);
    const lit = (state: string) => page.locator(`.chart .lit[data-state="${state}"]`);
    await lit('server.role.leader').waitFor();
    await lit('server.trust.proven').waitFor();
    await lit('server.role.follower').waitFor({ state: 'detached' });
    const { hash } = definitionOf(serverMachine);
    await page.locator('.about code', { hasText: hash }).waitFor();
    expect(await page.locator('.about code').textContent()).to.equal(hash);
  });

  it('counts down in the picture what a state waits for, at that state', async () => {
    const { id } = await agreed();
    await page.locator(`[data-server=${id}]`).click();
    const bar = '.chart [data-state="server.role.leader.quorum.watching"] .countdown .left';
    await shown(bar);
    await eventually('half of it is over', deadlineMs, async () => {
      const transform = await page.evaluate<string>(
        `getComputedStyle(document.querySelector('${bar}') ?? document.body).transform`,
      );
      const share = Number(/^matrix\(([\d.]+)/.exec(transform)?.[1] ?? 1);
      return share > 0 && share < 0.5;
    });
    // A follower's timer is at the state that it waits in, and at no state of a leader.
    await page.locator('[data-server]:not([data-role=leader])').first().click();
    await shown('.chart [data-state="server.role.follower.contact.fresh"] .countdown .left');
    expect(await page.locator('[data-state^="server.role.leader"] .countdown').count()).to.equal(0);
  });

  it('tells the transitions of the shown actor as they happen', async () => {
    await agreed();
    const steps = page.locator('.steps tbody');
    await eventually('a first transition', deadlineMs, () => steps.textContent());
    const before = await steps.textContent();
    await eventually('another one', deadlineMs, async () => (await steps.textContent()) !== before);
  });

  it('is walked through by keyboard: from a server on the ring to its chart', async () => {
    await page.locator('[data-server=n2]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#/chart/n2/server');
    await page.locator('.choosers [aria-current]', { hasText: 'n2' }).waitFor();
  });

  it('puts and gets by the path that it shows, and shows what was typed as text, never as markup', async () => {
    const { id } = await agreed();
    const nasty = '<img src=x onerror="document.title=1">';
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByLabel('Value').fill(nasty);
    await page.getByRole('button', { name: 'Put', exact: true }).click();
    await text('results', new RegExp(`put greeting .*page → .*${id} → .*revision`));
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    const results = await text('results', /get greeting/);
    expect(results).to.include(JSON.stringify(nasty));
    expect(await page.locator('[data-test=results] img').count()).to.equal(0);
  });

  it('opens an entry of the log to what it changed and to its times on each server', async () => {
    await agreed();
    // What a server did before its stream is open is not known here.
    await text('health', /healthy 3\/3/);
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByLabel('Key').fill('opened');
    await page.getByRole('button', { name: 'Put', exact: true }).click();
    const index = /index (\d+)/.exec(await text('results', /index \d+/))?.[1] ?? '';
    await page.getByRole('link', { name: 'Log' }).click();
    await page.getByRole('button', { name: `Open entry ${index}`, exact: true }).click();
    await text('entry', /put opened = "hello"/);
    // Proposed, persisted, committed and applied on three servers: all of it was seen.
    await eventually('all times', deadlineMs, async () => {
      const times = await page.locator('[data-test=entry] td').allTextContents();
      return times.length === 12 && times.every((time) => /^\+\d+ ms$/.test(time));
    });
  });

  it('watches, compares and sets, and counts what became of a load', async () => {
    await agreed();
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByLabel('Key').fill('seen');
    // After a first answer the console has found the leader, and asks for things there in order.
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    await text('results', /get seen/);
    await page.getByRole('button', { name: 'Watch keys that begin so' }).click();
    await page.getByRole('button', { name: 'Compare and set' }).click();
    await text('results', /cas seen "hello" if absent/);
    await page.getByRole('button', { name: 'Compare and set' }).click();
    await text('results', /ERR_CAS_FAILED \(not-applied\)/);
    await text('results', /index \d+: put seen = "hello"/);
    await page.getByRole('slider', { name: 'Load' }).fill('100');
    await text('load', /ok[1-9]/);
    await page.getByRole('slider', { name: 'Load' }).fill('0');
  });

  it('says how many events it holds back while it is paused, and shows what it held', async () => {
    await agreed();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('button', { name: 'all', exact: true }).click();
    await page.getByRole('button', { name: '‖ Pause' }).click();
    await text('pause', /held back/);
    const before = await page.locator('.events-view tbody').textContent();
    await text('pause', /[1-9]\d+ held back/);
    expect(await page.locator('.events-view tbody').textContent()).to.equal(before);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as JSON lines' }).click();
    expect((await download).suggestedFilename()).to.equal('events.jsonl');
    for (const mode of ['sequence', 'compact']) {
      await page.getByRole('button', { name: mode, exact: true, pressed: false }).click();
      await page.getByRole('button', { name: mode, exact: true, pressed: true }).waitFor();
    }
    await page.getByRole('button', { name: /Go on/ }).click();
    await text('pause', /Pause/);
    await fetch(`http://${clientsOf(cluster)[0] ?? ''}/v1/kv/told`, { method: 'PUT', body: 'x' });
    await text('compact', /entry \d+in the log n.*on disk n.*committed/);
  });

  it('draws what it measures, each chart also as a table', async () => {
    await agreed();
    await page.getByRole('link', { name: 'Metrics' }).click();
    const charts = page.locator('[data-test=metrics] canvas');
    await eventually('seven charts', deadlineMs, async () => (await charts.count()) === 7);
    await page.getByRole('button', { name: 'Messages sent as a table' }).click();
    const row = page.locator('[data-test=metrics] tbody tr').first();
    await eventually('a row', deadlineMs, async () => /\/s/.test((await row.textContent()) ?? ''));
  });

  it('shows the same state after a reload', async () => {
    const before = await agreed();
    await page.reload();
    const after = await agreed();
    expect([after.id, after.term]).to.deep.equal([before.id, before.term]);
    await eventually('the commit index of every server', deadlineMs, async () => {
      const told = (await statuses(cluster)).map(({ commitIndex }) => `commit ${commitIndex}`);
      const shown = await page.locator('.ring .commit').allTextContents();
      return String(shown) === String(told);
    });
  });

  it('remembers the theme that was chosen', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'dark theme' }).click();
    await page.reload();
    await text('leader', /★/);
    await shown('html[data-theme=dark]');
  });

  it('shows the new leader when the process of the old one is killed, and goes on', async () => {
    const old = await agreed();
    cluster.members.get(old.id)!.kill('SIGKILL');
    const now = await agreed();
    expect(now.id).not.to.equal(old.id);
    expect(now.term).to.be.greaterThan(old.term);
    await text('health', /degraded 2\/3/);
    await shown(`[data-server=${old.id}][data-role=unheard]`);
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByRole('button', { name: 'Put', exact: true }).click();
    await text('results', new RegExp(`page → .*${now.id} → index .*revision`));
  });
});

/** Of a server that lives and, if there is one, does not lead. */
function pageUrl(cluster: Cluster): string {
  const alive = [...cluster.members.values()].filter(({ alive }) => alive);
  const member = alive.find(({ options }) => options.id !== cluster.leader.id) ?? alive[0];
  return `http://${member?.options.client ?? ''}/ui/`;
}

function deadAddresses(cluster: Cluster): string[] {
  return [...cluster.members.values()]
    .filter(({ alive }) => !alive)
    .map(({ options }) => options.client);
}

/** What the servers that live say of themselves, in the order of their ids. */
async function statuses(cluster: Cluster): Promise<Status[]> {
  const dead = deadAddresses(cluster);
  const alive = clientsOf(cluster).filter((client) => !dead.includes(client));
  const asked = alive.map(async (client) => {
    const answer = await fetch(`http://${client}/status`).catch(() => null);
    return answer === null ? [] : [(await answer.json()) as Status];
  });
  return (await Promise.all(asked)).flat();
}
