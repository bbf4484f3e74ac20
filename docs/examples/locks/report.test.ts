/** The example of a lock, against a node of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createNode, type Node } from 'statecraft';
import { connect, type Client } from 'statecraft/client';
import { writeReport } from './report.ts';

describe('examples: locks', () => {
  let dir = '';
  let node: Node;
  let clients: Client[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'statecraft-locks-'));
    const peers = { n1: '127.0.0.1:0' };
    node = await createNode({ id: 'n1', peers, client: '127.0.0.1:0', dataDir: dir });
    clients = await Promise.all([1, 2].map(() => connect([node.addresses.client])));
  });

  after(async () => {
    for (const client of clients) client.stop();
    await node.stop();
    await rm(dir, { recursive: true });
  });

  it('lets one work at a time', async () => {
    let working = 0;
    const work = async (): Promise<void> => {
      working += 1;
      expect(working).to.equal(1);
      await clients[0]?.get('report/latest');
      working -= 1;
    };
    const written = await Promise.all(clients.map((db, i) => writeReport(db, `by ${i}`, work)));
    expect(written).to.deep.equal([true, true]);
  });

  it('refuses what a holder writes that has lost its lock without knowing', async () => {
    const [ada, bob] = clients as [Client, Client];
    const late = await writeReport(ada, 'late', async () => {
      // Ada's process sleeps; her key is gone, and Bob has had the lock since.
      await bob.delete('lock/report');
      expect(await writeReport(bob, 'newer')).to.equal(true);
    });
    expect(late).to.equal(false);
    expect((await ada.get('report/latest'))?.value).to.include({ text: 'newer' });
  });
});
