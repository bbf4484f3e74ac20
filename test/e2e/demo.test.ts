/** `statecraft demo` leaves nothing behind: no process, no port, no folder, whatever ends it. */
import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { outputSchemas } from '../../apps/cli/output-schemas.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import {
  begin,
  eventually,
  folderForTest,
  isAlive,
  isListening,
  statecraft,
  type Running,
} from './processes.ts';

interface ReadyNode {
  readonly id: string;
  readonly client: string;
  readonly peer: string;
  readonly pid: number;
  readonly dataDir: string;
}
interface Ready {
  readonly ready: true;
  readonly cluster: string;
  readonly leader: string;
  readonly term: number;
  readonly nodes: readonly ReadyNode[];
}

describe('e2e: demo', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let running: Running[] = [];

  before(async function () {
    this.timeout(buildDeadlineMs);
    await ensureBuilt();
  });

  beforeEach(async () => {
    folder = await folderForTest();
  });

  afterEach(async () => {
    for (const { child } of running) child.kill('SIGTERM');
    await Promise.all(running.map(({ exited }) => exited));
    running = [];
    await folder.remove();
  });

  /** A demo whose temporary folders are in the test's own, and its ready line. */
  async function demo(...options: string[]): Promise<Running & { ready: Ready }> {
    const argv = ['demo', '-o', 'json', '--no-open', ...options];
    const started = begin(argv, { TMPDIR: folder.path });
    running.push(started);
    const line = await eventually('a ready line', 30_000, () => {
      const { out, err } = started.written;
      if (started.child.exitCode !== null) throw new Error(`The demo ended: ${err}`);
      return out.includes('\n') && out;
    });
    return { ...started, ready: JSON.parse(line.split('\n')[0] ?? '') as Ready };
  }

  /** Waits until no server of a demo is left, by process and by port. */
  async function expectGone({ nodes }: Ready): Promise<void> {
    for (const { id, pid, client, peer } of nodes) {
      await eventually(`${id} is gone`, 10_000, () => !isAlive(pid));
      expect(await isListening(client), `${id} serves clients`).to.equal(false);
      expect(await isListening(peer), `${id} serves peers`).to.equal(false);
    }
  }

  it('says in one line who leads and where everybody is, and nothing more', async () => {
    const { ready, child, exited, written } = await demo();

    expect(ready).to.include({ ready: true });
    expect(ready.cluster).to.match(/^demo-[0-9a-f]{4}$/);
    expect(ready.term).to.be.greaterThan(0);
    expect(ready.nodes.map(({ id }) => id)).to.deep.equal(['n1', 'n2', 'n3']);
    expect(ready.nodes.map(({ id }) => id)).to.include(ready.leader);
    const endpoints = ready.nodes.map(({ client }) => client).join(',');
    const status = await statecraft('status', '-o', 'json', '--endpoints', endpoints);
    expect(JSON.parse(status.out)).to.include({ leader: ready.leader, health: 'healthy' });

    child.kill('SIGINT');
    expect(await exited).to.deep.equal({ code: 0, signal: null });
    expect(written.out.trimEnd().split('\n')).to.have.length(1);
    expect(written.err).to.equal('');
  });

  it('leaves no process, no port and no folder after SIGTERM', async () => {
    const { ready, child, exited } = await demo();
    expect(await readdir(folder.path)).to.have.length(1);

    child.kill('SIGTERM');

    expect(await exited).to.deep.equal({ code: 0, signal: null });
    await expectGone(ready);
    expect(await readdir(folder.path)).to.deep.equal([]);
  });

  // SIGTERM: a shell that gets SIGINT waits for its child, to which a terminal gives it as well.
  it('ends when npm alone is told to, whatever shell "npm start" runs it in', async () => {
    const npm = spawn('npm', ['start', '--', '-o', 'json', '--no-open', '--nodes', '1'], {
      // npm itself keeps a cache of compiled code among the temporary files, since Node 22.
      env: { ...process.env, TMPDIR: folder.path, NODE_DISABLE_COMPILE_CACHE: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    npm.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const exited = new Promise((resolve) => npm.on('close', resolve));
    const line = await eventually('a ready line', 30_000, () => /^\{.*\}$/m.exec(out)?.[0] ?? null);
    npm.kill('SIGTERM');
    await exited;
    await expectGone(JSON.parse(line) as Ready);
    expect(await readdir(folder.path)).to.deep.equal([]);
  });

  it('leaves no process after kill -9; the next demo sweeps its folder and no other', async () => {
    const first = await demo();
    const others = ['statecraft-of-somebody', 'unrelated'];
    for (const other of others) await mkdir(join(folder.path, other));

    first.child.kill('SIGKILL');
    await first.exited;
    await expectGone(first.ready);
    const living = await demo('--nodes', '1');
    const second = await demo('--nodes', '1');

    const left = await readdir(folder.path);
    expect(left).to.include.members(others);
    expect(left).to.have.length(others.length + 2);
    for (const { ready } of [living, second]) {
      expect(left.some((name) => ready.nodes[0]!.dataDir.includes(name))).to.equal(true);
    }
  });

  it('goes round a port that is taken', async () => {
    const taken = await new Promise<Server>((resolve) => {
      // Somebody else may have it already, which is as good.
      const server = createServer().once('error', () => resolve(server));
      server.listen(7401, '127.0.0.1', () => resolve(server));
    });
    const { ready } = await demo();
    taken.close();
    expect(ready.nodes.map(({ client }) => client)).to.not.include('127.0.0.1:7401');
  });

  it('reports a server that dies, leaves it dead, and says how to start it again', async () => {
    const started = begin(['demo', '--no-open'], { TMPDIR: folder.path });
    running.push(started);
    const { written } = started;
    await eventually('a leader', 30_000, () => written.out.includes(' leads term '));
    const leader = /^(n\d) ★ +\S+ +\S+ +(\d+)$/m.exec(written.out)!;
    const [, id = '', pid = ''] = leader;

    process.kill(Number(pid), 'SIGKILL');

    await eventually('the report', 5_000, () => written.err.includes('SIGKILL'));
    expect(written.err).to.include(`✗ ${id} (pid ${pid}) was ended by SIGKILL`);
    expect(written.err).to.include(`statecraft start --id ${id} --cluster demo-`);
    await eventually('the next leader', 10_000, () =>
      /✓ n\d leads term \d+, .* later\n/.test(written.out),
    );
    expect(isAlive(Number(pid))).to.equal(false);
  });

  it('tells a program of deaths and new leaders, a line of JSON each, and how to restart', async () => {
    const { ready, written } = await demo();
    const victim = ready.nodes.find(({ id }) => id === ready.leader)!;

    process.kill(victim.pid, 'SIGKILL');

    await eventually('both lines', 10_000, () => written.out.includes('"type":"leader"'));
    const lines = written.out.trimEnd().split('\n');
    const [, death, leader] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { id, pid } = victim;
    expect(death).to.include({ type: 'death', id, pid, code: null, signal: 'SIGKILL' });
    expect(death!['restart']).to.include.members(['statecraft', 'start', '--id', id]);
    expect(leader).to.include({ type: 'leader' });
    expect(leader!['id']).to.not.equal(id);
    expect(leader!['term']).to.be.greaterThan(ready.term);
    expect(leader!['gapMs']).to.be.greaterThan(0);
    expect(written.err).to.equal('');
    for (const line of lines)
      expect(outputSchemas.demo.safeParse(JSON.parse(line)).error).to.equal(undefined);
    expect(await isListening(victim.client)).to.equal(false);
  });

  it('ends with 5 and ERR_NODE_DIED when no server is left, and keeps the data', async () => {
    const { ready, exited, written } = await demo('--nodes', '1');
    const [n1] = ready.nodes;
    await statecraft('put', 'kept', 'yes', '--endpoints', n1!.client);
    process.kill(n1!.pid, 'SIGKILL');
    expect(await exited).to.deep.equal({ code: 5, signal: null });
    const { error } = JSON.parse(written.err) as { error: { message: string } };
    expect(error).to.include({ code: 'ERR_NODE_DIED', retryable: true });

    const [, words = ''] = /"statecraft demo (.*)"/.exec(error.message)!;
    const next = await demo(...words.split(' '));
    const [again] = next.ready.nodes;
    expect(next.ready.cluster).to.equal(ready.cluster);
    expect(await statecraft('get', 'kept', '--endpoints', again!.client)).to.include({
      out: 'yes\n',
    });
  });

  it('takes no port of another demo, not that of a dead server either, and no name', async () => {
    const first = await demo();
    process.kill(first.ready.nodes[0]!.pid, 'SIGKILL');
    await eventually('the death', 5_000, () => first.written.out.includes('"death"'));

    const second = await demo();

    const ports = ({ nodes }: Ready) => nodes.flatMap(({ client, peer }) => [client, peer]);
    expect(ports(second.ready).filter((at) => ports(first.ready).includes(at))).to.deep.equal([]);
    expect(second.ready.cluster).to.not.equal(first.ready.cluster);
  });

  it('prints of an orderly stop how to start again, and says when the server is back', async () => {
    const started = begin(['demo', '--no-open'], { TMPDIR: folder.path });
    running.push(started);
    const { written } = started;
    await eventually('a leader', 30_000, () => written.out.includes(' leads term '));
    const [, pid = ''] = /^n3.* (\d+)$/m.exec(written.out)!;

    process.kill(Number(pid), 'SIGTERM');

    await eventually('the report', 10_000, () => written.err.includes('To start it again'));
    const report =
      /^✗ n3 \(pid \d+\) was stopped in order\. To start it again: npx statecraft (.*)\n$/;
    const [, words = ''] = report.exec(written.err) ?? [];
    running.push(begin(words.split(' '), {}));
    await eventually('its return', 10_000, () => written.out.includes('✓ n3 is back\n'));
  });

  it('keeps the data in --data-dir and goes on with it', async () => {
    const dir = join(folder.path, 'mine');
    const first = await demo('--nodes', '1', '--data-dir', dir);
    const at = (ready: Ready) => ['--endpoints', ready.nodes[0]!.client];
    await statecraft('put', 'kept', 'yes', ...at(first.ready));
    first.child.kill('SIGTERM');
    await first.exited;

    const second = await demo('--nodes', '1', '--data-dir', dir);
    expect(await statecraft('get', 'kept', ...at(second.ready))).to.include({ out: 'yes\n' });
    expect(second.ready.term).to.be.greaterThan(first.ready.term);
  });

  it('ends with the reason when its directory is in use', async () => {
    const dir = join(folder.path, 'mine');
    await demo('--nodes', '1', '--data-dir', dir);
    const { code, out, err } = await statecraft('demo', '--nodes', '1', '--data-dir', dir);
    expect(code).to.equal(9);
    expect(out).to.match(/^statecraft .*\n$/);
    expect(err).to.match(/^Error: ERR_DATA_DIR_LOCKED: n1 could not start: .+\n$/);
  });
});
