/** simulation/network.ts: each thing that the network does to messages, alone. */
import { expect } from 'chai';
import type { Message } from '../../machines/messages.ts';
import { VirtualClock } from '../../simulation/clock.ts';
import { Network, perfectNetwork, type NetworkConditions } from '../../simulation/network.ts';
import { randomFrom } from '../../simulation/random.ts';

/** A network of three that records what arrives, `from>to term`, and which closings are heard. */
function aNetwork(conditions: Partial<NetworkConditions> = {}) {
  const clock = new VirtualClock();
  const arrived: string[] = [];
  const closed: string[] = [];
  const network = new Network(
    ['a', 'b', 'c'],
    { ...perfectNetwork, ...conditions },
    {
      clock,
      random: randomFrom(1),
      deliver: (message) => arrived.push(`${message.from}>${message.to} ${message.term}`),
      linkClosed: (server, peer) => closed.push(`${server} lost ${peer}`),
    },
  );
  const settle = (): void => {
    while (clock.step());
  };
  return { clock, network, arrived, closed, settle };
}

const message = (from: string, to: string, term = 1): Message => ({
  type: 'rpc.requestVoteReply',
  from,
  to,
  term,
  voteGranted: true,
});

describe('simulation: network', () => {
  it('delivers every message once and in order when nothing is wrong', () => {
    const { network, arrived, settle } = aNetwork();
    for (let term = 1; term <= 100; term += 1) network.send(message('a', 'b', term));
    settle();
    expect(arrived).to.deep.equal(Array.from({ length: 100 }, (_, i) => `a>b ${i + 1}`));
  });

  it('lets a chunk of a snapshot that is held up hold up nothing behind it', () => {
    const { network, arrived, settle } = aNetwork({ holdUpRate: 1, holdUpMs: 500 });
    const snapshot = { index: 9, term: 1, sizeBytes: 10, hash: 1 };
    const chunk = { type: 'rpc.installSnapshot', snapshot, offset: 0, chunkBytes: 0 } as const;
    network.send({ ...chunk, from: 'a', to: 'b', term: 7, payload: null });
    network.conditions = { ...network.conditions, holdUpRate: 0 };
    network.send(message('a', 'b', 1));
    network.send(message('a', 'b', 2));
    settle();
    expect(arrived).to.deep.equal(['a>b 1', 'a>b 2', 'a>b 7']);
  });

  it('loses with a process what was under way to it: no later process of the server hears it', () => {
    const { network, arrived, settle } = aNetwork();
    network.send(message('a', 'b', 1));
    network.send(message('b', 'a', 2));
    network.started('b');
    network.send(message('a', 'b', 3));
    settle();
    expect(arrived).to.have.members(['b>a 2', 'a>b 3']);
    expect(network.counts.lost).to.equal(1);
  });

  it('loses about the share that it is told to', () => {
    const { network, arrived, settle } = aNetwork({ lossRate: 0.3 });
    for (let term = 1; term <= 500; term += 1) network.send(message('a', 'b', term));
    settle();
    expect(arrived.length).to.be.within(300, 400);
    expect(network.counts.lost).to.equal(500 - arrived.length);
  });

  it('doubles messages, and a double may arrive although the first was lost', () => {
    const { network, arrived, settle } = aNetwork({ duplicateRate: 1 });
    network.send(message('a', 'b'));
    settle();
    expect(arrived).to.deep.equal(['a>b 1', 'a>b 1']);
  });

  it('lets held up messages be overtaken unless the link keeps order', () => {
    const overtaken = (inOrder: boolean): boolean => {
      const { network, arrived, settle } = aNetwork({ holdUpRate: 0.2, holdUpMs: 500, inOrder });
      for (let term = 1; term <= 50; term += 1) network.send(message('a', 'b', term));
      settle();
      expect(arrived).to.have.lengthOf(50);
      return arrived.some((line, i) => line !== `a>b ${i + 1}`);
    };
    expect(overtaken(false)).to.equal(true);
    expect(overtaken(true)).to.equal(false);
  });

  it('blocks one direction without the other, also for what is under way', () => {
    const { network, arrived, settle } = aNetwork();
    network.send(message('a', 'b', 1));
    network.block('a', 'b');
    network.send(message('a', 'b', 2));
    network.send(message('b', 'a', 3));
    settle();
    expect(arrived).to.deep.equal(['b>a 3']);
    network.unblock('a', 'b');
    network.send(message('a', 'b', 4));
    settle();
    expect(arrived).to.deep.equal(['b>a 3', 'a>b 4']);
  });

  it('keeps a link blocked until the last of two partitions ends, and heals all at once', () => {
    const { network, arrived, settle } = aNetwork();
    network.block('a', 'b');
    network.block('a', 'b');
    network.unblock('a', 'b');
    network.send(message('a', 'b', 1));
    settle();
    expect(arrived).to.deep.equal([]);
    network.heal();
    network.send(message('a', 'b', 2));
    settle();
    expect(arrived).to.deep.equal(['a>b 2']);
  });

  it('loses what is under way on a connection that is cut, tells both ends, and goes on', () => {
    const { network, arrived, closed, settle } = aNetwork();
    network.send(message('a', 'b', 1));
    network.cut('a', 'b');
    network.send(message('a', 'b', 2));
    settle();
    expect(arrived).to.deep.equal(['a>b 2']);
    expect(closed.sort()).to.deep.equal(['a lost b', 'b lost a']);
  });

  it("reports a process's death to every peer but those behind a partition", () => {
    const { network, closed, settle } = aNetwork();
    network.block('a', 'c');
    network.died('a');
    settle();
    expect(closed).to.deep.equal(['b lost a']);
  });
});
