/** When a build is fresh: `prepare` does nothing then, and must never leave an old build. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { isFresh } from '../../apps/build/freshness.ts';

describe('build: freshness', () => {
  let base: string;
  const built = ['dist/web/index.html', 'dist/apps/cli/main.js'];
  const sources = ['machines/a.ts', 'machines/roles/b.ts', 'apps/web/main.tsx', 'package.json'];

  /** Seconds since 1970, of a file and nothing else. */
  const writtenAt = (path: string, at: number) => utimes(join(base, path), at, at);

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'freshness-'));
    for (const path of [...sources, ...built]) {
      await mkdir(dirname(join(base, path)), { recursive: true });
      await writeFile(join(base, path), 'x');
    }
    await writeFile(join(base, 'tsconfig.build.json'), '{"include":["machines"]}');
    const folders = ['machines', 'machines/roles', 'apps/web'];
    for (const path of [...sources, ...folders, 'tsconfig.build.json']) await writtenAt(path, 100);
    for (const path of built) await writtenAt(path, 200);
  });

  afterEach(() => rm(base, { recursive: true }));

  it('is fresh when nothing is newer than the end of the last build', async () => {
    expect(await isFresh(base)).to.equal(true);
    await writtenAt('dist/apps/cli/main.js', 50);
    expect(await isFresh(base), 'tsc leaves alone what did not change').to.equal(true);
  });

  it('is not when a source, the page or the package changed', async () => {
    for (const path of [...sources, 'tsconfig.build.json']) {
      await writtenAt(path, 300);
      expect(await isFresh(base), path).to.equal(false);
      await writtenAt(path, 100);
    }
  });

  it('is not when a source was removed', async () => {
    await rm(join(base, 'machines/roles/b.ts'));
    expect(await isFresh(base)).to.equal(false);
  });

  it('is not when there is no build, or half of one', async () => {
    for (const path of built) {
      await rm(join(base, path));
      expect(await isFresh(base), path).to.equal(false);
      await writeFile(join(base, path), 'x');
    }
  });
});
