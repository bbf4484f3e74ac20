/** Where the page finds the servers of a cluster that changes while it is open. */
import { expect } from 'chai';
import { Addresses } from '../../apps/web/model/addresses.ts';

describe('web: the addresses of servers', () => {
  const n1 = { id: 'n1', address: '127.0.0.1:7401', connection: 'lost' } as const;
  const n2 = { id: 'n2', address: '127.0.0.1:7402', connection: 'live' } as const;

  it('are known from every server that is heard: one joins though the node of the page is dead', () => {
    const addresses = new Addresses();
    addresses.take({ n1: n1.address, n2: n2.address });
    addresses.take({ n2: n2.address, n4: '127.0.0.1:7404' });
    const ids = ['n1', 'n2', 'n4'];
    expect(addresses.toDial(ids, [n1, n2])).to.deep.equal([['n4', '127.0.0.1:7404']]);
  });

  it('may be told before the log says that the server is a member: it is dialled then', () => {
    const addresses = new Addresses();
    addresses.take({ n4: '127.0.0.1:7404' });
    expect(addresses.toDial(['n1', 'n2'], [n1, n2])).to.deep.equal([]);
    expect(addresses.toDial(['n1', 'n2', 'n4'], [n1, n2])).to.have.length(1);
  });

  it('follow a server that was started at another one, and leave alone whoever is heard', () => {
    const addresses = new Addresses();
    addresses.take({ n1: '127.0.0.1:9001', n2: '127.0.0.1:9002' });
    const moved = addresses.toDial(['n1', 'n2'], [n1, n2]);
    expect(moved).to.deep.equal([['n1', '127.0.0.1:9001']]);
  });
});
