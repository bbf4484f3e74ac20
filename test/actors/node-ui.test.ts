/** The files of the page as a node serves them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { HttpAnswer } from '../../transport/http.ts';
import { createNodeUi } from '../../actors/node/ui.ts';

const text = (answer: HttpAnswer | null): string =>
  Buffer.from(answer?.body as Uint8Array).toString();

describe('node: the page at /ui/', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'statecraft-ui-'));
    await mkdir(join(folder, 'web/assets'), { recursive: true });
    await writeFile(join(folder, 'web/index.html'), '<!doctype html>');
    await writeFile(join(folder, 'web/assets/index-1a2b.js'), 'let a;');
    await writeFile(join(folder, 'web/assets/index-1a2b.js.br'), 'small');
    await writeFile(join(folder, 'web/notes.txt'), 'no type of the page');
    await writeFile(join(folder, 'secret.js'), 'outside');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const ask = (path: string) => createNodeUi(join(folder, 'web'))(path);

  it('is index.html under a policy that allows nothing inline, and is asked for anew each time', async () => {
    const answer = await ask('/ui/');
    expect(answer?.status).to.equal(200);
    expect(text(answer)).to.equal('<!doctype html>');
    const policy = answer?.headers?.['content-security-policy'] ?? '';
    expect(policy).to.match(/^default-src 'self';/);
    expect(policy).not.to.match(/unsafe|\*(?!;| ws:|$)/);
    expect(answer?.headers).not.to.have.property('cache-control');
  });

  it('keeps assets for good: their names carry a hash', async () => {
    const answer = await ask('/ui/assets/index-1a2b.js');
    expect(answer?.headers?.['cache-control']).to.include('immutable');
    expect(answer?.headers?.['content-type']).to.equal('text/javascript; charset=utf-8');
  });

  it('is sent as the build compressed it, to whoever takes that', async () => {
    const page = createNodeUi(join(folder, 'web'));
    const compressed = await page('/ui/assets/index-1a2b.js', 'gzip, deflate, br;q=1');
    expect([text(compressed), compressed?.headers?.['content-encoding']]).to.deep.equal([
      ...['small', 'br'],
    ]);
    const plain = await page('/ui/assets/index-1a2b.js', 'gzip');
    expect(text(plain)).to.equal('let a;');
    expect(plain?.headers).not.to.have.property('content-encoding');
    expect(await page('/ui/assets/index-1a2b.js.br')).to.include({ status: 404 });
  });

  it('leads from / and /ui to /ui/, for the links of the page are relative', async () => {
    for (const path of ['/', '/ui']) {
      expect(await ask(path)).to.deep.include({ status: 308, headers: { location: '/ui/' } });
    }
  });

  it('never reads what a path names: nothing outside of the folder, and no type that it has not', async () => {
    for (const path of [
      '/ui/../secret.js',
      '/ui/..%2fsecret.js',
      '/ui//etc/passwd',
      '/ui/notes.txt',
    ]) {
      expect(await ask(path), path).to.deep.include({ status: 404 });
    }
  });

  it('leaves other paths to others', () => {
    expect([ask('/uix'), ask('/status')]).to.deep.equal([null, null]);
  });

  it('is read anew after it could not be', async () => {
    const late = join(folder, 'late');
    await writeFile(late, 'no folder');
    const page = createNodeUi(late);
    const failed = await page('/ui/')?.catch((error: unknown) => error);
    expect(failed).to.include({ code: 'ENOTDIR' });
    await rm(late);
    await mkdir(late);
    await writeFile(join(late, 'index.html'), '<!doctype html>');
    expect((await page('/ui/'))?.status).to.equal(200);
  });

  it('says how to build it when it is not there', async () => {
    const answer = await createNodeUi(join(folder, 'nowhere'))('/ui/');
    expect(JSON.stringify(answer?.body)).to.include('npm run build');
  });
});
