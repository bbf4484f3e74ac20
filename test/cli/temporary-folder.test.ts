/**
 * A demo's folder ends with the demo, unless somebody started a server on the data in it.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { tryLock } from 'fs-native-extensions';
import { makeTemporaryFolder, sweep } from '../../apps/cli/cluster/temporary-folder.ts';

describe('cli: the temporary folder', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'folders-'));
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  it('goes with the demo', async () => {
    const folder = await makeTemporaryFolder(root);
    await mkdir(join(folder.path, 'n1'));
    expect(await folder.remove()).to.equal(true);
    expect(existsSync(folder.path)).to.equal(false);
  });

  it('stays, at the end and in a sweep, while a server holds the lock of data in it', async () => {
    const folder = await makeTemporaryFolder(root);
    await mkdir(join(folder.path, 'n1'));
    const lock = await open(join(folder.path, 'n1', 'lock'), 'w');
    tryLock(lock.fd);

    expect(await folder.remove()).to.equal(false);
    expect(await sweep(root)).to.deep.equal([]);
    expect(existsSync(join(folder.path, 'n1'))).to.equal(true);

    await lock.close();
    expect(await sweep(root)).to.deep.equal([folder.path]);
  });
});
