/**
 * Acceptance, the disk: rows LOG and ST of README.md that the store's own tests do not say in as
 * many words, and the defect D13. On real files in a temporary directory.
 */
import { expect } from 'chai';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { lastIndexOf } from '../../storage/lines.ts';
import { aVote, linesFor, recover, sync, textOf } from '../storage/support.ts';

describe('acceptance: storage', () => {
  let dir: string;
  let store: DiskStore;

  const open = async () => {
    store = new DiskStore(await openDataDir({ dir, cluster: 'c', node: 'n1', voters: ['n1'] }));
    return recover(store);
  };
  const close = async () => {
    store.stop();
    await store.closed();
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'statecraft-'));
    await open();
  });

  afterEach(async () => {
    await close();
    rmSync(dir, { recursive: true });
  });

  it('LOG1 appends entries 1 and 2, readable at once', () => {
    store.append(linesFor(store, 1, 1));
    store.append(linesFor(store, 2, 1));
    expect(lastIndexOf(store.read(1, 2, 10_000))).to.equal(2);
  });

  it('LOG2 takes no first entry with index 2', () => {
    const lines = { ...linesFor(store, 1, 1), firstIndex: 2 };
    expect(() => store.append(lines)).to.throw();
  });

  it('LOG5 has no entry to read where there is none', () => {
    expect(() => store.read(1, 1, 10_000)).to.throw();
  });

  it('LOG7 reads a range, cut at a bound in bytes and never in a line', () => {
    store.append(linesFor(store, 1, 1, 3));
    const two = store.read(1, 2, 10_000).bytes.length;
    expect(lastIndexOf(store.read(1, 3, two))).to.equal(2);
  });

  it('LOG8 a new entry 3 in place of the old ones leaves 1 and 2, also after a restart', async () => {
    store.append(linesFor(store, 1, 1, 5));
    await sync(store, aVote(2));
    const kept = textOf(store, 2);
    store.append(linesFor(store, 3, 2));
    await sync(store);
    await close();
    const { lastIndex, runs } = await open();
    expect(lastIndex).to.equal(3);
    expect(textOf(store, 2)).to.deep.equal(kept);
    expect(runs.map(({ term }) => term)).to.deep.equal([1, 2]);
  });

  it('ST5 keeps the newest of several votes, none given among them', async () => {
    for (const vote of [aVote(1, 'n1'), aVote(2, 'n2'), aVote(3, null)]) await sync(store, vote);
    await close();
    expect((await open()).vote).to.deep.equal(aVote(3, null));
  });

  it('D13 a torn last line is cut, and what is appended after it is there at the next start', async () => {
    store.append(linesFor(store, 1, 1, 2));
    await sync(store, aVote(1));
    await close();
    const [log] = readdirSync(dir)
      .filter((name) => name.startsWith('log-'))
      .sort()
      .slice(-1);
    appendFileSync(join(dir, log!), '{"index":3,"term":1,"ent');

    expect((await open()).lastIndex).to.equal(2);
    store.append(linesFor(store, 3, 1));
    await sync(store);
    await close();
    expect((await open()).lastIndex).to.equal(3);
    expect(textOf(store, 3)).to.have.length(3);
  });
});
