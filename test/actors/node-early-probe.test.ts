/** A node is asked how it is before it has all of its ports: an orchestrator's probe does not wait. */
import dns from 'node:dns';
import { expect } from 'chai';
import sinon from 'sinon';
import { createNode } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { temporaryFolder } from '../cli/support.ts';
import { eventually } from '../e2e/processes.ts';

describe('node: http before the start is over', () => {
  afterEach(() => sinon.restore());

  it('a probe that comes early costs no later one its answer', async () => {
    const folder = await temporaryFolder();
    const [peer, client] = await anyFreePorts(2);
    const url = `http://127.0.0.1:${client}/readyz`;
    const early: number[] = [];
    // The client port is bound first; the name of the peer address is found only when somebody has asked.
    const lookup = dns.lookup.bind(dns) as (...all: unknown[]) => void;
    let lookups = 0;
    sinon.stub(dns, 'lookup').callsFake((name: string, ...rest: unknown[]) => {
      const isLast = name === 'localhost' && ++lookups === 2;
      const asked = isLast
        ? fetch(url).then(({ status }) => early.push(status))
        : Promise.resolve();
      void asked.then(() => lookup(name, ...rest));
    });
    const node = await createNode({
      ...{ id: 'n1', peers: { n1: `localhost:${peer}` }, client: `127.0.0.1:${client}` },
      dataDir: folder.path,
    });
    expect(early).to.have.length(1);
    await eventually('it is ready', 10_000, async () => (await fetch(url)).ok);
    await node.stop();
    await folder.remove();
  }).timeout(20_000);
});
