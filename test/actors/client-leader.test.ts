/** The client finds the leader, and stays with whom it should: hints, pauses, overload, silence. */
import { expect } from 'chai';
import { createClient } from '../../actors/client/core.ts';
import {
  aClientThatPuts,
  aConnectedClient,
  aWorld,
  applied,
  ending,
  idOf,
  modified,
  opened,
  refusal,
} from './client-world.ts';

describe('client: finding the leader', () => {
  it('follows a hint to the leader and sends the same (session, seq) again', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = client.put('k', 1);
    const other = client.put('l', 1);
    await world.settle();
    const leader = { id: 'c', client: 'c:3' };
    const code = 'ERR_NOT_LEADER';
    const tries = world.last().frames.at(-1)!;

    await world.answer(...tries.map(({ id }) => refusal(id, { code, leader })));
    await world.advance(0);
    expect(world.last().url).to.equal('ws://c:3/client');
    expect(world.sockets[0]!.closed).to.equal(true);
    await world.open();

    expect(world.requests()).to.deep.equal(tries);
    await world.answer(
      ...tries.map(({ id }) => ({ id, ok: true as const, index: 20, result: modified(20) })),
    );
    expect(await ending(put)).to.equal('applied');
    expect(await ending(other)).to.equal('applied');
  });

  it('tries the endpoints in turn, with growing pauses, and stays where an election is under way', async () => {
    const world = aWorld();
    const client = createClient(['a:1', 'b:2'], { ...world.options, timeoutMs: 1_000 });
    const get = ending(client.get('k'));
    await world.settle();

    await world.lose();
    await world.advance(20);
    await world.open();
    await world.answer(refusal(1, { code: 'ERR_NOT_LEADER' }));
    await world.advance(1_000);

    expect(world.sockets.slice(0, 3).map(({ url }) => url)).to.deep.equal([
      'ws://a:1/client',
      'ws://b:2/client',
      'ws://b:2/client',
    ]);
    expect(await get).to.equal('ERR_TIMEOUT not-applied');
  });

  it('does not spin between two servers that point at each other', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const get = ending(client.get('k'));
    await world.settle();
    for (let i = 0; i < 1_000; i += 1) {
      if (world.last().closed) break;
      await world.open();
      const client = world.last().url.includes('a:1') ? 'b:2' : 'a:1';
      await world.answer(refusal(1, { code: 'ERR_NOT_LEADER', leader: { id: 'x', client } }));
      await world.advance(0);
    }

    expect(world.sockets.length).to.be.lessThan(4);
    client.stop();
    await get;
  });

  it('leaves an overloaded server alone for a while, and asks it again', async () => {
    const { world, put } = await aClientThatPuts();
    const id = idOf(world, 'command');
    const count = world.requests().length;

    await world.answer(refusal(id, { code: 'ERR_OVERLOADED' }));
    await world.advance(49);
    expect(world.requests()).to.have.lengthOf(count);
    await world.advance(1);
    expect(world.requests()).to.have.lengthOf(count + 1);
    expect(world.sockets).to.have.lengthOf(1);

    await world.answer({ id, ok: true, index: 20, result: modified(20) });
    expect(await put).to.equal('applied');
  });

  it('leaves an overloaded server alone for as long as it asks, within a bound', async () => {
    const { world, put } = await aClientThatPuts();
    const id = idOf(world, 'command');
    const count = world.requests().length;
    const overloaded = { code: 'ERR_OVERLOADED', retryable: true };

    await world.answer(refusal(id, { ...overloaded, retryAfterMs: 400 }));
    await world.advance(399);
    expect(world.requests()).to.have.lengthOf(count);
    await world.advance(1);
    expect(world.requests()).to.have.lengthOf(count + 1);

    await world.answer(refusal(id, { ...overloaded, retryAfterMs: 1e9 }));
    await world.advance(5_000);
    expect(world.requests()).to.have.lengthOf(count + 2);
    await world.answer({ id, ok: true, index: 20, result: modified(20) });
    expect(await put).to.equal('applied');
  });

  it('leaves a server that is silent while it owes an answer, but not an idle one', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world, { silenceTimeoutMs: 1_000 });
    world.hang();
    await world.advance(60_000);
    expect(world.sockets).to.have.lengthOf(1);

    const put = ending(client.put('k', 1));
    await world.advance(1_100);

    expect(world.sockets[0]!.closed).to.equal(true);
    expect(world.last().url).to.equal('ws://b:2/client');
    client.stop();
    expect(await put).to.equal('ERR_STOPPED unknown');
  });

  it('stays with a server whose disk is slow: it gives signs of life', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world, { silenceTimeoutMs: 1_000 });
    const put = ending(client.put('k', 1));
    await world.advance(8_000);

    expect(world.sockets).to.have.lengthOf(1);
    const id = idOf(world, 'command');
    await world.answer({ id, ok: true, index: 20, result: modified(20) });
    expect(await put).to.equal('applied');
  });

  it('dials nobody while nobody asks, though the connection is lost', async () => {
    const world = aWorld();
    await aConnectedClient(world);

    await world.lose();
    await world.advance(60_000);

    expect(world.sockets).to.have.lengthOf(1);
    expect(world.timers.size).to.equal(0);
  });

  it('stops dialling when every call has timed out, though no session was opened', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], { ...world.options, timeoutMs: 1_000 });
    const put = ending(client.put('k', 1));
    await world.settle();
    await world.open();
    for (let i = 0; i < 4; i += 1) {
      await world.lose();
      await world.advance(300);
    }
    expect(await put).to.equal('ERR_TIMEOUT not-applied');
    const dialled = world.sockets.length;
    await world.lose();

    await world.advance(60_000);
    expect(world.sockets).to.have.lengthOf(dialled);
    expect(world.timers.size).to.equal(0);

    // And the next call goes on as if nothing had been.
    const later = ending(client.put('k', 2));
    await world.settle();
    await world.open();
    await opened(world, 9);
    await applied(world, 10);
    expect(await later).to.equal('applied');
  });
});
