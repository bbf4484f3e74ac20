/** The two paths of watchers over real sockets: who gets in, and who is closed. */
import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket, type ClientOptions } from 'ws';
import { createClientListener } from '../../transport/client-listener.ts';
import { inspectRoutes, type FrameSink } from '../../transport/inspect-listener.ts';
import { defaultInspectLimits, type InspectLimits } from '../../transport/limits.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Watching {
  readonly since: number | null;
  readonly stream: string | null;
  readonly sink: FrameSink;
}

async function listen(limits: Partial<InspectLimits> = {}) {
  const watching = new Set<Watching>();
  const begun: Watching[] = [];
  const routes = inspectRoutes({
    watch(request, sink) {
      const watcher = { ...request, sink };
      watching.add(watcher);
      begun.push(watcher);
      sink.send('hello');
      return () => void watching.delete(watcher);
    },
    stately: () => () => undefined,
    statelyToken: () => 'secret',
    limits: { ...defaultInspectLimits, ...limits },
  });
  const port = await new Promise<number>((resolve, reject) => {
    const listener = createClientListener({
      routes,
      submit: () => undefined,
      watch: () => () => undefined,
      host: '127.0.0.1',
      port: 0,
      onListening: resolve,
      onFault: (fault) => reject(new Error(fault.message)),
    });
    cleanUps.push(() => new Promise<void>((done) => listener.stop(done)));
  });
  return { port, url: `ws://127.0.0.1:${port}/inspect`, watching, begun };
}

async function watchAt(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, options);
  cleanUps.push(() => socket.terminate());
  await once(socket, 'message');
  return socket;
}

async function closing(socket: WebSocket): Promise<[number, string]> {
  const [status, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [status, reason.toString()];
}

function refusal(url: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => undefined);
    socket.on('open', () => reject(new Error('the upgrade was not refused')));
    socket.on('unexpected-response', (_request, response) => {
      resolve([response.statusCode ?? 0, String(response.headers['x-statecraft-error'])]);
    });
  });
}

describe('inspect listener', () => {
  it('begins with the full state, or after the event that the URL names', async () => {
    const { url, begun } = await listen();
    await watchAt(url);
    await watchAt(`${url}?since=812&stream=abc`);
    expect(begun.map(({ since, stream }) => [since, stream])).to.deep.equal([
      [null, null],
      [812, 'abc'],
    ]);
  });

  it('takes nothing but a whole number for a sequence number', async () => {
    const { url } = await listen();
    for (const since of ['', '-1', '1.5', 'x', '1e99', '9'.repeat(30)]) {
      expect(await refusal(`${url}?since=${since}`), since).to.deep.equal([400, 'ERR_BAD_REQUEST']);
    }
  });

  it('refuses foreign pages and foreign names, as it does clients: rebinding, cross-site', async () => {
    const { url, port } = await listen();
    for (const origin of [
      'https://evil.test',
      'null',
      'http://localhost:1',
      'https://stately.ai',
    ]) {
      expect(await refusal(url, { origin })).to.deep.equal([403, 'ERR_ORIGIN_REFUSED']);
    }
    expect(await refusal(url, { host: 'evil.test' })).to.deep.equal([403, 'ERR_HOST_REFUSED']);
    const own = await watchAt(url, { origin: `http://127.0.0.1:${port}` });
    expect(own.readyState).to.equal(WebSocket.OPEN);
  });

  it("lets none but the bearer of the token see Stately's protocol", async () => {
    const { url } = await listen();
    for (const query of ['', '?token=', '?token=secre', '?token=secretx']) {
      expect(await refusal(`${url}/stately${query}`)).to.deep.equal([403, 'ERR_TOKEN_REFUSED']);
    }
  });

  it('only tells: who says anything is closed', async () => {
    const { url, watching } = await listen();
    const socket = await watchAt(url);
    socket.send('{"kill":"n1"}');
    expect(await closing(socket)).to.deep.equal([1008, 'ERR_READ_ONLY']);
    expect(watching.size).to.equal(0);
  });

  it('closes a watcher that does not read, and tells it nothing more', async () => {
    const { url, begun, watching } = await listen({ maxQueuedBytes: 10_000 });
    const socket = await watchAt(url);
    socket.pause();
    const frame = 'x'.repeat(1_000_000);
    // More than the buffers of the system take.
    for (let i = 0; i < 100 && watching.size > 0; i += 1) begun[0]?.sink.send(frame);
    expect(watching.size).to.equal(0);
    socket.resume();
    expect(await closing(socket)).to.deep.equal([1013, 'ERR_OVERLOADED']);
  });

  it('forgets a watcher that went away', async () => {
    const { url, watching } = await listen();
    const socket = await watchAt(url);
    expect(watching.size).to.equal(1);
    socket.terminate();
    while (watching.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(watching.size).to.equal(0);
  });

  it('serves a bounded number of watchers', async () => {
    const { url } = await listen({ maxWatchers: 1 });
    await watchAt(url);
    const second = new WebSocket(url);
    expect(await closing(second)).to.deep.equal([1013, 'ERR_TOO_MANY_CONNECTIONS']);
  });
});
