/**
 * docs/formats.md is enough to read a data directory: a reader in another language does, and `jq`.
 */
import { expect } from 'chai';
import fsx from 'fs-extra';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore, defaultDiskStoreLimits } from '../../storage/disk-store.ts';
import { checksumText } from '../../storage/line.ts';
import { save, settled, someItems } from './snapshot-support.ts';
import { aVote, linesFor, recover, sync } from './support.ts';

const reader = fileURLToPath(new URL('./reader.py', import.meta.url));
const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;

describe('docs/formats.md', () => {
  let dir: string;
  let checksum: number;
  let base: number;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'statecraft-'));
    for (const term of [1, 2]) {
      const dataDir = await openDataDir({ dir, cluster: 'zürich', node: 'a', voters: ['a'] });
      const store = new DiskStore(dataDir, { ...defaultDiskStoreLimits, segmentBytes: 1_500 });
      const { lastIndex } = await recover(store);
      store.append(linesFor(store, lastIndex + 1, term, 9));
      await sync(store, aVote(term));
      store.append(linesFor(store, lastIndex + 10, term, 9));
      await sync(store);
      store.append(linesFor(store, lastIndex + 15, term, 1, 'conflict'));
      await sync(store);
      if (term === 2) {
        await save(store, 20, someItems(9), 2);
        await settled((done) => store.compact(20, done));
        base = store.firstIndex() - 1;
      }
      checksum = store.checksumAt(lastIndex + 15);
      store.stop();
      await store.closed();
    }
  });

  after(() => {
    fsx.removeSync(dir);
  });

  it('is enough to write a reader that verifies a directory', function () {
    if (!has('python3')) this.skip();
    const { status, stdout, stderr } = spawnSync('python3', [reader, dir], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    const expected = { lastIndex: 30, term: 2, time: 20, checksum: checksumText(checksum) };
    expect(base).to.be.above(0);
    expect(JSON.parse(stdout)).to.deep.equal({ ...expected, base, snapshot: 20 });
  });

  it('is enough to write a reader that finds a flipped bit', function () {
    if (!has('python3')) this.skip();
    const copy = `${dir}-damaged`;
    fsx.copySync(dir, copy);
    const path = join(
      copy,
      readdirSync(copy).find((name) => name.startsWith('log-'))!,
    );
    const bytes = readFileSync(path);
    bytes[600]! ^= 1;
    writeFileSync(path, bytes);
    const { status, stderr } = spawnSync('python3', [reader, copy], { encoding: 'utf8' });
    fsx.removeSync(copy);
    expect(status).to.equal(1);
    expect(stderr).to.match(/byte \d+: not what follows entry \d+/);
  });

  it('keeps its word that jq reads every line', function () {
    if (!has('jq')) this.skip();
    for (const name of readdirSync(dir)) {
      const { status, stdout } = spawnSync('jq', ['-c', '.', join(dir, name)], {
        encoding: 'utf8',
      });
      expect(status, name).to.equal(0);
      expect(stdout, name).to.equal(readFileSync(join(dir, name), 'utf8'));
    }
  });
});
