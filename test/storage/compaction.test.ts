/**
 * What a small log costs on a real directory: it never fills a segment, and compaction takes whole
 * segments only, so each snapshot has the next batch begin one.
 */
import { expect } from 'chai';
import fsx from 'fs-extra';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { grow, save, settled, someItems } from './snapshot-support.ts';
import { CLUSTER, recover } from './support.ts';

describe('compaction of a small log', () => {
  let dir: string;
  let store: DiskStore;

  const open = async () => {
    store = new DiskStore(await openDataDir({ dir, cluster: CLUSTER, node: 'a', voters: ['a'] }));
    return recover(store);
  };
  const close = async () => {
    store.stop();
    await store.closed();
  };
  const segments = () => readdirSync(dir).filter((name) => name.startsWith('log-'));
  const bytes = () => segments().reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'statecraft-'));
    await open();
  });

  afterEach(async () => {
    await close();
    fsx.removeSync(dir);
  });

  it('keeps segments and bytes bounded over any number of snapshots', async () => {
    const retained = 10;
    let most = 0;
    let last = 0;
    for (let round = 1; round <= 20; round += 1) {
      await grow(store, last + 1, 30);
      last += 30;
      await save(store, last - 5, someItems(3));
      await grow(store, last + 1, 2);
      last += 2;
      await settled((done) => store.compact(last - 7 - retained, done));
      if (round === 3) most = bytes();
      if (round > 3) expect(segments().length, `round ${round}`).to.be.at.most(3);
    }
    expect(bytes()).to.be.below(2 * most);
    expect(store.firstIndex()).to.be.above(last - 100);
    const checksum = store.checksumAt(last);

    await close();
    const recovered = await open();
    expect(recovered).to.deep.include({ lastIndex: last });
    expect(store.checksumAt(last)).to.equal(checksum);
  });

  it('begins no segment before there is something to write', async () => {
    await grow(store, 1, 10);
    await save(store, 5, someItems(3));
    await grow(store, 11, 1);
    const before = segments();
    await save(store, 6, someItems(3));
    await save(store, 7, someItems(3));
    expect(segments()).to.deep.equal(before);
    await grow(store, 12, 1);
    expect(segments()).to.have.length(before.length + 1);
  });
});
