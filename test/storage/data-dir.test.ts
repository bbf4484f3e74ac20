/**
 * Whose a data directory is, and that only one has it: real files, real processes, real signals.
 */
import { expect } from 'chai';
import fsx from 'fs-extra';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mkdtempSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openDataDir, type DataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import type { StorageFault } from '../../storage/store.ts';
import { aVote, codeOf, linesFor, recover, sync } from './support.ts';

const holder = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));

describe('a data directory', () => {
  let root: string;
  let dir: string;
  const children: ChildProcess[] = [];
  const open = (voters: readonly string[] = ['a', 'b', 'c']): Promise<DataDir> =>
    openDataDir({ dir, cluster: 'c1', node: 'a', voters });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'statecraft-'));
    dir = join(root, 'deep', 'data');
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    fsx.removeSync(root);
  });

  const hold = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, ['--import=tsx', holder, dir]);
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  };

  it('is made for its owner only, and keeps its incarnation while boots are counted', async () => {
    const first = await open();
    await first.release();
    const second = await open();
    await second.release();
    expect([first.boot, second.boot]).to.deep.equal([1, 2]);
    expect(second.incarnation)
      .to.equal(first.incarnation)
      .and.to.match(/^[0-9a-f-]{36}$/);
    expect(statSync(dir).mode & 0o777).to.equal(0o700);
    for (const file of ['identity.json', 'lock']) {
      expect(statSync(join(dir, file)).mode & 0o777, file).to.equal(0o600);
    }
  });

  it('is swept of what a crash cut short, and of nothing that is not its own', async () => {
    const others = ['notes.tmp', 'log.tmp', 'x-vote-a.jsonl.tmp', 'identity.json.tmp.tmp'];
    const own = ['identity.json', 'peers.json', 'vote-a.jsonl', 'vote-b.jsonl', 'synced.jsonl'];
    const numbered = ['log-000000000007.jsonl', 'snapshot-000000000009.jsonl.3'];
    for (const name of [...others, ...[...own, ...numbered].map((one) => `${one}.tmp`)]) {
      fsx.outputFileSync(join(dir, name), 'half');
    }
    fsx.mkdirSync(join(dir, 'folder.tmp'));
    await (await open()).release();
    expect(fsx.readdirSync(dir).sort()).to.deep.equal(
      [...others, 'folder.tmp', 'identity.json', 'lock'].sort(),
    );
  });

  it('is another incarnation when it was wiped', async () => {
    const first = await open();
    await first.release();
    fsx.removeSync(dir);
    const second = await open();
    await second.release();
    expect(second.incarnation).not.to.equal(first.incarnation);
    expect(second.boot).to.equal(1);
  });

  it('is refused to a second opening in the same process, until it is released', async () => {
    const first = await open();
    expect(await codeOf(open())).to.equal('ERR_DATA_DIR_LOCKED');
    await first.release();
    await (await open()).release();
  });

  it('stays locked, whoever is refused, however often', async () => {
    const first = await open();
    for (let i = 0; i < 3; i++) expect(await codeOf(open())).to.equal('ERR_DATA_DIR_LOCKED');
    await first.release();
  });

  it('is locked by another process, suspended or not, and free when that is killed', async function () {
    if (process.platform === 'win32') this.skip();
    const child = await hold();
    const refused = await open().catch((error: unknown) => error as StorageFault);
    expect(refused).to.include({ code: 'ERR_DATA_DIR_LOCKED' });
    expect((refused as StorageFault).message).to.contain(
      `(pid ${child.pid ?? 0} on ${hostname()})`,
    );
    child.kill('SIGSTOP');
    expect(await codeOf(open())).to.equal('ERR_DATA_DIR_LOCKED');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const next = await open();
    expect(next.boot).to.equal(2);
    await next.release();
  });

  it('is let go of by a store that stops, even with a sync in flight', async () => {
    const store = new DiskStore(await open());
    await recover(store);
    store.append(linesFor(store, 1, 1));
    store.sync(aVote(1), () => undefined);
    store.stop();
    expect(await codeOf(open())).to.equal('ERR_DATA_DIR_LOCKED');
    await store.closed();
    const again = new DiskStore(await open());
    expect((await recover(again)).lastIndex).to.equal(1);
    await sync(again, aVote(2));
    again.stop();
    await again.closed();
  });

  it('is refused when a file is in its place: a matter of configuration, not of the disk', async () => {
    fsx.outputFileSync(dir, 'a file is in the way');
    const refused = await open().catch((error: unknown) => error as StorageFault);
    expect(refused).to.include({ code: 'ERR_INVALID_CONFIG' });
    expect((refused as StorageFault).message).to.include(`in the way of the data directory ${dir}`);
  });

  it('needs ids of a sane length', async () => {
    const node = 'n'.repeat(201);
    const refused = await openDataDir({ dir, cluster: 'c1', node, voters: [] }).catch(
      (e: unknown) => e,
    );
    expect(refused).to.be.instanceOf(RangeError);
  });
});
