/** The client: what it sends for its calls, what it gives back, and when it takes no more of them. */
import { expect } from 'chai';
import sinon from 'sinon';
import { createClient } from '../../actors/client/core.ts';
import type { OpenSocket } from '../../actors/client/socket.ts';
import { aConnectedClient, aWorld, applied, ending, idOf, modified } from './client-world.ts';

describe('client', () => {
  it('opens no connection before the first call, and its session with the first command', async () => {
    const world = aWorld();
    const client = createClient(['http://a:1', 'b:2'], world.options);
    expect(world.sockets).to.deep.equal([]);

    const put = client.put('k', 'v');
    await world.settle();
    expect(world.last().url).to.equal('ws://a:1/client');
    await world.open();
    expect(world.requests()).to.deep.equal([{ id: 2, op: 'open' }]);
    await world.answer({ id: 2, ok: true, session: 9 });
    await world.answer({ id: 1, ok: true, index: 12, result: { revision: 12, previous: 3 } });

    expect(world.requests()[1]).to.deep.equal({
      id: 1,
      op: 'command',
      session: 9,
      seq: 1,
      doneBelow: 1,
      machine: 'kv',
      command: { put: { key: 'k', value: { json: 'v' } } },
    });
    expect(await put).to.deep.equal({ revision: 12, previous: 3 });
  });

  it('what is no JSON rejects its own call; the client and all others go on', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const wrong = 5n as unknown as string;

    const get = client.get(wrong);
    const put = client.put(wrong, 1);
    const other = client.put('k', 1);
    await world.settle();

    expect(await ending(get)).to.equal('ERR_INVALID_VALUE not-applied');
    expect(await ending(put)).to.equal('ERR_INVALID_VALUE not-applied');
    expect(() => client.watch({ prefix: wrong })).to.throw('This is no JSON');
    const id = idOf(world, 'command');
    await world.answer({ id, ok: true, index: 11, result: modified(11) });
    expect(await other).to.deep.equal(modified(11));
  });

  it('takes no NaN for no time, no bound or no key: a variable that is not set must not do harm', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const asked = world.requests().length;
    const timeoutMs = Number(undefined);

    for (const call of [
      client.get('k', { timeoutMs }),
      client.put('k', 1, { timeoutMs: -1 }),
      client.memberRemove('n3', { timeoutMs }),
      client.status('a:1', { timeoutMs }),
      client.lock('k', { timeoutMs }),
      client.cas('k', { revision: NaN }, 'would create the key'),
    ]) {
      expect(await ending(call)).to.equal('ERR_INVALID_ARGUMENT not-applied');
    }
    await world.settle();

    expect(world.requests()).to.have.lengthOf(asked);
    expect(world.timers.size).to.equal(0);
    const names = ['timeoutMs', 'silenceTimeoutMs', 'maxInFlight', 'maxQueued'];
    for (const name of names) {
      expect(() => createClient(['a:1'], { ...world.options, [name]: NaN })).to.throw(`"${name}"`);
    }
  });

  it('a call may wait for ever: a time that no timer can take is not over at once', async () => {
    const timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { openSocket } = aWorld().options;
      const client = createClient(['a:1'], { openSocket });
      const calls = [Infinity, 2 ** 31].map((timeoutMs) => client.get('k', { timeoutMs }));
      await timers.tickAsync(60_000);
      client.stop();
      const endings = await Promise.all(calls.map(ending));
      expect(endings).to.deep.equal(['ERR_STOPPED not-applied', 'ERR_STOPPED not-applied']);
    } finally {
      timers.restore();
    }
  });

  it('reads without a session, and gives values back as what they are', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const get = client.get('k');
    const none = client.get('none');
    const list = client.list('p', { limit: 2 });
    await world.settle();
    await world.open();

    expect(world.requests().map(({ op }) => op)).to.deep.equal(['read', 'read', 'read']);
    const value = { json: ['1'], meta: { values: { 0: ['bigint'] } } };
    const entry = { key: 'p1', value, revision: 4 };
    await world.answer(
      { id: 1, ok: true, index: 5, result: { value, revision: 4 } },
      { id: 2, ok: true, index: 5, result: null },
      { id: 3, ok: true, index: 5, result: { entries: [entry], more: true, next: 'p2' } },
    );

    expect(await get).to.deep.equal({ value: [1n], revision: 4 });
    expect(await none).to.equal(null);
    expect(await list).to.deep.equal({
      entries: [{ key: 'p1', value: [1n], revision: 4 }],
      more: true,
      next: 'p2',
      revision: 5,
    });
  });

  it('sends the calls of one turn as one frame, numbered in their order', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const frames = world.last().frames.length;

    const calls = [client.put('a', 1), client.get('a'), client.delete('a')];
    await world.settle();

    expect(world.last().frames).to.have.lengthOf(frames + 1);
    const sent = world.last().frames.at(-1)!;
    expect(sent.map(({ op }) => op)).to.deep.equal(['command', 'read', 'command']);
    expect(sent[0]).to.include({ seq: 2, doneBelow: 2 });
    expect(sent[2]).to.include({ seq: 3, doneBelow: 2 });
    client.stop();
    await Promise.allSettled(calls);
  });

  it('raises doneBelow to the lowest seq that is not answered', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const [second, third] = [client.put('2', 2), client.put('3', 3)];
    await world.settle();
    const [first] = world.last().frames.at(-1)!;

    await world.answer({ id: first!.id + 1, ok: true, index: 12, result: modified(12) });
    await third;
    const fourth = client.put('4', 4);
    await world.settle();
    expect(world.requests().at(-1)).to.include({ seq: 4, doneBelow: 2 });

    await world.answer({ id: first!.id, ok: true, index: 11, result: modified(11) });
    await second;
    const fifth = client.put('5', 5);
    await world.settle();
    expect(world.requests().at(-1)).to.include({ seq: 5, doneBelow: 4 });
    client.stop();
    await Promise.allSettled([fourth, fifth]);
  });

  it('bounds what is in flight, and what waits for that', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world, { maxInFlight: 2, maxQueued: 3 });
    const calls = Array.from({ length: 4 }, (_, i) => ending(client.put(`k${i}`, i)));
    await world.settle();

    expect(world.last().frames.at(-1)).to.have.lengthOf(2);
    expect(await calls[3]).to.equal('ERR_OVERLOADED not-applied');
    await applied(world, 20);
    // Seq 2 is unanswered, so seq may not run further ahead of it: servers keep results from there.
    expect(world.last().frames.at(-1)).to.have.lengthOf(2);
    client.stop();
    await Promise.all(calls);
  });

  it('rejects everything when it stops, and everything after', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const calls = [ending(client.put('k', 1)), ending(client.get('k'))];
    await world.settle();
    calls.push(ending(client.put('unsent', 1)));

    await client[Symbol.asyncDispose]();
    calls.push(ending(client.get('k')));

    expect(await Promise.all(calls)).to.deep.equal([
      'ERR_STOPPED unknown',
      'ERR_STOPPED not-applied',
      'ERR_STOPPED not-applied',
      'ERR_STOPPED not-applied',
    ]);
    expect(world.last().closed).to.equal(true);
    await world.settle();
    expect(world.timers.size).to.equal(0);
  });

  it('refuses what cannot be stored, and what is no endpoint, before anything is sent', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);

    expect(await ending(client.put('k', () => 1))).to.equal('ERR_INVALID_VALUE not-applied');
    expect(() => createClient([], world.options)).to.throw('no endpoint');
    expect(() => createClient(['ftp://x'], world.options)).to.throw('"ftp://x" is none');
    expect(world.sockets).to.deep.equal([]);
  });

  it('rejects everything, now and later, when the WebSocket it was given throws', async () => {
    const world = aWorld();
    const openSocket = () => {
      throw new Error('no such thing as a socket');
    };
    const client = createClient(['a:1'], { ...world.options, openSocket });
    expect(await ending(client.status('a:1'))).to.equal('ERR_CLIENT_FAILED not-applied');
    const watch = client.watch({ key: 'k' });
    const waits = ending(watch.next());
    const put = ending(client.put('k', 1));
    await world.settle();

    expect(await put).to.equal('ERR_CLIENT_FAILED not-applied');
    expect(await waits).to.equal('ERR_CLIENT_FAILED not-applied');
    expect(await ending(client.get('k'))).to.equal('ERR_CLIENT_FAILED not-applied');
    expect(world.timers.size).to.equal(0);
    expect(() => client.stop()).not.to.throw();
  });

  for (const when of ['its first request', 'a later one']) {
    it(`a WebSocket that throws at ${when} is closed, and rejects everything`, async () => {
      const world = aWorld();
      let throws = when === 'its first request';
      const openSocket: OpenSocket = (url, handlers) => {
        const socket = world.options.openSocket(url, handlers);
        const send = (text: string): void => {
          if (throws) throw new Error('it is not open');
          socket.send(text);
        };
        return { ...socket, send };
      };
      const client = createClient(['a:1'], { ...world.options, openSocket });
      const get = ending(client.get('k'));
      await world.settle();
      await world.open();
      throws = true;
      const put = ending(client.put('k', 1));
      await world.settle();

      expect(await get).to.equal('ERR_CLIENT_FAILED not-applied');
      expect(await put).to.equal('ERR_CLIENT_FAILED not-applied');
      client.stop();
      expect(world.sockets.map(({ closed }) => closed)).to.deep.equal([true]);
      expect(world.timers.size).to.equal(0);
    });
  }

  it('rejects a question for a status, too, when it stops, and closes its connection', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const status = ending(client.status('c:3'));
    await world.open();

    client.stop();

    expect(await status).to.equal('ERR_STOPPED not-applied');
    expect(world.last().closed).to.equal(true);
    expect(world.timers.size).to.equal(0);
    expect(await ending(client.status('c:3'))).to.equal('ERR_STOPPED not-applied');
    expect(world.sockets).to.have.lengthOf(1);
  });

  it('asks one server for its status, on a connection of its own', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const status = client.status('c:3');
    await world.open();
    expect(world.last().url).to.equal('ws://c:3/client');
    await world.answer({ id: 1, ok: true, status: { role: 'follower' } });

    expect(await status).to.deep.equal({ role: 'follower' });
    expect(world.last().closed).to.equal(true);
    const unreachable = ending(client.status('d:4'));
    await world.lose();
    expect(await unreachable).to.equal('ERR_UNREACHABLE not-applied');
    const silent = ending(client.status('d:4', { timeoutMs: 50 }));
    await world.advance(50);
    expect(await silent).to.equal('ERR_TIMEOUT not-applied');
  });
});
