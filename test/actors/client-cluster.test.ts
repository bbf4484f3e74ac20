/** The client against a cluster of three real nodes: disks, sockets, and a leader that goes away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, StatecraftError, type Change } from '../../actors/client.ts';
import { createNode, type Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';

const ids = ['n1', 'n2', 'n3'];

describe('client: against a cluster', () => {
  let dir = '';
  let nodes: Node[] = [];
  let endpoints: string[] = [];
  const stoppable: { stop(): unknown }[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'statecraft-client-'));
    const ports = await anyFreePorts(3);
    const peers = Object.fromEntries(ids.map((id, i) => [id, `127.0.0.1:${ports[i]}`]));
    nodes = await Promise.all(
      ids.map((id) => createNode({ id, peers, client: '127.0.0.1:0', dataDir: join(dir, id) })),
    );
    endpoints = nodes.map(({ addresses }) => addresses.client);
  });

  afterEach(async () => {
    for (const each of stoppable.splice(0)) await each.stop();
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(dir, { recursive: true });
  });

  const aClient = async () => {
    const client = await connect(endpoints);
    stoppable.push(client);
    return client;
  };

  it('increments by cas from many sides: none is lost, none counts twice', async () => {
    const clients = await Promise.all([aClient(), aClient(), aClient(), aClient()]);
    await clients[0].put('n', 0);
    let failed = 0;

    await Promise.all(
      clients.map(async (client) => {
        for (let done = 0; done < 10;) {
          const { value, revision } = (await client.get('n'))!;
          try {
            await client.cas('n', { revision }, Number(value) + 1);
            done += 1;
          } catch (error) {
            expect(error).to.be.instanceOf(StatecraftError);
            expect((error as StatecraftError).code).to.equal('ERR_CAS_FAILED');
            failed += 1;
          }
        }
      }),
    );

    expect((await clients[1].get('n'))?.value).to.equal(40);
    expect(failed).to.be.above(0);
  }).timeout(30_000);

  it('watches from a list on, through the loss of the leader, each change once and whole', async () => {
    const [writer, watcher] = [await aClient(), await aClient()];
    await writer.put('jobs/0', 0);
    await writer.put('other', 1);
    const listed = await watcher.list('jobs/');
    const changes: Change[] = [];
    const watch = watcher.watch({ prefix: 'jobs/' }, { from: listed.revision + 1 });

    for (let n = 1; n <= 20; n += 1) {
      const key = `jobs/${n}`;
      const both = [{ put: { key, value: BigInt(n) } }, { put: { key: `${key}/log`, value: n } }];
      const { ok } = await writer.txn({ if: [{ key, exists: false }], then: both });
      expect(ok).to.equal(true);
      if (n === 10) await nodes.find((node) => node.status().role === 'leader')?.stop();
    }
    for await (const change of watch) if (changes.push(change) === 20) break;

    expect(listed.entries.map(({ key }) => key)).to.deep.equal(['jobs/0']);
    expect(
      changes.map(({ events }) => events.map(({ key, ...event }) => [key, 'value' in event])),
    ).to.deep.equal(
      Array.from({ length: 20 }, (_, i) => [
        [`jobs/${i + 1}`, true],
        [`jobs/${i + 1}/log`, true],
      ]),
    );
    const revisions = changes.map(({ revision }) => revision);
    expect(revisions).to.deep.equal([...revisions].sort((left, right) => left - right));
  }).timeout(30_000);

  it('is told by a follower as by the leader', async () => {
    const writer = await aClient();
    await writer.put('first', 1);
    const seen = await Promise.all(
      endpoints.map(async (endpoint) => {
        const client = await connect([endpoint]);
        stoppable.push(client);
        // A watch alone follows no hint: it stays with the server that it asked.
        const watch = client.watch({ key: 'k' }, { from: 1 });
        if (endpoint === endpoints[0]) await writer.put('k', 5);
        return (await watch.next()).value;
      }),
    );

    expect(seen[1]).to.deep.equal(seen[0]);
    expect(seen[2]).to.deep.equal(seen[0]);
    expect(seen[0]?.events).to.deep.equal([{ type: 'put', key: 'k', value: 5, previous: null }]);
  }).timeout(30_000);

  it('lists ranges in pages and transacts across keys', async () => {
    const client = await aClient();
    const keys = ['a', 'b/1', 'b/2', 'b/3', 'c'];
    const put = keys.map((key) => ({ put: { key, value: new Map([[key, 1]]) } }));
    const { revision } = await client.txn({ then: put });

    const first = await client.range({ start: 'b', end: 'c' }, { limit: 2 });
    const rest = await client.range({ start: first.next!, end: 'c' });
    expect([...first.entries, ...rest.entries]).to.deep.equal(
      ['b/1', 'b/2', 'b/3'].map((key) => ({ key, value: new Map([[key, 1]]), revision })),
    );
    expect([first.more, rest.more, rest.next]).to.deep.equal([true, false, null]);
    const swap = await client.txn({
      if: [{ key: 'a', value: new Map([['a', 1]]) }],
      then: [{ delete: { key: 'a' } }, { get: { key: 'c' } }],
    });
    expect(swap.results[1]).to.deep.equal({ value: new Map([['c', 1]]), revision });
  }).timeout(30_000);

  it('closes with `await using`', async () => {
    let outer: Awaited<ReturnType<typeof connect>>;
    {
      await using client = await connect(endpoints);
      await client.put('k', 1);
      outer = client;
    }
    const error = await outer.get('k').catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'ERR_STOPPED' });
  }).timeout(30_000);
});
