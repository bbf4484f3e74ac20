/** The peer listener and dialer against other sides that break the rules, over real sockets. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientOptions } from 'ws';
import { encodeMessage } from '../../transport/codec.ts';
import { encodeHello, maxHelloBytes } from '../../transport/hello.ts';
import { defaultPeerLimits } from '../../transport/limits.ts';
import type { PeerLimits } from '../../transport/limits.ts';
import { createPeerListener, type PeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Closed, Hello } from '../../transport/transport.ts';
import { Recorder, aHeartbeat, aHello, linesOf } from './builders.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A listener `b`, what it heard, and why it closed connections. */
async function listen(limits: Partial<PeerLimits> = {}, hosts: readonly string[] = []) {
  const heard = new Recorder();
  const refused: Closed[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const listener = createPeerListener({
      self: aHello('b'),
      handlers: heard.listening,
      host: '127.0.0.1',
      port: 0,
      hosts,
      limits: { ...defaultPeerLimits, closeTimeoutMs: 50, ...limits },
      onListening: resolve,
      onFault: (fault) => reject(new Error(fault.message)),
      onRefused: (why) => {
        refused.push(why);
        heard.note(`refused ${why.code}`);
      },
    });
    cleanUps.push(() => new Promise<void>((done) => listener.stop(done)));
  });
  return { heard, refused, port, url: `ws://127.0.0.1:${port}/peer` };
}

/** A bare WebSocket whose test says what it sends; resolves when it is open. */
async function bare(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  cleanUps.push(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** The status and reason that `socket` is closed with. */
async function closing(socket: WebSocket): Promise<[number, string]> {
  const [status, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [status, reason.toString()];
}

/** The HTTP status and code that an upgrade is refused with. */
function refusal(url: string, options: ClientOptions): Promise<[number, unknown]> {
  const socket = new WebSocket(url, options);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was not refused'));
    });
    socket.on('unexpected-response', (request, response) => {
      resolve([response.statusCode ?? 0, response.headers['x-statecraft-error']]);
      socket.removeListener('error', reject).on('error', () => undefined);
      request.destroy();
    });
  });
}

const helloOfA = encodeHello(aHello('a'));
const heartbeat = encodeMessage(aHeartbeat(1));

describe('peer listener', () => {
  it('loses no message that comes right behind the hello', async () => {
    const { heard, url } = await listen();
    const socket = await bare(url);
    for (const frame of [helloOfA, heartbeat, encodeMessage(aHeartbeat(2))]) socket.send(frame);
    await heard.until('message 2');
    expect(heard.events).to.deep.equal(['peer a boot 1', 'message 1', 'message 2']);
  });

  it('row 15: refuses another protocol version before it reads on', async () => {
    const { url } = await listen();
    const socket = await bare(url);
    socket.send(new TextEncoder().encode('{"type":"hello","protocol":1,"shape":"unknown"}\n'));
    expect(await closing(socket)).to.deep.equal([1008, 'ERR_PROTOCOL_MISMATCH']);
  });

  const notHellos: Record<string, string | Uint8Array> = {
    'a message before the hello': heartbeat,
    'a text frame': '{"type":"hello"}\n',
    'an empty frame': new Uint8Array(0),
    'broken UTF-8': Uint8Array.of(0xff, 0xfe, 0x0a),
    'a hello with an unknown field': new TextEncoder().encode(
      `${JSON.stringify({ type: 'hello', ...aHello('a'), admin: true })}\n`,
    ),
    'a hello with __proto__': new TextEncoder().encode(
      `${JSON.stringify({ type: 'hello', ...aHello('a') }).replace('}', ',"__proto__":{}}')}\n`,
    ),
    'a hello of 5000 bytes': encodeHello(aHello('a', { clientAddress: 'x'.repeat(5_000) })),
  };
  for (const [what, frame] of Object.entries(notHellos)) {
    it(`closes on ${what}: ERR_BAD_FRAME`, async () => {
      const { heard, url } = await listen();
      const socket = await bare(url);
      socket.send(frame);
      expect(await closing(socket)).to.deep.equal([1008, 'ERR_BAD_FRAME']);
      expect(heard.events).to.deep.equal(['refused ERR_BAD_FRAME']);
    });
  }

  it('row 28: a bad frame closes its connection, once, and no other', async () => {
    const { heard, url } = await listen();
    const [bad, good] = [await bare(url), await bare(url)];
    good.send(encodeHello(aHello('d')));
    await heard.until('peer d boot 1');
    bad.send(helloOfA);
    for (let i = 0; i < 10; i += 1) bad.send('garbage');
    bad.send(heartbeat);
    expect(await closing(bad)).to.deep.equal([1008, 'ERR_BAD_FRAME']);
    good.send(encodeMessage(aHeartbeat(2, { from: 'd' })));
    await heard.until('message 2');
    expect(heard.events).to.deep.equal([
      'peer d boot 1',
      'peer a boot 1',
      'refused ERR_BAD_FRAME',
      'peer a gone',
      'message 2',
    ]);
  });

  it('row 28: closes on a bomb of brackets, and it costs no process its stack', async () => {
    const { url } = await listen();
    // Deep enough for the checks of JSON values to overflow, and too flat for JSON itself to.
    for (const depth of [2_000, 3_000, 4_000, 100_000]) {
      const socket = await bare(url);
      socket.send(encodeHello({ ...aHello('a'), channel: 'bulk' }));
      const of = { from: 'a', to: 'b', term: 1, offset: 0, chunkBytes: 0, time: 0, checksum: 0 };
      const snapshot = { index: 1, term: 1, sizeBytes: 0, hash: 0 };
      const extra = { bomb: 0 };
      const header = JSON.stringify({ type: 'rpc.installSnapshot', ...of, snapshot, extra });
      const bomb = '['.repeat(depth) + ']'.repeat(depth);
      socket.send(Buffer.from(`${header.replace('"bomb":0', `"bomb":${bomb}`)}\n`));
      expect(await closing(socket), String(depth)).to.deep.equal([1008, 'ERR_BAD_FRAME']);
    }
  });

  it('row 27: closes on a frame larger than its bound, with 1009', async () => {
    const { heard, url } = await listen({ maxPayloadBytes: 1_000 });
    const socket = await bare(url);
    socket.send(helloOfA);
    socket.send(new Uint8Array(1_001));
    expect((await closing(socket))[0]).to.equal(1009);
    expect(heard.events.slice(1)).to.deep.equal(['refused ERR_BAD_FRAME', 'peer a gone']);
  });

  it('row 27: closes on a flood of fragments, with 1008', async () => {
    const { heard, url } = await listen();
    const socket = await bare(url);
    for (let i = 0; i < 100; i += 1) socket.send(new Uint8Array(1), { fin: false });
    expect((await closing(socket))[0]).to.equal(1008);
    expect(heard.events).to.deep.equal(['refused ERR_BAD_FRAME']);
  });

  it('row 27: takes no compression, so there is no bomb', async () => {
    const { url } = await listen();
    const socket = await bare(url, { perMessageDeflate: true });
    expect(socket.extensions).to.equal('');
  });

  it('row 34: closes who says no hello: ERR_HANDSHAKE_TIMEOUT', async () => {
    const { url } = await listen({ helloTimeoutMs: 20 });
    expect(await closing(await bare(url))).to.deep.equal([1008, 'ERR_HANDSHAKE_TIMEOUT']);
  });

  it('row 34: drops a TCP connection that never finishes its request', async () => {
    const { port } = await listen({ handshakeTimeoutMs: 20 });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /peer HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    socket.resume();
    await once(socket, 'close');
    expect(socket.destroyed).to.equal(true);
  });

  it('row 34: a half-open peer, which answers no ping, is gone after the idle deadline', async () => {
    const { heard, url } = await listen({ idleTimeoutMs: 40 });
    const socket = await bare(url, { autoPong: false });
    socket.send(helloOfA);
    await heard.until('peer a gone');
    expect(heard.events).to.deep.equal([
      'peer a boot 1',
      'refused ERR_IDLE_TIMEOUT',
      'peer a gone',
    ]);
  });

  it('says whom it closed for parts of messages, once it has too many of all peers', async () => {
    const { heard, refused, url } = await listen({ maxTotalInboundBytes: 100_000 });
    const socket = await bare(url);
    socket.send(helloOfA);
    await heard.until('peer a boot 1');
    const closed = closing(socket);
    socket.send(Buffer.alloc(120_000), { fin: false });
    expect(await closed).to.deep.equal([1013, 'ERR_OVERLOADED']);
    await heard.until('peer a gone');
    expect(heard.events).to.deep.equal(['peer a boot 1', 'refused ERR_OVERLOADED', 'peer a gone']);
    expect(refused[0]?.message).to.match(/^closed a: it had sent 1\d+ bytes of a message/);
  });

  it('keeps a quiet peer that answers pings', async () => {
    const { heard, url } = await listen({ idleTimeoutMs: 200 });
    const socket = await bare(url);
    socket.send(helloOfA);
    for (let pings = 0; pings < 4; pings += 1) await once(socket, 'ping');
    socket.send(heartbeat);
    await heard.until('message 1');
    expect(heard.events).to.deep.equal(['peer a boot 1', 'message 1']);
  });

  it('row 34: refuses one connection too many: ERR_TOO_MANY_CONNECTIONS, and has room again later', async () => {
    const { url } = await listen({ maxConnections: 2 });
    const sockets = [await bare(url), await bare(url)];
    expect(await refusal(url, {})).to.deep.equal([503, 'ERR_TOO_MANY_CONNECTIONS']);
    sockets[0]!.close();
    await once(sockets[0]!, 'close');
    await new Promise((turn) => setImmediate(turn));
    await bare(url);
  });

  it('tells its dialler ERR_TOO_MANY_CONNECTIONS', async () => {
    const { port, url } = await listen({ maxConnections: 1 });
    await bare(url);
    const told = new Recorder();
    createPeerDialer(aHello('a')).dial(`127.0.0.1:${port}`, 'b', told.dialled);
    await told.until('closed ERR_TOO_MANY_CONNECTIONS');
    expect(told.events).to.deep.equal(['closed ERR_TOO_MANY_CONNECTIONS']);
  });

  it('row 35: refuses browsers, whatever their Origin', async () => {
    const { port, url } = await listen();
    for (const origin of ['http://evil.test', `http://127.0.0.1:${port}`, 'null', '']) {
      expect(await refusal(url, { headers: { origin } })).to.deep.equal([
        403,
        'ERR_ORIGIN_REFUSED',
      ]);
    }
  });

  it('refuses a Host that is neither an address nor one of its names: DNS rebinding', async () => {
    const { url } = await listen({}, ['n2.cluster.test']);
    for (const host of ['evil.test', 'evil.test:7402', '127.0.0.1.evil.test', '[::1', 'a b']) {
      expect(await refusal(url, { headers: { host } })).to.deep.equal([403, 'ERR_HOST_REFUSED']);
    }
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:7000', 'N2.cluster.test:7402']) {
      const socket = await bare(url, { headers: { host } });
      expect(socket.readyState, host).to.equal(WebSocket.OPEN);
    }
  });

  it('serves no other path', async () => {
    const { port } = await listen();
    for (const path of ['/', '/client', '/peer/', '/peer?x=1']) {
      const answer = await refusal(`ws://127.0.0.1:${port}${path}`, {});
      expect(answer, path).to.deep.equal([404, 'ERR_NO_SUCH_PATH']);
    }
  });

  it('says ERR_LISTEN_FAILED when its port is taken', async () => {
    const { port } = await listen();
    const fault = await new Promise<Closed>((resolve, reject) => {
      createPeerListener({
        self: aHello('c'),
        handlers: new Recorder().listening,
        host: '127.0.0.1',
        port,
        onListening: () => reject(new Error('two listeners on one port')),
        onFault: resolve,
        onRefused: () => undefined,
      });
    });
    expect(fault.code).to.equal('ERR_LISTEN_FAILED');
    expect(fault.message).to.include('EADDRINUSE');
  });
});

/** A server of the test's own on a free port. */
async function scripted(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A WebSocket listener whose test says what it does with a connection. */
async function scriptedPeer(accept: (socket: WebSocket) => void, autoPong = true): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong });
  server.on('connection', accept);
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function dial(address: string, limits: Partial<PeerLimits> = {}) {
  const told = new Recorder();
  const dialer = createPeerDialer(aHello('a'), {
    ...defaultPeerLimits,
    closeTimeoutMs: 50,
    ...limits,
  });
  const connection = dialer.dial(address, 'b', told.dialled);
  cleanUps.push(() => connection.close());
  return { connection, told };
}

describe('peer dialer', () => {
  it('sends nothing to who would be turned away at the door, and does not take that for its word', async () => {
    const heard: string[] = [];
    const address = await scriptedPeer((socket) => {
      socket.on('message', () => heard.push('message'));
      socket.send(encodeHello(aHello('b')));
    });
    const why = { code: 'ERR_INCARNATION_MISMATCH', message: 'b comes with another directory' };
    const told = new Recorder();
    const asked: string[] = [];
    const turnAway = ({ node }: Hello): Closed => {
      asked.push(node);
      return why;
    };
    const dialer = createPeerDialer(aHello('a'), defaultPeerLimits, null, turnAway);
    dialer.dial(address, 'b', told.dialled);
    await told.until('closed ERR_STRAY_PEER');
    expect(asked).to.deep.equal(['b']);
    expect(told.events).to.deep.equal(['connected', 'closed ERR_STRAY_PEER']);
    expect(heard, 'its hello alone').to.have.length.at.most(1);
  });

  it('gives up on a peer that accepts TCP and then says nothing: ERR_HANDSHAKE_TIMEOUT', async () => {
    const { told } = dial(await scripted(createServer()), { handshakeTimeoutMs: 20 });
    await told.until('closed ERR_HANDSHAKE_TIMEOUT');
    expect(told.events).to.deep.equal(['closed ERR_HANDSHAKE_TIMEOUT']);
  });

  it('gives up on a peer that upgrades and says no hello: ERR_HANDSHAKE_TIMEOUT', async () => {
    const { told } = dial(await scriptedPeer(() => undefined), { helloTimeoutMs: 20 });
    await told.until('closed ERR_HANDSHAKE_TIMEOUT');
    expect(told.events).to.deep.equal(['connected', 'closed ERR_HANDSHAKE_TIMEOUT']);
  });

  it('gives up on an open peer that answers no ping: ERR_IDLE_TIMEOUT', async () => {
    const address = await scriptedPeer((socket) => socket.send(encodeHello(aHello('b'))), false);
    const { told } = dial(address, { idleTimeoutMs: 40 });
    await told.until('closed ERR_IDLE_TIMEOUT');
    expect(told.events).to.deep.equal(['connected', 'opened b', 'closed ERR_IDLE_TIMEOUT']);
  });

  it('closes on a peer that speaks on a connection it only hears: ERR_BAD_FRAME', async () => {
    const address = await scriptedPeer((socket) => {
      socket.send(encodeHello(aHello('b')));
      socket.send(heartbeat);
    });
    const { told } = dial(address);
    await told.until('closed ERR_BAD_FRAME');
    expect(told.events).to.deep.equal(['connected', 'opened b', 'closed ERR_BAD_FRAME']);
  });

  it('closes on an answer larger than any hello: ERR_BAD_FRAME', async () => {
    const { told } = dial(
      await scriptedPeer((socket) => socket.send(new Uint8Array(maxHelloBytes + 1))),
    );
    await told.until('closed ERR_BAD_FRAME');
    expect(told.events).to.deep.equal(['connected', 'closed ERR_BAD_FRAME']);
  });

  it('takes no word of the peer for a code but a code', async () => {
    const { told } = dial(await scriptedPeer((socket) => socket.close(1008, 'ERR_<script>')));
    await told.until('closed ERR_CONNECTION_CLOSED');
    expect(told.events).to.deep.equal(['connected', 'closed ERR_CONNECTION_CLOSED']);
  });

  it('says ERR_BAD_ADDRESS for what is no address, and does not throw', async () => {
    const { connection, told } = dial('not an address');
    expect(connection.bufferedBytes).to.equal(0);
    await told.until('closed ERR_BAD_ADDRESS');
    expect(told.events).to.deep.equal(['closed ERR_BAD_ADDRESS']);
  });

  it('asks for nothing but its own path, whatever a peer says where it listens', async () => {
    const asked: string[] = [];
    const server = createHttpServer((request) => {
      asked.push(request.url ?? '');
      request.socket.destroy();
    });
    server.on('upgrade', (request) => {
      asked.push(request.url ?? '');
      request.socket.destroy();
    });
    const address = await scripted(server);
    for (const no of [
      `${address}/admin?x=`,
      `${address}#`,
      `user:secret@${address}`,
      '127.0.0.1',
    ]) {
      const { told } = dial(no);
      await told.until('closed ERR_BAD_ADDRESS');
    }
    const { told } = dial(address);
    await told.until('closed ERR_CONNECTION_REFUSED');
    expect(asked).to.deep.equal(['/peer']);
  });

  it('row 33: bounds its memory before a peer that never reads', async () => {
    const address = await scriptedPeer((socket) => {
      socket.send(encodeHello(aHello('b')));
      socket.pause();
    });
    const maxQueuedBytes = 1 << 20;
    const { connection, told } = dial(address, { maxQueuedBytes });
    await told.until('opened b');
    const big = aHeartbeat(1, {
      lastIndex: 11,
      leaderLast: 11,
      runs: [{ firstIndex: 11, term: 3 }],
      payload: linesOf(11, 'x'.repeat(100_000)),
    });
    // Many turns, so that the kernel's buffers fill up as well.
    let refusals = 0;
    while (refusals < 100) {
      if (!connection.send(big)) refusals += 1;
      expect(connection.bufferedBytes).to.be.at.most(maxQueuedBytes);
      await new Promise((turn) => setImmediate(turn));
    }
    expect(connection.bufferedBytes).to.be.above(0);
  });

  it('closes the connection of a server that was removed while it was connected, and says why', async () => {
    const heard = new Recorder();
    let removed: Closed | null = null;
    let listener: PeerListener | null = null;
    const port = await new Promise<number>((resolve, reject) => {
      listener = createPeerListener({
        self: aHello('b'),
        handlers: heard.listening,
        host: '127.0.0.1',
        port: 0,
        turnAway: () => removed,
        onListening: resolve,
        onFault: (fault) => reject(new Error(fault.message)),
        onRefused: ({ code }) => heard.note(`refused ${code}`),
      });
      cleanUps.push(() => new Promise<void>((done) => listener?.stop(done)));
    });
    const url = `ws://127.0.0.1:${port}/peer`;
    const socket = await bare(url);
    socket.send(encodeHello(aHello('a')));
    await heard.until('peer a boot 1');

    removed = { code: 'ERR_REMOVED', message: 'a was removed' };
    const closed = closing(socket);
    listener!.review();

    expect(await closed).to.deep.equal([1008, 'ERR_REMOVED']);
    expect(heard.events).to.deep.equal(['peer a boot 1', 'refused ERR_REMOVED', 'peer a gone']);
    const again = await bare(url);
    again.send(encodeHello(aHello('a')));
    expect(await closing(again), 'dialled again').to.deep.equal([1008, 'ERR_REMOVED']);
  });
});
