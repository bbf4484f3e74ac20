/** `start --inspect` and `inspect`: the URL that one prints is what the other takes. */
import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { serveInspectPage } from '../../apps/cli/inspect-page.ts';
import { cli, singleNode, start, startWords, temporaryFolder } from '../cli/support.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Servers that stand alone, each with its inspector open; the URLs. */
async function servers(...ids: readonly string[]): Promise<string[]> {
  const urls: string[] = [];
  for (const id of ids) {
    const folder = await temporaryFolder();
    cleanUps.push(folder.remove);
    const node = await singleNode(folder.path, 'demo', id);
    cleanUps.push(() => node.stop());
    urls.push(node.inspect());
  }
  return urls;
}

function get(url: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; text: string; policy: string }>((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => {
        const policy = String(response.headers['content-security-policy']);
        resolve({ status: response.statusCode ?? 0, text, policy });
      });
    });
    asked.on('error', reject).end();
  });
}

describe('statecraft start --inspect', () => {
  it('prints the command that shows this server, with a token', async () => {
    const folder = await temporaryFolder();
    cleanUps.push(folder.remove);
    const session = start([...startWords({ 'data-dir': folder.path }), '--inspect'], {
      parent: true,
    });
    while (session.told.length === 0) await new Promise((resolve) => setImmediate(resolve));
    session.signal('SIGTERM');
    const { code, err } = await session.done;
    expect(code).to.equal(0);
    expect(err).to.match(
      /^Inspect: statecraft inspect 'ws:\/\/127\.0\.0\.1:\d+\/inspect\/stately\?token=[\da-f]{32}'$/m,
    );
  });
});

describe('statecraft inspect', () => {
  it('brings what several servers tell into one page, each from its beginning', async () => {
    const sources = await servers('n1', 'n2');
    const page = await serveInspectPage({ sources, onTrouble: () => undefined });
    cleanUps.push(() => page.stop());
    const { status, text, policy } = await get(page.url);
    expect(status).to.equal(200);
    expect(text).to.include('https://stately.ai/inspect');
    expect(policy).to.include("default-src 'none'").and.include("frame-ancestors 'none'");

    const viewer = new WebSocket(`${page.url.replace('http:', 'ws:')}events`, {
      origin: new URL(page.url).origin,
    });
    cleanUps.push(() => viewer.terminate());
    const actors = new Set<string>();
    viewer.on('message', (data: Buffer) => {
      const told = JSON.parse(data.toString()) as { type: string; sessionId: string };
      if (told.type === '@xstate.actor') actors.add(told.sessionId);
    });
    while (actors.size < 4) await once(viewer, 'message');
    expect([...actors]).to.have.members([
      ...['n1/server', 'n1/logWriter', 'n1/snapshotter'],
      ...['n2/server', 'n2/logWriter', 'n2/snapshotter'],
    ]);
  });

  it('serves nobody who has not the secret, the name or the page', async () => {
    const page = await serveInspectPage({ sources: [], onTrouble: () => undefined });
    cleanUps.push(() => page.stop());
    const { origin, host } = new URL(page.url);
    expect((await get(`${origin}/`)).status).to.equal(404);
    expect((await get(page.url, { host: 'evil.test' })).status).to.equal(404);
    const upgrade = async (url: string, from: string) => {
      const socket = new WebSocket(url, { origin: from });
      socket.on('error', () => undefined);
      const [, response] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number },
      ];
      return response.statusCode;
    };
    const events = `${page.url.replace('http:', 'ws:')}events`;
    expect(await upgrade(events, 'https://evil.test')).to.equal(403);
    expect(await upgrade(`ws://${host}/events`, origin)).to.equal(403);
  });

  it('refuses what is no URL of an inspector, and says where to get one', async () => {
    for (const url of [
      '127.0.0.1:7401',
      'http://127.0.0.1:7401/?token=x',
      'ws://127.0.0.1:7401/inspect',
    ]) {
      const { code, err } = await cli('inspect', url);
      expect(code).to.equal(3);
      expect(err).to.include('ERR_INVALID_ARGUMENT').and.include('--inspect');
    }
  });

  it('says so when the token is an old one, and when nobody is there', async () => {
    const [url = ''] = await servers('n1');
    const old = await cli('inspect', `${url}0`);
    expect(old.err).to.include('ERR_TOKEN_REFUSED');
    expect(old.code).to.equal(1);
    const gone = await cli('inspect', 'ws://127.0.0.1:1/inspect/stately?token=x');
    expect(gone.err).to.include('ERR_CONNECTION_REFUSED');
    expect(gone.code).to.equal(2);
  });
});
