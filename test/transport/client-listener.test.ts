/** The client listener over real sockets: requests in, responses out, and what it refuses. */
import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { connect } from '../../actors/client.ts';
import { createClientListener } from '../../transport/client-listener.ts';
import { parseResponse } from '../../transport/client-protocol.ts';
import type {
  ClientRequest,
  ClientResponse,
  FailedResponse,
  WatchRequest,
  WatchSink,
} from '../../transport/client-protocol.ts';
import { defaultClientLimits } from '../../transport/limits.ts';
import type { ClientLimits } from '../../transport/limits.ts';
import type { Closed } from '../../transport/transport.ts';

type Watch = (request: WatchRequest, sink: WatchSink) => () => void;
type Submit = (request: ClientRequest, respond: (response: ClientResponse) => void) => void;

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const answerAtOnce: Submit = (request, respond) =>
  respond({ id: request.id, ok: true, index: 20, result: request.op });

const watchNothing: Watch = () => () => undefined;

async function listen(submit: Submit, limits: Partial<ClientLimits> = {}, watch = watchNothing) {
  const faults: Closed[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const listener = createClientListener({
      submit,
      watch,
      host: '127.0.0.1',
      port: 0,
      limits: { ...defaultClientLimits, closeTimeoutMs: 50, ...limits },
      onListening: resolve,
      onFault: (fault) => {
        faults.push(fault);
        reject(new Error(fault.message));
      },
    });
    cleanUps.push(() => new Promise<void>((done) => listener.stop(done)));
  });
  return { port, faults, url: `ws://127.0.0.1:${port}/client` };
}

/** A client that keeps what it gets, frame by frame. */
async function connectTo(url: string, options: ClientOptions = {}) {
  const socket = new WebSocket(url, options);
  const frames: string[] = [];
  socket.on('message', (data: Buffer) => frames.push(data.toString()));
  cleanUps.push(() => socket.terminate());
  await once(socket, 'open');
  const lines = () => frames.join('').split('\n').slice(0, -1);
  return {
    socket,
    frames,
    responses: () => lines().map((line) => parseResponse(line)!),
    /** Resolves when `count` responses have come. */
    until: async (count: number) => {
      while (lines().length < count) await once(socket, 'message');
    },
    closing: async () => {
      const [status, reason] = (await once(socket, 'close')) as [number, Buffer];
      return [status, reason.toString()];
    },
  };
}

const status = (id: number) => `{"id":${id},"op":"status"}`;
const watch = (id: number) =>
  `{"id":${id},"op":"watch","machine":"kv","select":{"prefix":""},"from":null}`;

describe('client listener', () => {
  it('hands requests on in order and carries the responses back', async () => {
    const { url } = await listen(answerAtOnce);
    const client = await connectTo(url);
    client.socket.send(`${status(1)}\n{"id":2,"op":"read","machine":"kv","query":{"key":"a"}}\n`);
    client.socket.send('{"id":3,"op":"open"}');
    await client.until(3);
    expect(client.responses()).to.deep.equal([
      { id: 1, ok: true, index: 20, result: 'status' },
      { id: 2, ok: true, index: 20, result: 'read' },
      { id: 3, ok: true, index: 20, result: 'open' },
    ]);
  });

  it('takes many requests to a frame and gathers the responses of a turn into one', async () => {
    const { url } = await listen(answerAtOnce);
    const client = await connectTo(url);
    client.socket.send(Array.from({ length: 500 }, (_, id) => status(id)).join('\n'));
    await client.until(500);
    expect(client.frames).to.have.length(1);
    expect(client.responses().map(({ id }) => id)).to.deep.equal([...Array(500).keys()]);
  });

  it('carries responses that come later, in whatever order, and drops those of a client that left', async () => {
    const waiting: (() => void)[] = [];
    const { url } = await listen((request, respond) => {
      waiting.push(() => respond({ id: request.id, ok: true, session: 17 }));
    });
    const client = await connectTo(url);
    client.socket.send(`${status(1)}\n${status(2)}\n${status(3)}`);
    while (waiting.length < 3) await new Promise((turn) => setImmediate(turn));
    waiting[1]!();
    waiting[0]!();
    await client.until(2);
    expect(client.responses().map(({ id }) => id)).to.deep.equal([2, 1]);

    client.socket.terminate();
    await once(client.socket, 'close');
    expect(waiting[2]).not.to.throw();
  });

  it('fails loudly when a request is answered twice: the second answer would be someone else’s', async () => {
    let twice: (() => void) | null = null;
    const { url } = await listen((request, respond) => {
      respond({ id: request.id, ok: true, session: 17 });
      twice = () => respond({ id: request.id, ok: true, session: 18 });
    });
    const client = await connectTo(url);
    client.socket.send(status(1));
    await client.until(1);
    expect(twice).to.throw('answered twice');
  });

  it('answers a line that is no request, and closes after eight of them', async () => {
    const submitted: number[] = [];
    const { url } = await listen((request, respond) => {
      submitted.push(request.id);
      answerAtOnce(request, respond);
    });
    const client = await connectTo(url);
    client.socket.send(`oops\n${status(1)}\n{"id":7,"op":"drop"}`);
    await client.until(3);
    expect(client.responses()[0]).to.deep.include({
      id: null,
      ok: false,
      code: 'ERR_BAD_REQUEST',
      outcome: 'not-applied',
      retryable: false,
    });
    expect(client.responses().map(({ id }) => id)).to.deep.equal([null, 1, 7]);

    client.socket.send(`${'oops\n'.repeat(100)}${status(2)}`);
    expect(await client.closing()).to.deep.equal([1008, 'ERR_BAD_REQUEST']);
    expect(client.responses()).to.have.length(3 + 6);
    expect(submitted, 'nothing is heard behind the eighth').to.deep.equal([1]);
  });

  it('a call that no server can read fails alone, and at once', async () => {
    const submitted: string[] = [];
    const { url } = await listen((request, respond) => {
      submitted.push(request.op);
      answerAtOnce(request, respond);
    });
    await using client = await connect([url.slice('ws://'.length, -'/client'.length)]);
    const failure = await client.query('m', 'a', { atLeast: 1.5 }).catch((error: unknown) => error);
    expect(failure).to.include({ code: 'ERR_BAD_REQUEST', outcome: 'not-applied' });
    expect(await client.query('m', 'b')).to.deep.equal({ index: 20, result: 'read' });
    expect(submitted).to.deep.equal(['read']);
  });

  it('closes on a binary frame', async () => {
    const { url } = await listen(answerAtOnce);
    const client = await connectTo(url);
    client.socket.send(new TextEncoder().encode(status(1)));
    expect(await client.closing()).to.deep.equal([1003, 'ERR_BAD_REQUEST']);
    expect(client.frames).to.deep.equal([]);
  });

  it('row 28: closes on text that is not UTF-8', async () => {
    const { url } = await listen(answerAtOnce);
    const client = await connectTo(url);
    client.socket.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false });
    expect((await client.closing())[0]).to.equal(1007);
  });

  it('row 27: closes on a frame over its bound, and on a flood of fragments', async () => {
    const { url } = await listen(answerAtOnce, { maxPayloadBytes: 1_000 });
    const big = await connectTo(url);
    big.socket.send(' '.repeat(1_001));
    expect((await big.closing())[0]).to.equal(1009);
    const crumbs = await connectTo(url);
    for (let i = 0; i < 100; i += 1) crumbs.socket.send('', { fin: false });
    expect((await crumbs.closing())[0]).to.equal(1008);
  });

  it('refuses what passes the requests outstanding, and serves again once some are answered', async () => {
    const waiting: (() => void)[] = [];
    const { url } = await listen(
      (request, respond) => waiting.push(() => respond({ id: request.id, ok: true, session: 1 })),
      { maxOutstanding: 2 },
    );
    const client = await connectTo(url);
    client.socket.send([1, 2, 3].map(status).join('\n'));
    await client.until(1);
    expect(client.responses()[0]).to.deep.include({
      id: 3,
      code: 'ERR_OVERLOADED',
      outcome: 'not-applied',
      retryable: true,
    });
    waiting[0]!();
    await client.until(2);
    client.socket.send(status(4));
    while (waiting.length < 3) await new Promise((turn) => setImmediate(turn));
    expect(client.responses().map(({ id }) => id)).to.deep.equal([3, 1]);
  });

  it('row 33: closes a client that never reads with 1013, and its memory stays bounded', async () => {
    const result = 'x'.repeat(100_000);
    const respondTo: ((response: ClientResponse) => void)[] = [];
    const maxQueuedBytes = 1 << 20;
    const { url } = await listen((_request, respond) => respondTo.push(respond), {
      maxQueuedBytes,
    });
    const client = await connectTo(url);
    client.socket.send(Array.from({ length: 1_000 }, (_, id) => status(id)).join('\n'));
    while (respondTo.length < 1_000) await new Promise((turn) => setImmediate(turn));

    // 100 MB of answers, while the client reads nothing.
    client.socket.pause();
    for (const [id, respond] of respondTo.entries()) respond({ id, ok: true, index: 1, result });
    client.socket.resume();
    expect(await client.closing()).to.deep.equal([1013, 'ERR_OVERLOADED']);
    const received = client.frames.reduce((sum, frame) => sum + frame.length, 0);
    expect(received).to.be.within(1, maxQueuedBytes + 10_000_000);
  });

  it('bounds the parts of messages of all connections together, and ends whoever sent most', async () => {
    const { url, faults } = await listen(answerAtOnce, { maxTotalInboundBytes: 1 << 20 });
    const clients = await Promise.all([1, 2, 3].map(() => connectTo(url)));
    const [small, greedy, late] = clients;
    const closed = greedy!.closing();
    const part = (client: typeof small, bytes: number): Promise<void> =>
      new Promise((sent) => client!.socket.send('x'.repeat(bytes), { fin: false }, () => sent()));
    await part(small, 300_000);
    await part(greedy, 600_000);
    await part(late, 300_000);
    expect(await closed).to.deep.equal([1013, 'ERR_OVERLOADED']);
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_OVERLOADED']);
    expect(faults[0]?.message, 'for the log').to.match(
      /^closed 127\.0\.0\.1:\d+: it had sent 600\d{3} bytes of a message/,
    );
    late!.socket.send(`\n${status(2)}`, { fin: true });
    await late!.until(2);
    expect(late!.responses()).to.deep.include({ id: 2, ok: true, index: 20, result: 'status' });
  });

  it('forgets what a connection held once its message is whole, with pings between', async () => {
    const { url } = await listen(answerAtOnce, { maxTotalInboundBytes: 1 << 20 });
    const client = await connectTo(url);
    for (let id = 1; id <= 100; id += 1) {
      for (let i = 0; i < 5; i += 1) client.socket.ping('p'.repeat(100));
      client.socket.send(status(id).padStart(100_000));
      await client.until(id);
    }
  });

  it('row 33: counts what a client is owed in bytes, though a character may be three of them', async () => {
    const respondTo: ((response: ClientResponse) => void)[] = [];
    const maxQueuedBytes = 8 << 20;
    const result = 'あ'.repeat(180_000);
    const { url } = await listen((_request, respond) => respondTo.push(respond), {
      maxQueuedBytes,
      closeTimeoutMs: 5_000,
    });
    const client = await connectTo(url);
    client.socket.send(Array.from({ length: 40 }, (_, id) => status(id)).join('\n'));
    while (respondTo.length < 40) await new Promise((turn) => setImmediate(turn));
    expect(40 * result.length).to.be.below(maxQueuedBytes);

    client.socket.pause();
    for (const [id, respond] of respondTo.entries()) respond({ id, ok: true, index: 1, result });
    client.socket.resume();
    expect(await client.closing()).to.deep.equal([1013, 'ERR_OVERLOADED']);
  });

  it('row 33: a client that does not even read the close is destroyed', async () => {
    const { url } = await listen(
      (request, respond) =>
        respond({ id: request.id, ok: true, index: 1, result: 'x'.repeat(1 << 20) }),
      { maxQueuedBytes: 1 << 20 },
    );
    const client = await connectTo(url, { autoPong: false });
    const raw = client.socket as unknown as { readonly _socket: NodeJS.Socket };
    client.socket.pause();
    client.socket.send(Array.from({ length: 100 }, (_, id) => status(id)).join('\n'));
    // Our end hears of it only by writing: the server's end is no more.
    const dead = once(raw._socket, 'error');
    const poke = setInterval(() => client.socket.send(status(1)), 5);
    cleanUps.push(() => clearInterval(poke));
    const [error] = (await dead) as [NodeJS.ErrnoException];
    expect(error.code).to.be.oneOf(['ECONNRESET', 'EPIPE']);
  });

  it('streams a watch under its id, ends it when asked or when the client leaves, and then drops its words', async () => {
    const sinks: WatchSink[] = [];
    const ended: number[] = [];
    const { url } = await listen(answerAtOnce, {}, (request, sink) => {
      sinks.push(sink);
      return () => ended.push(request.id);
    });
    const client = await connectTo(url);
    client.socket.send(`${watch(5)}\n${watch(6)}\n`);
    while (sinks.length < 2) await new Promise((turn) => setImmediate(turn));
    for (const revision of [3, 4]) sinks[0]!.send({ id: 5, ok: true, revision, events: [] });
    await client.until(2);
    client.socket.send('{"id":5,"op":"cancel"}\n{"id":5,"op":"cancel"}\n{"id":9,"op":"cancel"}');
    await client.until(3);

    expect(client.responses()).to.deep.equal([
      { id: 5, ok: true, revision: 3, events: [] },
      { id: 5, ok: true, revision: 4, events: [] },
      { id: 5, ok: true, ended: true },
    ]);
    expect(ended).to.deep.equal([5]);
    client.socket.terminate();
    while (ended.length < 2) await new Promise((turn) => setImmediate(turn));
    expect(() => sinks[1]!.send({ id: 6, ok: true, revision: 5, events: [] })).not.to.throw();
  });

  it('counts watches among the requests outstanding, until they end, and takes an id once', async () => {
    const sinks: WatchSink[] = [];
    const { url } = await listen(answerAtOnce, { maxOutstanding: 2 }, (_request, sink) => {
      sinks.push(sink);
      return () => undefined;
    });
    const client = await connectTo(url);
    client.socket.send(`${watch(5)}\n${watch(5)}\n${watch(6)}\n${watch(7)}`);
    await client.until(2);
    expect(client.responses()[0]).to.include({ id: null, code: 'ERR_BAD_REQUEST' });
    expect(client.responses()[1]).to.include({ id: 7, code: 'ERR_OVERLOADED' });

    sinks[0]!.send({ ...(client.responses()[1] as FailedResponse), id: 5 });
    client.socket.send(watch(5));
    while (sinks.length < 3) await new Promise((turn) => setImmediate(turn));
    expect(sinks).to.have.length(3);
  });

  it('row 34: refuses one connection too many', async () => {
    const { url } = await listen(answerAtOnce, { maxConnections: 1 });
    await connectTo(url);
    expect(await upgradeStatus(url)).to.equal(503);
  });

  it('row 34: drops a client that answers no ping', async () => {
    const { url } = await listen(answerAtOnce, { idleTimeoutMs: 40 });
    const client = await connectTo(url, { autoPong: false });
    expect((await client.closing())[0]).to.equal(1006);
  });

  it('tells clients that it stops, 1001, after the responses of the same turn', async () => {
    let stopped: unknown = null;
    const { url } = await listen((request, respond) => {
      respond({ id: request.id, ok: true, session: 17 });
      stopped = cleanUps.shift()!();
    });
    const client = await connectTo(url);
    client.socket.send(status(1));
    expect(await client.closing()).to.deep.equal([1001, 'ERR_STOPPED']);
    expect(client.responses()).to.deep.equal([{ id: 1, ok: true, session: 17 }]);
    await stopped;
  });
});

/** The HTTP status of an upgrade; 101 when it was accepted. */
function upgradeStatus(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url, { headers });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
  });
}

describe('client listener and browsers', () => {
  it('accepts no Origin, or the loopback one that is its own Host', async () => {
    const { port, url } = await listen(answerAtOnce);
    expect(await upgradeStatus(url)).to.equal(101);
    expect(await upgradeStatus(url, { origin: `http://127.0.0.1:${port}` })).to.equal(101);
    const localhost = { host: `localhost:${port}`, origin: `http://localhost:${port}` };
    expect(await upgradeStatus(url, localhost)).to.equal(101);
  });

  it('refuses every other Origin: cross-site pages, other ports, files, and equal names abroad', async () => {
    const { port, url } = await listen(answerAtOnce);
    for (const origin of [
      'http://evil.test',
      'null',
      'file://',
      `http://127.0.0.1:${port + 1}`,
      'http://127.0.0.1',
      `http://localhost:${port}`,
      `http://127.0.0.1:${port}.evil.test`,
      `http://evil.test@127.0.0.1:${port}`,
    ]) {
      expect(await upgradeStatus(url, { origin }), origin).to.equal(403);
    }
    const abroad = { host: `192.0.2.1:${port}`, origin: `http://192.0.2.1:${port}` };
    expect(await upgradeStatus(url, abroad)).to.equal(403);
  });

  it('CVE-2018-1099: refuses a rebound name, although the page is of the same origin', async () => {
    const { port, url } = await listen(answerAtOnce);
    const rebound = { host: `evil.test:${port}`, origin: `http://evil.test:${port}` };
    expect(await upgradeStatus(url, rebound)).to.equal(403);
  });

  it('answers plain HTTP with 426, whatever is asked', async () => {
    const { port } = await listen(answerAtOnce);
    for (const path of ['/', '/client', '/metrics']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(response.status).to.equal(426);
      expect(await response.text()).to.include('WebSocket');
    }
  });
});
