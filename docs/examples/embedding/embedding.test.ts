/** The examples of embedding, against a cluster of three nodes in this process. */
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createKv, createNode, type Node } from 'statecraft';
import { connect, type Client } from 'statecraft/client';
import { countVisit } from './counter-client.ts';
import { runJobsWhileLeading, type Job } from './job-runner.ts';
import { createSeats } from './seats.ts';

const ids = ['n1', 'n2', 'n3'];

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

describe('examples: embedding', function () {
  this.timeout(30_000);
  let dir = '';
  let nodes: Node[] = [];
  let clients: Client[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'statecraft-examples-'));
    const ports = await freePorts(ids.length);
    const peers = Object.fromEntries(ids.map((id, i) => [id, `127.0.0.1:${ports[i]}`]));
    nodes = await Promise.all(
      ids.map((id) =>
        createNode({
          id,
          peers,
          client: '127.0.0.1:0',
          dataDir: join(dir, id),
          machines: { kv: createKv(), seats: createSeats(['1A', '1B']) },
        }),
      ),
    );
    clients = await Promise.all(nodes.map((node) => connect([node.addresses.client])));
  });

  afterEach(async () => {
    for (const client of clients) client.stop();
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(dir, { recursive: true });
  });

  it('runs each job once in the cluster, and goes on where a fallen leader stopped', async () => {
    const ran: { job: string; by: string }[] = [];
    const events = new EventEmitter();
    const jobsOf = (node: Node): Job[] =>
      ['a', 'b', 'c'].map((id) => ({
        id,
        async run(signal) {
          ran.push({ job: id, by: node.id });
          events.emit(id);
          // The second job takes as long as its server leads.
          if (id === 'b') await once(signal, 'abort');
        },
      }));
    const reached = once(events, 'b');
    const finished = once(events, 'c');
    const members = nodes.map((node, i) => {
      const client = clients[i] as Client;
      return { node, end: runJobsWhileLeading(node, client, jobsOf(node)) };
    });

    await reached;
    const first = ran[0]?.by;
    const fallen = members.filter(({ node }) => node.id === first);
    for (const { node, end } of fallen) {
      end();
      await node.stop();
    }
    await finished;
    for (const { end } of members) end();

    expect(ran.map(({ job }) => job)).to.deep.equal(['a', 'b', 'c']);
    expect(ran.map(({ by }) => by === first)).to.deep.equal([true, true, false]);
  });

  it("replicates a state machine of one's own: who was first has the seat, at every server", async () => {
    const [one, two] = clients as [Client, Client];
    const taken = await Promise.all([
      one.command('seats', { take: '1A', who: 'Ada' }),
      two.command('seats', { take: '1A', who: 'Grace' }),
    ]);
    const holders = taken.map(({ result }) => (result as { holder: string }).holder);
    expect(new Set(holders)).to.have.property('size', 1);
    expect((await two.query('seats', null)).result).to.deep.equal({ '1A': holders[0] });

    await one.command('seats', { free: '1A' });
    expect((await two.query('seats', null)).result).to.deep.equal({});
    const none: unknown = await one
      .command('seats', { take: '9Z', who: 'Ada' })
      .catch((e: unknown) => e);
    expect(none).to.include({ code: 'ERR_NO_SEAT', outcome: 'applied' });
    const wrong: unknown = await one.command('seats', 'all').catch((e: unknown) => e);
    expect(wrong).to.include({ code: 'ERR_INVALID_COMMAND', outcome: 'not-applied' });
  });

  it('keeps the seats in a snapshot', () => {
    const seats = createSeats(['1A', '1B']);
    seats.apply({ take: '1B', who: 'Ada' }, 1, 0);
    const again = createSeats(['1A', '1B']);
    again.restore(JSON.parse(JSON.stringify([...seats.snapshot()])) as string[][]);
    expect(again.query(null)).to.deep.equal({ '1B': 'Ada' });
  });

  it('counts every visit once, from many sides', async () => {
    const visits = clients.flatMap((db) => [countVisit(db, '/'), countVisit(db, '/')]);
    const counts = await Promise.all(visits);
    expect(counts.sort()).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });
});
