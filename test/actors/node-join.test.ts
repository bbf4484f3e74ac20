/** Members that come and go, with real nodes in one process (§6, thesis §4). */
import { EventEmitter, once } from 'node:events';
import { connect as connectTo, createServer } from 'node:net';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, type Client } from '../../actors/client.ts';
import { createNode, type Logger, type Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { eventually } from '../e2e/processes.ts';

const nothing = () => undefined;
const quiet: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

describe('node: members', () => {
  let dir: string;
  let client: Client;
  /** Who the cluster began with. */
  let founders: Readonly<Record<string, string>>;
  const nodes = new Map<string, Node>();
  const faults: string[] = [];
  const faultsOf = new EventEmitter();

  const start = async (
    id: string,
    peers: Readonly<Record<string, string>>,
    joins: readonly string[] | null = null,
    dataDir = join(dir, id),
  ): Promise<Node> => {
    const node = await createNode({
      ...{ id, peers, client: '127.0.0.1:0', dataDir },
      ...(joins === null ? {} : { join: joins, cluster: 'statecraft' }),
      onFault: ({ code }) => faults.push(code),
    });
    nodes.set(id, node);
    return node;
  };

  const endpoints = () => [...nodes.values()].map(({ addresses }) => addresses.client);

  /** Until it is so; rejects at the deadline. */
  const until = (what: string, isSo: () => boolean): Promise<unknown> =>
    eventually(what, 25_000, isSo);

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'statecraft-members-'));
    const [a, b, c] = await anyFreePorts(3);
    founders = { n1: `127.0.0.1:${a}`, n2: `127.0.0.1:${b}`, n3: `127.0.0.1:${c}` };
    await Promise.all(Object.keys(founders).map((id) => start(id, founders)));
    client = await connect(endpoints());
    await client.put('before', 1);
  });

  after(async () => {
    client.stop();
    await Promise.all([...nodes.values()].map((node) => node.stop()));
    rmSync(dir, { recursive: true });
  });

  it('a server that joins catches up, votes, and has all that was written', async () => {
    const node = await start('n4', { n4: '127.0.0.1:0' }, endpoints());
    await until(
      'n4 has begun',
      () => node.status().role !== 'recovering' && node.status().lastIndex > 0,
    );
    const members = await eventually('n4 votes', 25_000, async () => {
      const found = await client.members();
      return 'n4' in found.voters && found.committed && found;
    });
    expect(members.voters).to.have.property('n4', node.addresses.peer);
    expect(members.outgoing).to.deep.equal({});
    const own = await connect([node.addresses.client]);
    expect((await own.get('before'))?.value).to.equal(1);
    own.stop();
  }).timeout(30_000);

  it('a leader that is removed finishes that, and the rest goes on', async () => {
    const leader = [...nodes.values()].find((node) => node.status().role === 'leader')!;
    const told = once(leader, 'removed');
    const members = await client.memberRemove(leader.id, { timeoutMs: 20_000 });
    expect(members.removed).to.deep.equal([leader.id]);
    expect(Object.keys(members.voters)).to.have.length(3);
    await until('it leads no more', () => leader.status().role !== 'leader');
    await client.put('after', 2, { timeoutMs: 20_000 });
    expect((await client.get('before'))?.value).to.equal(1);
    expect((await client.memberRemove(leader.id)).removed, 'again').to.deep.equal([leader.id]);
    const [{ message }] = (await told) as [{ message: string }];
    expect(message).to.include(`${leader.id} was removed from the cluster`);
    expect(leader.status().configuration.removed).to.equal(true);
    await leader.stop();
    nodes.delete(leader.id);
  }).timeout(60_000);

  it('a server of another cluster is not added: ERR_CLUSTER_MISMATCH', async () => {
    const peers = { n8: '127.0.0.1:0' };
    const options = { id: 'n8', peers, client: '127.0.0.1:0', dataDir: join(dir, 'n8') };
    const refused = await createNode({ ...options, cluster: 'other', join: endpoints() }).catch(
      (error: unknown) => error,
    );
    expect(refused).to.include({ code: 'ERR_CLUSTER_MISMATCH' });
    expect(existsSync(options.dataDir)).to.equal(false);
    // The same when it learns only later whom it asks, since nobody was there at its start.
    const [late] = await anyFreePorts(1);
    const lines: object[] = [];
    const [node] = nodes.values();
    const faulty = once(faultsOf, 'fault');
    const lonely = await createNode({
      ...{ ...options, cluster: 'other', join: [`127.0.0.1:${late}`] },
      onFault: ({ code }) => faultsOf.emit('fault', code),
      logger: { ...quiet, warn: (fields, message) => lines.push({ ...fields, message }) },
    });
    await until('a line that it waits', () => lines.length > 0);
    expect(lines, 'it says what it waits for').to.deep.equal([
      {
        join: `127.0.0.1:${late}`,
        message: 'waits for a server to join: none of them answers',
      },
    ]);
    const forward = createServer((socket) => {
      const { port } = new URL(`http://${node!.addresses.client}`);
      socket.pipe(connectTo(Number(port), '127.0.0.1')).pipe(socket);
    }).listen(late, '127.0.0.1');
    expect(await faulty).to.deep.equal(['ERR_CLUSTER_MISMATCH']);
    await lonely.stop();
    forward.close();
    const { voters, learners } = await client.members();
    expect({ ...voters, ...learners }).to.not.have.property('n8');
  }).timeout(30_000);

  it('a server without a name takes that of the cluster, and keeps it', async () => {
    const other = await createNode({
      ...{ id: 'm1', peers: { m1: '127.0.0.1:0' }, client: '127.0.0.1:0' },
      ...{ cluster: 'elsewhere', dataDir: join(dir, 'm1') },
    });
    const options = { id: 'm2', peers: { m2: '127.0.0.1:0' }, client: '127.0.0.1:0' };
    const joining = { ...options, dataDir: join(dir, 'm2'), join: [other.addresses.client] };
    for (const start of ['first', 'again']) {
      const node = await createNode(joining);
      expect(node.status().cluster, start).to.equal('elsewhere');
      await until('m2 votes', () => 'm2' in other.status().configuration.voters);
      await node.stop();
    }
    await other.stop();
  }).timeout(30_000);

  it('a server without a name waits until somebody knows it, and guesses none', async () => {
    const [port] = await anyFreePorts(1);
    const lines: string[] = [];
    const given = new AbortController();
    const joining = {
      ...{ id: 'k2', peers: { k2: '127.0.0.1:0' }, client: '127.0.0.1:0' },
      ...{ dataDir: join(dir, 'k2'), join: [`127.0.0.1:${port}`] },
      logger: { ...quiet, warn: (_fields: object, message: string) => void lines.push(message) },
    };
    const waits = createNode({ ...joining, signal: given.signal }).catch((error: unknown) => error);
    await until('a line that it waits', () => lines.length > 0);
    expect(lines).to.deep.equal(['waits for a server to join: none of them answers']);
    given.abort();
    expect(await waits).to.include({ code: 'ERR_ABORTED' });
    expect(existsSync(joining.dataDir), 'nothing is left of it').to.equal(false);

    lines.length = 0;
    const started = createNode(joining);
    await until('a line that it waits', () => lines.length > 0);
    const first = await createNode({
      ...{ id: 'k1', peers: { k1: '127.0.0.1:0' }, client: `127.0.0.1:${port}` },
      ...{ cluster: 'its-own-name', dataDir: join(dir, 'k1') },
    });
    const node = await started;
    expect(node.status().cluster).to.equal('its-own-name');
    await node.stop();
    await first.stop();
  }).timeout(30_000);

  it('a server whose directory was lost is told to come back under another name', async () => {
    const lost = [...nodes.values()].find((node) => node.status().role !== 'leader')!;
    const { id } = lost;
    await lost.stop();
    nodes.delete(id);
    const wiped = await start(id, { [id]: lost.addresses.peer }, endpoints(), join(dir, 'wiped'));
    await until('a fault', () => faults.length > 0);
    // From whom it hears first: the leader that it asked, or the one that dialled it.
    expect(faults.splice(0)).to.satisfy(
      ([code, ...more]: string[]) =>
        ['ERR_MEMBER_EXISTS', 'ERR_INCARNATION_MISMATCH'].includes(code ?? '') && more.length === 0,
    );
    await wiped.stop();
    nodes.delete(id);
    const again = await start(id, { [id]: lost.addresses.peer }, endpoints());
    expect(again.status().lastIndex, 'its own directory knows the cluster').to.be.above(0);
  }).timeout(60_000);

  it('a voter that comes back with an empty directory is turned away, and ends: its votes are lost (§5.2)', async () => {
    const lost = [...nodes.values()].find((node) => node.status().role !== 'leader')!;
    const { id } = lost;
    const { voters } = lost.status().configuration;
    await lost.stop();
    nodes.delete(id);

    const wiped = await start(id, { ...voters }, null, join(dir, 'emptied'));
    await until('a fault', () => faults.length > 0);

    expect(faults.splice(0)).to.deep.equal(['ERR_INCARNATION_MISMATCH']);
    expect(wiped.status().role).to.equal('failed');
    await wiped.stop();
    nodes.delete(id);
    await start(id, { [id]: lost.addresses.peer }, endpoints());
    await client.put('again', 3, { timeoutMs: 20_000 });
    expect(faults, 'its own directory is welcome').to.deep.equal([]);
  }).timeout(60_000);

  it('one server is replaced by another in one change', async () => {
    const old = [...nodes.values()].find((node) => node.status().role !== 'leader')!;
    const spare = await start('n5', { n5: '127.0.0.1:0' }, ['127.0.0.1:1']);
    const options = { timeoutMs: 30_000 };
    const members = await client.memberReplace(old.id, 'n5', spare.addresses.peer, options);
    expect(members.removed).to.include(old.id);
    expect(members.voters).to.have.property('n5');
    expect((await client.get('after', options))?.value).to.equal(2);
  }).timeout(60_000);

  it('a server that was down when it was removed is told when it comes back (thesis §4.2.3)', async () => {
    const down = [...nodes.values()].find((node) => {
      const { role, configuration } = node.status();
      return role !== 'leader' && node.id in configuration.voters;
    })!;
    const { id } = down;
    await down.stop();
    nodes.delete(id);
    await client.memberRemove(id, { timeoutMs: 20_000 });
    const terms = () => [...nodes.values()].map((node) => node.status().term);
    const before = terms();

    const again = await start(id, id in founders ? founders : { [id]: down.addresses.peer });
    const [{ message }] = (await once(again, 'removed')) as [{ message: string }];

    expect(message).to.match(
      new RegExp(`^${id} was removed from the cluster \\(n\\d and n\\d say so\\)`),
    );
    expect(again.status().configuration.removed).to.equal(true);
    expect(again.status().configuration.voters, 'its own log is old').to.have.property(id);
    expect(terms().slice(0, before.length), 'nobody was disturbed').to.deep.equal(before);
  }).timeout(60_000);
});
