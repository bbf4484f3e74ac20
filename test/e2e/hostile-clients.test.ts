/**
 * A real server, and clients that mean no good: they read nothing, come in floods, send what is
 * huge, and cancel what they asked. Its memory stays bounded, and an honest client is served all along.
 */
import { execFile } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { connect, type Client, type StatecraftError } from '../../actors/client.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { defaultClientLimits } from '../../transport/limits.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { begin, eventually, folderForTest, isListening, type Running } from './processes.ts';

/** Of the server, beyond what it had: all that clients are owed, which is bytes, and what a heap grows by. */
const mayGrowBytes = defaultClientLimits.maxTotalQueuedBytes + (256 << 20);
/** The least number of writes of the honest client during an attack. */
const honestWrites = 20;
const value = 'x'.repeat(900_000);

const codeOf = (error: unknown): string => (error as StatecraftError).code;

describe('e2e: hostile clients', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let server: Running;
  let at: string;
  let honest: Client;
  let hostile: { terminate(): void }[] = [];
  let memoryBefore: number;

  before(async function () {
    this.timeout(buildDeadlineMs);
    await ensureBuilt();
  });

  // A new one for each: what a heap has grown to is not given back at once.
  beforeEach(async () => {
    folder = await folderForTest();
    const [peer, client] = (await anyFreePorts(2)).map((port) => `127.0.0.1:${port}`);
    at = client!;
    const words = ['start', '--id', 'n1', '--data-dir', join(folder.path, 'n1')];
    // Alone, it leads at once; with a short one a busy machine that makes it late has it step down.
    words.push('--election-timeout', '10s', '--log-level', 'error');
    server = begin([...words, '--peers', `n1=${peer}`, '--client', at]);
    await eventually('it serves', 20_000, () => isListening(at));
    honest = await connect([at], { timeoutMs: 10_000 });
    await honest.put('large', value);
    memoryBefore = await memory();
  });

  afterEach(async () => {
    for (const each of hostile) each.terminate();
    hostile = [];
    honest.stop();
    server.child.kill('SIGTERM');
    expect(await server.exited).to.deep.equal({ code: 0, signal: null });
    expect(server.written.err).to.equal('');
    await folder.remove();
  });

  /** Resident bytes of the server. */
  async function memory(): Promise<number> {
    const argv = ['-o', 'rss=', '-p', String(server.child.pid)];
    const { stdout } = await promisify(execFile)('ps', argv);
    return Number(stdout) * 1_024;
  }

  /** The honest client writes and reads what it wrote, while the attack goes on. */
  async function expectServed(): Promise<void> {
    for (let i = 0; i < honestWrites; i += 1) {
      await honest.put('honest', i);
      expect((await honest.get('honest'))?.value).to.equal(i);
      expect((await memory()) - memoryBefore).to.be.below(mayGrowBytes);
    }
  }

  async function dial(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://${at}/client`, { perMessageDeflate: false });
    socket.on('error', () => undefined);
    hostile.push(socket);
    await new Promise((resolve) => socket.once('open', resolve));
    return socket;
  }

  const get = (id: number) =>
    `${JSON.stringify({ id, op: 'read', machine: 'kv', query: { get: { key: 'large' } } })}\n`;

  it('slow readers: many that each stay below the bound of one, over WebSocket and HTTP', async () => {
    for (let i = 0; i < 150; i += 1) {
      const socket = await dial();
      socket.pause();
      socket.send(Array.from({ length: 8 }, (_, id) => get(id + 1)).join(''));
    }
    for (let i = 0; i < 100; i += 1) {
      const socket = createConnection({ port: Number(at.split(':')[1]), host: '127.0.0.1' });
      socket.on('error', () => undefined).pause();
      hostile.push({ terminate: () => socket.destroy() });
      socket.write('GET /v1/kv/large HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(4));
    }
    await expectServed();
  });

  it('slow watchers: they are told of more than they take', async () => {
    for (let i = 0; i < 50; i += 1) {
      const socket = await dial();
      socket.pause();
      const watch = { op: 'watch', machine: 'kv', select: { prefix: '' }, from: null };
      const lines = Array.from({ length: 8 }, (_, id) => JSON.stringify({ id: id + 1, ...watch }));
      socket.send(`${lines.join('\n')}\n`);
    }
    for (let i = 0; i < 10; i += 1) await honest.put(`large/${i % 2}`, value);
    await expectServed();
  });

  it('a flood of connections that say nothing, and of upgrades', async () => {
    const silent: Socket[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      const socket = createConnection({ port: Number(at.split(':')[1]), host: '127.0.0.1' });
      socket.on('error', () => undefined).resume();
      hostile.push({ terminate: () => socket.destroy() });
      silent.push(socket);
    }
    await Promise.all(Array.from({ length: 500 }, dial));
    await expectServed();
    const late = await connect([at]);
    expect((await late.get('honest'))?.value).to.equal(honestWrites - 1);
    late.stop();
    // They were given the time of a handshake, and no more.
    await eventually('they are closed', 15_000, () => silent.every(({ closed }) => closed));
  });

  it('a flood of requests: past the bound each is refused, and the connection lives', async () => {
    const socket = await dial();
    const answers: string[] = [];
    socket.on('message', (data: Buffer) => answers.push(...data.toString().trimEnd().split('\n')));
    const { maxOutstanding } = defaultClientLimits;
    const small = (id: number) => get(id).replace('large', 'honest');
    const flood = 20 * maxOutstanding;
    socket.send(Array.from({ length: flood }, (_, id) => small(id + 1)).join(''));
    await expectServed();
    await eventually('all answers', 20_000, () => answers.length === flood);
    const refused = answers.filter((line) => line.includes('"ERR_OVERLOADED"'));
    expect(refused).to.have.length(flood - maxOutstanding);
    socket.send(small(1));
    await eventually('one more', 5_000, () => answers.length === flood + 1);
    expect(answers.at(-1)).to.include('"ok":true');
  });

  it('huge values: a frame past its bound ends the connection, a value past its own is refused', async () => {
    const closed: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const socket = await dial();
      socket.on('close', (code) => closed.push(code));
      socket.send('x'.repeat(defaultClientLimits.maxPayloadBytes + 1));
    }
    const codes = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        honest.put(`huge/${i}`, 'x'.repeat(1 << 20)).catch(codeOf),
      ),
    );
    expect(new Set(codes)).to.deep.equal(new Set(['ERR_TOO_LARGE']));
    const put = { method: 'PUT', body: 'x'.repeat(8 << 20) };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        fetch(`http://${at}/v1/kv/huge`, put).then(
          ({ status }) => status,
          () => 413, // The server closed before it had heard all.
        ),
      ),
    );
    expect(new Set(answers)).to.deep.equal(new Set([413]));
    await expectServed();
    await eventually('all closed', 10_000, () => closed.length === 20);
    expect(new Set(closed)).to.deep.equal(new Set([1009]));
  });

  it('cancelled calls: thousands are given up at once, and none keeps a place', async () => {
    const fickle = await connect([at]);
    for (let round = 0; round < 20; round += 1) {
      const abort = new AbortController();
      const calls = Array.from({ length: 900 }, (_, i) =>
        fickle.put(`fickle/${i}`, round, { signal: abort.signal }).then(() => 'done', codeOf),
      );
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      expect(new Set(await Promise.all(calls)))
        .to.have.property('size')
        .at.most(2);
    }
    await expectServed();
    await fickle.put('fickle', 'still served');
    expect((await fickle.get('fickle'))?.value).to.equal('still served');
    fickle.stop();
  });
});
