/** HTTP at a follower of a real cluster: it sends on to the leader, or asks it when that is wished. */
import { join } from 'node:path';
import { expect } from 'chai';
import { createNode, type Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { temporaryFolder } from '../cli/support.ts';

describe('node: http in a cluster', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let nodes: Node[];
  let leader: Node;
  let follower: Node;

  before(async () => {
    folder = await temporaryFolder();
    const ids = ['n1', 'n2', 'n3'];
    const ports = await anyFreePorts(ids.length);
    const peers = Object.fromEntries(ids.map((id, i) => [id, `127.0.0.1:${String(ports[i])}`]));
    nodes = await Promise.all(
      ids.map((id) =>
        createNode({ id, peers, client: '127.0.0.1:0', dataDir: join(folder.path, id) }),
      ),
    );
    // Every server knows the leader, and where clients reach it.
    while (!nodes.every(knowsTheLeader)) await new Promise((resolve) => setImmediate(resolve));
    const { leader: id } = nodes[0]?.status() ?? {};
    leader = nodes.find((node) => node.id === id)!;
    follower = nodes.find((node) => node.id !== id)!;
  });

  after(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await folder.remove();
  });

  function knowsTheLeader(node: Node): boolean {
    const { id, leader: known, peers, commitIndex } = node.status();
    return known !== null && commitIndex > 0 && (known === id || peers[known]?.client != null);
  }

  it('answers a follower’s write with 307 to the leader, and following it writes once', async () => {
    const at = `http://${follower.addresses.client}/v1/kv/a%2Fb`;
    const sentOn = await fetch(at, { method: 'PUT', body: 'x', redirect: 'manual' });
    expect(sentOn.status).to.equal(307);
    expect(sentOn.headers.get('x-statecraft-leader')).to.equal(leader.id);
    const there = `http://${leader.addresses.client}/v1/kv/a%2Fb`;
    expect(sentOn.headers.get('location')).to.equal(there);

    const followed = await fetch(at, {
      method: 'PUT',
      body: 'x',
      headers: { 'if-none-match': '*' },
    });
    expect(followed.status).to.equal(200);
    expect(await (await fetch(there)).json()).to.include({ key: 'a/b', value: 'x' });
  });

  it('asks the leader itself with ?forward=true, for reads and writes', async () => {
    const at = `http://${follower.addresses.client}/v1/kv/forwarded?forward=true`;
    const write = await fetch(at, { method: 'PUT', body: 'y', redirect: 'error' });
    expect(write.status).to.equal(200);
    const read = await fetch(at, { redirect: 'error' });
    expect(await read.json()).to.include({ value: 'y' });
  });

  it('a follower answers a local read itself, as soon as it has seen what must be seen', async () => {
    const to = `http://${leader.addresses.client}/v1/kv/own`;
    const written = await fetch(to, { method: 'PUT', body: 'mine' });
    const { revision } = (await written.json()) as { revision: number };
    const at = `http://${follower.addresses.client}/v1/kv/own?consistency=local`;
    const read = await fetch(`${at}&atLeast=${revision}`, { redirect: 'error' });
    expect(await read.json()).to.deep.equal({ key: 'own', value: 'mine', revision });
    expect(follower.status().leader).to.equal(leader.id);
  });

  it('a follower is ready and healthy: it knows a leader that a majority confirms', async () => {
    for (const path of ['/readyz', '/health']) {
      expect((await fetch(`http://${follower.addresses.client}${path}`)).status).to.equal(200);
    }
  });
});
