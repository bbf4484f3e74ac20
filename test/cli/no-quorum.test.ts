/** A server that cannot serve: what status and the others say of a cluster without its majority. */
import { expect } from 'chai';
import { createNode, type Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { cli, temporaryFolder } from './support.ts';

describe('cli: one server of three', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;

  before(async () => {
    folder = await temporaryFolder();
    const [absent, absentToo] = await anyFreePorts(2);
    node = await createNode({
      id: 'n1',
      cluster: 'demo',
      peers: {
        n1: '127.0.0.1:0',
        n2: `127.0.0.1:${String(absent)}`,
        n3: `127.0.0.1:${String(absentToo)}`,
      },
      client: '127.0.0.1:0',
      dataDir: folder.path,
    });
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  it('status says NO LEADER, who is down and whose view that is, and exits with 5', async () => {
    const ran = await cli('status', '--endpoints', node.addresses.client);

    expect(ran).to.include({ code: 5, err: '' });
    expect(ran.out).to.match(/^n2 +\(down\)/m);
    expect(ran.out).to.include('NO LEADER, 1 of 3 servers answer').and.include('(seen from n1)');
    expect(ran.out).to.match(/^n3 does not answer: ERR_/m);
  });

  it('reads and writes are exit code 5 and had no effect', async () => {
    for (const argv of [
      ['get', 'a'],
      ['put', 'a', 'b'],
    ]) {
      const options = ['--endpoints', node.addresses.client, '--timeout', '300ms', '-o', 'json'];
      const ran = await cli(...argv, ...options);
      expect(ran).to.include({ code: 5, out: '' });
      const { error } = JSON.parse(ran.err) as { error: object };
      expect(error).to.include({ code: 'ERR_NO_LEADER', outcome: 'not-applied', retryable: true });
    }
  });
});
