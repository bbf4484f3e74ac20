/** The client: finds the leader, retries without repeating, and never guesses an outcome. */
import { expect } from 'chai';
import sinon from 'sinon';
import { createClient } from '../../actors/client/core.ts';
import { createKv } from '../../replicated/kv.ts';
import { createReplicatedState } from '../../replicated/replicated-state.ts';
import type { ClientResponse } from '../../transport/client-protocol.ts';
import {
  aConnectedClient,
  aWorld,
  ending,
  idOf,
  lcg,
  modified,
  refusal,
  type FakeSocket,
  type Sent,
} from './client-world.ts';

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

  it('resends after a lost connection, and a result is a result', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = client.put('k', 1);
    await world.settle();
    const [first] = world.last().frames.at(-1)!;

    await world.lose();
    await world.advance(100);
    expect(world.last().url).to.equal('ws://b:2/client');
    await world.open();

    expect(world.requests()).to.deep.equal([first]);
    await world.answer({ id: first!.id, ok: true, index: 11, result: modified(11) });
    expect(await ending(put)).to.equal('applied');
  });

  it('says `unknown` when time is up after a try that may have taken effect', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world, { timeoutMs: 500 });
    const sent = ending(client.put('sent', 1));
    await world.settle();
    await world.lose();
    const never = ending(client.put('never sent', 2));
    await world.advance(500);

    expect(await sent).to.equal('ERR_TIMEOUT unknown');
    expect(await never).to.equal('ERR_TIMEOUT not-applied');
  });

  it('says what a `local` read was waiting for when its time is up, and not that nobody answers', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const read = { consistency: 'local', timeoutMs: 1_000 } as const;
    const waits = client.get('k', { ...read, atLeast: 42 }).catch(String);
    const plain = client.get('k', read).catch(String);
    await world.advance(1_000);

    expect(await waits).to.contain('has not come to entry 42 within 1000 ms');
    expect(await plain).to.contain('No server answered within 1000 ms');

    const unsent = client.get('k', { ...read, atLeast: 42 }).catch(String);
    await world.lose();
    await world.advance(1_000);
    expect(await unsent).to.contain('No server answered within 1000 ms');
  });

  it('keeps `unknown` though a later try is refused for good', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = ending(client.put('k', 1));
    await world.settle();
    const code = 'ERR_LEADER_LOST';
    await world.answer(refusal(idOf(world, 'command'), { code, outcome: 'unknown' }));
    await world.advance(100);
    await world.open();

    await world.answer(refusal(idOf(world, 'command'), { code: 'ERR_GONE', retryable: false }));

    expect(await put).to.equal('ERR_GONE unknown');
  });

  it('tells an expired session as `unknown` when the command was tried before', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = ending(client.put('k', 1));
    await world.settle();
    await world.lose();
    await world.advance(100);
    await world.open();
    const code = 'ERR_SESSION_EXPIRED';
    await world.answer(
      refusal(idOf(world, 'command'), { code, outcome: 'unknown', retryable: false }),
    );
    expect(await put).to.equal('ERR_SESSION_EXPIRED unknown');

    // Later commands go on in a fresh session.
    const later = ending(client.put('k', 2));
    await world.settle();
    await world.answer({ id: idOf(world, 'open'), ok: true, session: 50 });
    expect(world.requests().at(-1)).to.include({ session: 50, seq: 1, doneBelow: 1 });
    await world.answer({ id: idOf(world, 'command'), ok: true, index: 51, result: modified(51) });
    expect(await later).to.equal('applied');
  });

  it('moves a command to a new session by itself when its only try met an expired one', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = ending(client.put('k', 1));
    await world.settle();
    const code = 'ERR_SESSION_EXPIRED';
    await world.answer(
      refusal(idOf(world, 'command'), { code, outcome: 'unknown', retryable: false }),
    );

    await world.answer({ id: idOf(world, 'open'), ok: true, session: 50 });
    expect(world.requests().at(-1)).to.include({ session: 50, seq: 1 });
    await world.answer({ id: idOf(world, 'command'), ok: true, index: 51, result: modified(51) });

    expect(await put).to.equal('applied');
  });

  it('rejects at once what is refused for good, and tells an error result as applied', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const refused = ending(client.put('k', 1));
    await world.settle();
    const code = 'ERR_TOO_LARGE';
    await world.answer(refusal(idOf(world, 'command'), { code, retryable: false }));
    expect(await refused).to.equal('ERR_TOO_LARGE not-applied');

    const decided = ending(client.delete('k'));
    await world.settle();
    const error = { code: 'ERR_MACHINE_THREW', message: 'it threw' };
    await world.answer({ id: idOf(world, 'command'), ok: true, index: 20, result: { error } });
    expect(await decided).to.equal('ERR_MACHINE_THREW applied');
  });

  it('leaves an overloaded server alone for a while, and asks it again', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = ending(client.put('k', 1));
    await world.settle();
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
    const world = aWorld();
    const client = await aConnectedClient(world);
    const put = ending(client.put('k', 1));
    await world.settle();
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
    await world.answer({ id: idOf(world, 'open'), ok: true, session: 9 });
    await world.answer({ id: idOf(world, 'command'), ok: true, index: 10, result: modified(10) });
    expect(await later).to.equal('applied');
  });

  it('bounds what is in flight, and what waits for that', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world, { maxInFlight: 2, maxQueued: 3 });
    const calls = Array.from({ length: 4 }, (_, i) => ending(client.put(`k${i}`, i)));
    await world.settle();

    expect(world.last().frames.at(-1)).to.have.lengthOf(2);
    expect(await calls[3]).to.equal('ERR_OVERLOADED not-applied');
    await world.answer({ id: idOf(world, 'command'), ok: true, index: 20, result: modified(20) });
    // Seq 2 is unanswered, so seq may not run further ahead of it: servers keep results from there.
    expect(world.last().frames.at(-1)).to.have.lengthOf(2);
    client.stop();
    await Promise.all(calls);
  });

  it('aborts by the signal of the caller, with the outcome, and keeps its reason', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const [now, later] = [new AbortController(), new AbortController()];
    now.abort();
    const early = ending(client.put('k', 1, { signal: now.signal }));
    const put = client.put('k', 1, { signal: later.signal });
    await world.settle();
    later.abort('enough');

    expect(await early).to.equal('ERR_ABORTED not-applied');
    const error = await put.catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'ERR_ABORTED', outcome: 'unknown', cause: 'enough' });
  });

  it('listens once to a signal that many calls share, and gives up those that wait', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const abort = new AbortController();
    const listen = sinon.spy(abort.signal, 'addEventListener');
    const calls = Array.from({ length: 50 }, () =>
      ending(client.get('k', { signal: abort.signal })),
    );
    await world.settle();
    await world.answer({ id: idOf(world, 'read'), ok: true, index: 1, result: null });
    abort.abort();
    sinon.assert.calledOnce(listen);
    const told = await Promise.all(calls);
    expect(told.filter((one) => one === 'ERR_ABORTED not-applied')).to.have.length(49);
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

  it('§8: applies each command once, whatever a network does to its tries', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    const random = lcg(seed);
    const world = aWorld();
    const state = createReplicatedState({ machines: { kv: createKv() } });
    const opening = { kind: 'session', ttlMs: 1_000, maxSessions: 2 } as const;
    let index = 0;
    /** Values in the order in which they took effect. */
    const effects: unknown[] = [];
    const serve = (request: Sent): ClientResponse => {
      index += 1;
      if (request.op === 'open') {
        state.apply(opening, index, 0);
        return { id: request.id, ok: true, session: index };
      }
      if (request.op !== 'command') throw new Error('only commands here');
      const { id, op, ...entry } = request;
      const result = state.apply({ kind: op, ...entry }, index, 0);
      if (!result.ok) {
        return refusal(id, { code: result.code, outcome: 'unknown', retryable: false });
      }
      if (result.index === index) {
        const { put } = entry.command as { put: { value: { json: unknown } } };
        effects.push(put.value.json);
      }
      return { id, ok: true, index: result.index, result: result.value };
    };

    const client = createClient(['a:1', 'b:2'], { ...world.options, maxInFlight: 8 });
    const endings: Promise<string>[] = [];
    const served = new Map<FakeSocket, number>();
    for (let step = 0; step < 3_000; step += 1) {
      if (step < 2_500 && random() < 0.3) endings.push(ending(client.put('k', endings.length)));
      await world.advance(10);
      const socket = world.sockets.at(-1);
      if (socket === undefined || socket.closed) continue;
      if (!served.has(socket)) {
        served.set(socket, 0);
        await world.open();
        continue;
      }
      const waiting = socket.frames.slice(served.get(socket));
      served.set(socket, socket.frames.length);
      const chance = step < 2_500 ? random() : 1;
      if (chance < 0.05) {
        waiting.flat().forEach(serve); // Served, and the answers are lost.
        await world.lose();
      } else if (chance < 0.1) {
        await world.lose();
      } else if (chance < 0.15) {
        const refused = waiting.flat().map(({ id }) => refusal(id, { code: 'ERR_NOT_LEADER' }));
        if (refused.length > 0) await world.answer(...refused);
      } else if (chance < 0.17) {
        index += 1;
        state.apply(opening, index, 0); // Others evict ours.
        served.set(socket, socket.frames.length - waiting.length);
      } else if (waiting.length > 0) {
        await world.answer(...waiting.flat().map(serve));
      }
    }
    client.stop();

    const outcomes = await Promise.all(endings);
    const message = `SEED=${seed}`;
    expect(new Set(effects).size, message).to.equal(effects.length);
    outcomes.forEach((outcome, value) => {
      if (outcome === 'applied') expect(effects, message).to.include(value);
      else if (outcome.endsWith('not-applied')) expect(effects, message).not.to.include(value);
      else expect(outcome, message).to.match(/unknown$/);
    });
    expect(outcomes.filter((outcome) => outcome === 'applied').length, message).to.be.above(100);
  });
});
