/** `statecraft start`: how it serves, what it logs and tells, and how it ends. */
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import type { NodeStatus } from '../../actors/node/status.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { start, startWords, temporaryFolder, type Session } from './support.ts';

/** Waits until the server told its parent that it serves. */
async function serving(session: Session): Promise<{ client: string }> {
  const ended = session.done.then(({ err }) => {
    throw new Error(`It ended before it served: ${err}`);
  });
  for (;;) {
    const found = session.told.find((message) => 'client' in message);
    if (found) {
      ended.catch(() => undefined);
      return found as { client: string };
    }
    await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
  }
}

describe('cli: start', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder();
  });

  after(() => folder.remove());

  /** One server alone, the same directory each time. */
  const begin = (options: Record<string, string> = {}): Session =>
    start(startWords({ 'data-dir': folder.path, ...options }), { parent: true });

  it('serves until SIGTERM, then stops in order with exit code 0', async () => {
    const session = begin();
    const { client: address } = await serving(session);
    const client = await connect([address]);
    await client.put('a', 'b');
    expect(await client.get('a')).to.include({ value: 'b' });
    client.stop();

    session.signal('SIGTERM');

    expect(await session.done).to.deep.equal({ code: 0, out: '', err: '' });
    expect(session.aborted).to.deep.equal([]);
  });

  it('tells of a variable that is no setting, and serves all the same', async () => {
    const words = startWords({ 'data-dir': folder.path, 'log-level': 'warn' });
    const env = { STATECRAFT_MIN_FREE_BYTE: '1GiB', STATECRAFT_FAULT_TOKEN: 'x' };
    const session = start(words, { parent: true, env });
    await serving(session);
    session.signal('SIGTERM');
    const { code, err } = await session.done;
    expect(code).to.equal(0);
    const [line = '', ...more] = err.trimEnd().split('\n');
    expect(more).to.deep.equal([]);
    const told = { variable: 'STATECRAFT_MIN_FREE_BYTE', msg: 'no setting, and ignored' };
    expect(JSON.parse(line)).to.include({ level: 'warn', id: 'n1', ...told });
  });

  it('keeps to the reserve of the disk that it was given', async () => {
    const session = begin({ 'min-free-bytes': '1000000GiB' });
    const { client: address } = await serving(session);
    const client = await connect([address]);
    await client.get('a');
    const refused = await client.put('a', 'b').catch((error: unknown) => error);
    expect(refused).to.include({ code: 'ERR_STORAGE_FULL', outcome: 'not-applied' });
    client.stop();
    session.signal('SIGTERM');
    expect((await session.done).code).to.equal(0);
  });

  it('two that differ in leases refuse each other, and both say so: ERR_LEASES_MISMATCH', async () => {
    const [one, two] = await anyFreePorts(2);
    const peers = `n1=127.0.0.1:${String(one)},n2=127.0.0.1:${String(two)}`;
    const sessions = (['on', 'off'] as const).map((leases, i) => {
      const id = `n${i + 1}`;
      return begin({ id, peers, leases, 'data-dir': join(folder.path, id) });
    });
    for (const session of sessions) {
      const { client: address } = await serving(session);
      for (let error = ''; !error.startsWith('ERR_LEASES_MISMATCH');) {
        const answer = await fetch(`http://${address}/status`);
        const { peers: known } = (await answer.json()) as Pick<NodeStatus, 'peers'>;
        error = Object.values(known)[0]?.error ?? '';
      }
    }
    for (const session of sessions) {
      session.signal('SIGTERM');
      expect((await session.done).code).to.equal(0);
    }
  });

  it('a second Ctrl-C does not wait', async () => {
    const session = begin();
    await serving(session);
    session.signal('SIGINT');
    session.signal('SIGINT');
    await session.done;
    expect(session.aborted).to.deep.equal([130]);
  });

  it('stops when the process that started it is gone', async () => {
    const session = begin();
    await serving(session);
    session.orphan();
    expect(await session.done).to.deep.equal({ code: 0, out: '', err: '' });
  });

  it('tells its parent where it serves and each change of role, ready only when it can serve', async () => {
    const session = begin();
    await serving(session);
    const said = (): object[] => session.told.filter((message) => 'role' in message);
    while (!said().some((message) => 'ready' in message && message.ready === true)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    session.signal('SIGTERM');
    await session.done;

    expect(said().at(-1)).to.deep.include({ role: 'leader', leader: 'n1', ready: true });
    for (const [i, message] of said().entries()) expect(message).to.not.deep.equal(said()[i - 1]);
  });

  it('logs roles and addresses as JSON lines, and no value', async () => {
    const session = begin({ 'log-level': 'info' });
    const { client: address } = await serving(session);
    const client = await connect([address]);
    await client.put('key-of-mine', 'value-of-mine');
    client.stop();
    session.signal('SIGTERM');
    const { err } = await session.done;

    const lines = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.some((line) => 'role' in line && line.role === 'leader')).to.equal(true);
    for (const line of lines) expect(line).to.include.all.keys('level', 'time', 'id', 'msg');
    expect(err).to.not.match(/(key|value)-of-mine/);
  });
});
