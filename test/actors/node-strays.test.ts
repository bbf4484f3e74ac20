/**
 * One server that is mistaken, or does not belong, ends no healthy one (docs/adr/0013, docs/adr/0014):
 * three real nodes in one process, and a stray where one of them was.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import { createNode, type Node } from '../../actors/node.ts';
import { nodeFiles } from '../../storage/file-system.ts';
import { writePeerIncarnations } from '../../storage/peer-incarnations.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

describe('node: strays', () => {
  let dir: string;
  let peers: Record<string, string>;
  const nodes = new Map<string, Node>();
  const faults: string[] = [];
  /** `id code`, of the warnings of each node. */
  const warnings: string[] = [];
  /** `id by id`, of all that the nodes note of who was turned away or gone, warnings or not. */
  const refusals: string[] = [];

  const start = async (
    id: string,
    { dataDir = id, to = peers }: { dataDir?: string; to?: Record<string, string> } = {},
  ): Promise<Node> => {
    const nothing = (): void => undefined;
    const count = (details: object): void => {
      const { peer } = details as { peer?: string | null };
      if (typeof peer === 'string') refusals.push(`${peer} by ${id}`);
    };
    const warn = (details: object): void => {
      count(details);
      warnings.push(`${id} ${(details as { code?: string }).code ?? ''}`);
    };
    const node = await createNode({
      ...{ id, peers: to, client: '127.0.0.1:0', dataDir: join(dir, dataDir) },
      logger: { debug: count, info: nothing, warn, error: nothing },
      onFault: ({ code }) => faults.push(`${id} ${code}`),
    });
    nodes.set(id, node);
    return node;
  };

  const stop = async (id: string): Promise<void> => {
    await nodes.get(id)?.stop();
    nodes.delete(id);
  };

  /** What it warned of since it was last asked. */
  const warned = (code: string): string[] =>
    warnings.splice(0).filter((warning) => warning.endsWith(` ${code}`));

  /** Until it is so; it gives up before the deadline of the test, so that nothing waits for ever. */
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let looks = 0; !isSo(); looks += 1) {
      if (looks === 4_000) throw new Error('it never came to be so');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  /** `by` has turned `whom` away again and again from now on. */
  const refused = async (whom: string, by: string): Promise<void> => {
    const before = refusals.length;
    const isOne = (each: string): boolean => each === `${whom} by ${by}`;
    await until(() => refusals.slice(before).filter(isOne).length >= 3);
  };

  const write = async (key: string): Promise<void> => {
    const endpoints = [...nodes.values()].map(({ addresses }) => addresses.client);
    const client = await connect(endpoints, { timeoutMs: 20_000 });
    await client.put(key, 1);
    client.stop();
  };

  const allLinksOpen = (): boolean =>
    [...nodes.values()].every((node) =>
      Object.values(node.status().peers).every(({ link }) => link === 'open'),
    );

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'statecraft-strays-'));
    peers = {};
    for (const id of ['n1', 'n2', 'n3']) peers[id] = `127.0.0.1:${await freePort()}`;
    await Promise.all(Object.keys(peers).map((id) => start(id)));
    await write('met');
    await until(allLinksOpen);
  });

  after(async () => {
    await Promise.all([...nodes.values()].map((node) => node.stop()));
    await rm(dir, { recursive: true });
  });

  it("a stray of another cluster at a dead member's address ends nobody, and moves no term", async () => {
    await stop('n3');
    await write('without n3');
    const terms = (): number[] => ['n1', 'n2'].map((id) => nodes.get(id)!.status().term);
    const before = terms();
    warnings.splice(0);
    // In its own cluster of the same name n1 and n2 are others.
    const elsewhere = join(dir, 'stray');
    await mkdir(elsewhere);
    await writePeerIncarnations(
      { path: elsewhere, files: nodeFiles },
      { n1: 'other', n2: 'other' },
    );
    const to = { n1: '127.0.0.1:1', n2: '127.0.0.1:2', n3: peers['n3']! };
    await start('n3', { dataDir: 'stray', to });

    await Promise.all(['n1', 'n2'].map((id) => refused(id, 'n3')));
    expect(faults).to.deep.equal([]);
    expect(terms()).to.deep.equal(before);
    expect(warned('ERR_INCARNATION_MISMATCH').sort(), 'once each, by both sides').to.deep.equal(
      ['n1', 'n2', 'n3', 'n3'].map((id) => `${id} ERR_INCARNATION_MISMATCH`),
    );
    await stop('n3');
    await start('n3');
    await until(allLinksOpen);
    await write('with n3 again');
  }).timeout(60_000);

  it('a member that met a wrong directory of another refuses the right one, and only it: stop it, remove peers.json, start it', async () => {
    await stop('n1');
    const path = join(dir, 'n1');
    await writePeerIncarnations({ path, files: nodeFiles }, { n2: 'a wrong one' });
    warnings.splice(0);
    await start('n1');
    await refused('n2', 'n1');
    expect(faults, 'n3 knows better').to.deep.equal([]);
    const told = warned('ERR_INCARNATION_MISMATCH').sort();
    expect(told).to.deep.equal(['n1', 'n2'].map((id) => `${id} ERR_INCARNATION_MISMATCH`));

    await stop('n1');
    await rm(join(path, 'peers.json'));
    await start('n1');
    await until(allLinksOpen);
    await write('all know each other');
  }).timeout(60_000);

  it('a server that lost its directory goes on, unheard, until more than half of the others refuse it', async () => {
    await stop('n2');
    await stop('n3');
    await start('n3', { dataDir: 'emptied' });
    await refused('n3', 'n1');
    expect(faults).to.deep.equal([]);
    // It hears no word of n3, so it has no majority.
    await until(() => nodes.get('n1')!.status().leader === null);
    await start('n2');
    await until(() => faults.length > 0);
    expect(faults.splice(0)).to.deep.equal(['n3 ERR_INCARNATION_MISMATCH']);
    expect(nodes.get('n3')!.status().role).to.equal('failed');
    await stop('n3');
    await start('n3');
    await write('with its own directory');
  }).timeout(60_000);

  it('a server that is removed dials nobody any more, and is told of once', async () => {
    const gone = [...nodes.values()].find((node) => node.status().role !== 'leader')!;
    const left = [...nodes.keys()].filter((id) => id !== gone.id);
    const client = await connect([...nodes.values()].map(({ addresses }) => addresses.client));
    warnings.splice(0);
    const told = once(gone, 'removed');
    await client.memberRemove(gone.id, { timeoutMs: 20_000 });
    client.stop();
    await told;
    const states = Object.values(gone.status().peers).map(({ link }) => link);
    expect(new Set(states)).to.deep.equal(new Set(['stopped']));
    const byOthers = warned('ERR_REMOVED').filter((warning) => !warning.startsWith(gone.id));
    expect(byOthers).to.deep.equal([...new Set(byOthers)]);
    expect(faults).to.deep.equal([]);
    expect(left.map((id) => nodes.get(id)!.status().configuration.removed)).to.deep.equal([
      false,
      false,
    ]);
  }).timeout(60_000);
});
