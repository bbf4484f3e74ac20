/** Whom a node knows, and for how long (§6). */
import { expect } from 'chai';
import { Reach } from '../../actors/node/reach.ts';
import { aHello } from '../transport/builders.ts';

describe('whom a node reaches', () => {
  const voters = { a: '127.0.0.1:1', b: '127.0.0.1:2' };
  const entry = { voters, outgoing: {}, learners: {}, removed: [] };

  it('keeps nothing of who is no member, once it has gone: there may be any number of names', () => {
    const dialled: Readonly<Record<string, string>>[] = [];
    const reach = new Reach(() => ({
      update: (peers) => dialled.push(peers),
      dialledBy: () => undefined,
    }));
    reach.clients.set('a', '127.0.0.1:11');
    reach.follow({ index: 0, entry } as never);
    for (const node of ['b', 'stranger']) {
      reach.dialledBy(aHello(node, { peerAddress: '127.0.0.1:3', clientAddress: '127.0.0.1:13' }));
      reach.left(node);
    }
    expect([...reach.clients.keys()], 'a member comes back').to.deep.equal(['a', 'b']);
    expect(dialled.at(-1)).to.deep.equal({ a: '127.0.0.1:1', b: '127.0.0.1:3' });
  });
});
