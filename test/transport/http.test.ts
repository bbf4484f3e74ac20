/** Plain HTTP at the border: who may ask, how much, and what a handler is never shown. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createClientListener } from '../../transport/client-listener.ts';
import { Debts } from '../../transport/debts.ts';
import { httpEndpoint } from '../../transport/http-endpoint.ts';
import type { HttpHandler, HttpRequest } from '../../transport/http.ts';
import { defaultClientLimits, type ClientLimits } from '../../transport/limits.ts';
import type { Closed } from '../../transport/transport.ts';
import { eventually } from '../e2e/processes.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A listener whose handler keeps what it is shown. */
async function listen(
  handler?: HttpHandler,
  limits: Partial<ClientLimits> = {},
  hearFault: (fault: Closed) => void = () => undefined,
) {
  const seen: HttpRequest[] = [];
  const echo: HttpHandler = (request) => {
    seen.push(request);
    return Promise.resolve({ status: 200, body: { read: request.body.length } });
  };
  const port = await new Promise<number>((resolve, reject) => {
    const listener = createClientListener({
      submit: () => undefined,
      watch: () => () => undefined,
      http: handler ?? echo,
      host: '127.0.0.1',
      port: 0,
      limits: { ...defaultClientLimits, ...limits },
      onListening: resolve,
      onFault: (fault) => {
        hearFault(fault);
        reject(new Error(fault.message));
      },
    });
    cleanUps.push(() => new Promise<void>((done) => listener.stop(done)));
  });
  return { seen, port, url: `http://127.0.0.1:${port}` };
}

async function errorOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

/** What a server says to `text`, sent as it is. */
async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  cleanUps.push(() => socket.destroy());
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

describe('http', () => {
  it('shows a handler method, path, query and body, the path still encoded', async () => {
    const { seen, url } = await listen();
    const response = await fetch(`${url}/v1/kv/a%2Fb?x=1`, { method: 'PUT', body: 'hello' });
    expect(await response.json()).to.deep.equal({ read: 5 });
    const [request] = seen;
    expect(request).to.include({ method: 'PUT', path: '/v1/kv/a%2Fb' });
    expect(request?.query.get('x')).to.equal('1');
    expect(Buffer.from(request?.body ?? []).toString()).to.equal('hello');
  });

  it('takes a query whole, question marks and all (RFC 3986 §3.4)', async () => {
    const { seen, url } = await listen();
    await fetch(`${url}/v1/kv?prefix=why?/&end=what?`);
    const [request] = seen;
    expect(request?.path).to.equal('/v1/kv');
    expect([...(request?.query ?? [])]).to.deep.equal([
      ['prefix', 'why?/'],
      ['end', 'what?'],
    ]);
  });

  it('answers who asks for HTTP/2 as well, as if it had not (RFC 9110 §7.8)', async () => {
    const { seen, port } = await listen();
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAQ\r\n';
    const request = `PUT /v1/kv/a%2Fb HTTP/1.1\r\nHost: localhost\r\nIf-Match: 3\r\n${upgrade}`;
    const said = await say(port, `${request}Content-Length: 5\r\n\r\nhello`);
    expect(said).to.include('HTTP/1.1 200 OK').and.to.include('{"read":5}');
    expect(seen[0]).to.include({ method: 'PUT', path: '/v1/kv/a%2Fb' });
    expect(seen[0]?.headers).to.include({ 'if-match': '3' });
    // A dozen on one connection, whose bodies come behind their heads; nothing is left of each.
    const warnings: string[] = [];
    const warned = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', warned);
    cleanUps.push(() => process.off('warning', warned));
    const socket = connect(port, '127.0.0.1').setNoDelay();
    cleanUps.push(() => socket.destroy());
    for (let size = 1; size <= 12; size++) {
      socket.write(`${request}Content-Length: ${size}\r\n\r\n`);
      socket.write('x'.repeat(size));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).to.include(`{"read":${size}}`);
    }
    expect(warnings).to.deep.equal([]);
  });

  it('answers 404 with a code where nothing is served', async () => {
    const { url } = await listen(() => null);
    const response = await fetch(`${url}/nowhere`);
    expect(response.status).to.equal(404);
    expect(await errorOf(response)).to.equal('ERR_NO_SUCH_PATH');
    expect(response.headers.get('x-statecraft-error')).to.equal('ERR_NO_SUCH_PATH');
  });

  it('still tells that the path of the client only upgrades', async () => {
    const { seen, url } = await listen();
    expect((await fetch(`${url}/client`)).status).to.equal(426);
    expect(seen).to.deep.equal([]);
  });

  it('does not serve a name that somebody else made point here (DNS rebinding)', async () => {
    const { seen, port } = await listen();
    const answer = await say(port, 'GET /v1/kv/a HTTP/1.1\r\nHost: evil.test\r\n\r\n');
    expect(answer)
      .to.match(/^HTTP\/1\.1 403 /)
      .and.include('ERR_HOST_REFUSED');
    expect(seen).to.deep.equal([]);
  });

  it('does not serve a page of another origin, and gives no CORS permission', async () => {
    const { seen, url } = await listen();
    const headers = { origin: 'https://evil.test' };
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(url, { method, headers });
      expect(response.status, method).to.equal(403);
      expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    }
    expect(seen).to.deep.equal([]);
  });

  it('takes a write from a page of its own only as JSON: no form can send that', async () => {
    const { seen, url } = await listen();
    const write = (type: string, from: Record<string, string>) =>
      fetch(url, { method: 'PUT', headers: { ...from, 'content-type': type }, body: '1' });
    for (const from of [{ origin: url }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await write('text/plain', from)).status).to.equal(415);
      expect((await write('application/jsonx', from)).status).to.equal(415);
    }
    expect(seen).to.deep.equal([]);
    expect((await write('application/json; charset=utf-8', { origin: url })).status).to.equal(200);
    expect((await write('text/plain', {})).status).to.equal(200);
  });

  it('refuses a body past the bound, declared or not, and keeps none of it', async () => {
    const { seen, url, port } = await listen(undefined, { maxHttpBodyBytes: 1_000 });
    expect((await fetch(url, { method: 'PUT', body: 'x'.repeat(1_000) })).status).to.equal(200);

    const declared = await say(
      port,
      'PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n',
    );
    expect(declared)
      .to.match(/^HTTP\/1\.1 413 /)
      .and.include('ERR_TOO_LARGE');
    expect(declared.toLowerCase()).to.include('connection: close');

    const chunk = `3e9\r\n${'x'.repeat(1_001)}\r\n`;
    const chunked = await say(
      port,
      `PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
    );
    expect(chunked).to.match(/^HTTP\/1\.1 413 /);
    expect(seen).to.have.length(1);
  });

  it('refuses a flood at once, and serves again when the first are answered', async () => {
    const release: (() => void)[] = [];
    const slow: HttpHandler = () =>
      new Promise((resolve) => release.push(() => resolve({ status: 200, body: 'done\n' })));
    const { url } = await listen(slow, { maxHttpRequests: 2 });
    const first = [fetch(url), fetch(url)];
    while (release.length < 2) await new Promise((resolve) => setImmediate(resolve));

    const refused = await fetch(url);
    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(await errorOf(refused)).to.equal('ERR_OVERLOADED');

    for (const answer of release.splice(0)) answer();
    for (const response of await Promise.all(first)) expect(response.status).to.equal(200);
    const again = fetch(url);
    while (release.length < 1) await new Promise((resolve) => setImmediate(resolve));
    release[0]?.();
    expect((await again).status).to.equal(200);
  });

  it('tells a handler when whoever asked has gone', async () => {
    let asked: (request: HttpRequest) => void = () => undefined;
    const request = new Promise<HttpRequest>((resolve) => (asked = resolve));
    const { port } = await listen((one) => {
      asked(one);
      return new Promise(() => undefined);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const { signal } = await request;
    socket.destroy();
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.aborted).to.equal(true);
  });

  it('forgets what it owes whoever has gone, also behind another answer of the connection', async () => {
    let owed = 0;
    const debts = new Debts(1 << 20);
    debts.add = (_, bytes) => void (owed += bytes);
    debts.forget = () => void (owed = 0);
    const slow = new EventEmitter();
    const aborted: string[] = [];
    const server = createServer(
      httpEndpoint({
        handler: async ({ path, signal }) => {
          signal.addEventListener('abort', () => aborted.push(path));
          if (path === '/slow') await once(slow, 'go on');
          return { status: 200, body: 'x'.repeat(1_000) };
        },
        ...{ hosts: [], limits: defaultClientLimits, debts, webSocketPaths: [] },
      }),
    ).listen(0, '127.0.0.1');
    cleanUps.push(() => server.close());
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    cleanUps.push(() => socket.destroy());
    for (const path of ['/slow', '/quick']) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    }
    await eventually('it is owed', 5_000, () => owed > 1_000);
    socket.destroy();
    await eventually('both are told', 5_000, () => aborted.length === 2);
    expect(owed).to.equal(0);
    slow.emit('go on');
  });

  it('answers 500 when a handler fails, and says nothing of the inside', async () => {
    const { url } = await listen(() => Promise.reject(new Error('secret')));
    const response = await fetch(url);
    expect(response.status).to.equal(500);
    expect(await response.text())
      .to.include('ERR_INTERNAL')
      .and.not.include('secret');
  });

  it('a connection that cannot be accepted is told, and the others are served: ERR_ACCEPT_FAILED', async () => {
    const faults: Closed[] = [];
    const { url } = await listen(undefined, {}, (fault) => faults.push(fault));
    let server: Server | null = null;
    const hear = (message: unknown): void => {
      ({ server } = message as { readonly server: Server });
    };
    subscribe('http.server.request.start', hear);
    await fetch(url);
    unsubscribe('http.server.request.start', hear);
    const error = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
    // As Node tells a listener that has no descriptor left for a connection.
    server!.emit('error', error);
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_ACCEPT_FAILED']);
    expect(faults[0]?.message).to.match(/: accept EMFILE\. .*\(ulimit -n\)\.$/);
    expect((await fetch(url)).status).to.equal(200);
  });

  it('a port that is taken is told with what to do', async () => {
    const { port } = await listen();
    const { code, message } = await new Promise<Closed>((resolve) => {
      const second = createClientListener({
        submit: () => undefined,
        watch: () => () => undefined,
        host: '127.0.0.1',
        port,
        onListening: () => undefined,
        onFault: resolve,
      });
      cleanUps.push(() => new Promise<void>((done) => second.stop(done)));
    });
    expect(code).to.equal('ERR_LISTEN_FAILED');
    expect(message).to.match(/EADDRINUSE.*\. Another process listens there: stop it, or choose /);
  });
});
