/** The client's watches: one story, whatever happens to connections, servers and its reader. */
import { expect } from 'chai';
import { SimulatedClock } from 'xstate';
import type { Change, WatchEvent } from '../../actors/client.ts';
import { createClient } from '../../actors/client/core.ts';
import { maxBufferedChanges } from '../../actors/client/watch.ts';
import { maxWatchesPerClient } from '../../actors/client/watches.ts';
import { StatecraftError } from '../../actors/errors.ts';
import { createWatchers } from '../../actors/gateway/watchers.ts';
import { createHistory } from '../../replicated/kv-history.ts';
import { createKv } from '../../replicated/kv.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { ChangesResponse, WatchRequest } from '../../transport/client-protocol.ts';
import { defaultClientLimits } from '../../transport/limits.ts';
import { aWorld, ending, idOf, lcg, refusal, type FakeSocket, type World } from './client-world.ts';

const change = (id: number, revision: number, ...keys: string[]): ChangesResponse => ({
  ...{ id, ok: true, revision },
  events: keys.map((key) => ({ type: 'put', key, value: { json: revision }, previous: null })),
});

/** The watch that the newest connection was asked for last. */
function askedFor(world: World): WatchRequest {
  const watch = world.requests().findLast(({ op }) => op === 'watch');
  if (watch?.op !== 'watch') throw new Error('no watch was asked for');
  return watch;
}

const inWords = ({ revision, events }: Change): string =>
  [revision, ...events.map(({ type, key }) => `${type} ${key}`)].join(' ');

/** What `next` gives: the change in words, `done`, or the code of the error. */
async function read(watch: AsyncIterator<Change, undefined>): Promise<string> {
  try {
    const { done, value } = await watch.next();
    return done === true ? 'done' : inWords(value);
  } catch (error) {
    expect(error).to.be.instanceOf(StatecraftError);
    return (error as StatecraftError).code;
  }
}

/** A client that watches everything, and its world, the watch asked for on an open connection. */
async function aWatch(options: { from?: number; progress?: boolean; signal?: AbortSignal } = {}) {
  const world = aWorld();
  const client = createClient(['a:1', 'b:2'], world.options);
  const watch = client.watch({ prefix: '' }, options);
  await world.settle();
  await world.open();
  return { world, client, watch };
}

describe('client: watch', () => {
  it('asks at once, without a session, and gives changes with values as what they are', async () => {
    const { world, watch } = await aWatch({ from: 21 });
    expect(world.requests()).to.deep.equal([
      { id: 1, op: 'watch', machine: 'kv', select: { prefix: '' }, from: 21 },
    ]);
    const value = { json: '5', meta: { values: ['bigint'], v: 1 } };
    const events = [
      { type: 'put', key: 'a', value, previous: 3 },
      { type: 'delete', key: 'b', previous: 4 },
    ];
    await world.answer({ id: 1, ok: true, revision: 23, events });

    const expected: WatchEvent[] = [
      { type: 'put', key: 'a', value: 5n, previous: 3 },
      { type: 'delete', key: 'b', previous: 4, reason: 'deleted' },
    ];
    expect((await watch.next()).value).to.deep.equal({ revision: 23, events: expected });
  });

  it('gives to readers that wait and to those that come later, in order', async () => {
    const { world, watch } = await aWatch();
    const [first, second] = [read(watch), read(watch)];
    await world.answer(change(1, 3, 'a'), change(1, 5, 'b'), change(1, 6, 'c', 'd'));

    expect(await Promise.all([first, second])).to.deep.equal(['3 put a', '5 put b']);
    expect(await read(watch)).to.equal('6 put c put d');
  });

  it('#16: goes on elsewhere, from its place, when its connection is lost', async () => {
    const { world, watch } = await aWatch({ from: 4 });
    await world.answer(change(1, 5, 'a'), change(1, 9));
    await world.lose();
    await world.advance(100);
    expect(world.last().url).to.equal('ws://b:2/client');
    await world.open();

    // A sign of life counts: what it says was seen need not be told again.
    expect(askedFor(world)).to.include({ id: 2, from: 10 });
    await world.answer(change(2, 7), change(2, 12, 'b'));
    expect([await read(watch), await read(watch)]).to.deep.equal(['5 put a', '12 put b']);
  });

  it('#16, etcd#8980: notices silence, though nothing is closed, and goes elsewhere', async () => {
    const { world } = await aWatch();
    await world.answer(change(1, 3));
    for (let i = 0; i < 5; i += 1) {
      await world.advance(2_000);
      await world.answer(change(1, 3));
    }
    expect(world.sockets, 'signs of life keep it where it is').to.have.lengthOf(1);

    world.hang();
    await world.advance(1_100);
    expect(world.sockets[0]!.closed).to.equal(true);
    await world.open();
    expect(askedFor(world)).to.include({ from: 4 });
  });

  it('begins anew from now when it was told nothing yet', async () => {
    const { world } = await aWatch();
    await world.reconnect();
    expect(askedFor(world)).to.include({ from: null });
  });

  it('gives signs of life only when asked to, and none that something newer has overtaken', async () => {
    const { world, watch } = await aWatch({ progress: true });
    await world.answer(change(1, 3), change(1, 4), change(1, 7, 'a'), change(1, 8));

    expect([await read(watch), await read(watch)]).to.deep.equal(['7 put a', '8']);
  });

  it('throws ERR_COMPACTED with the oldest revision, after what came before, and then is done', async () => {
    const { world, watch } = await aWatch({ from: 2 });
    await world.answer(change(1, 5, 'a'));
    await world.reconnect();
    const { id } = askedFor(world);
    await world.answer(refusal(id, { code: 'ERR_COMPACTED', retryable: false, oldest: 9 }));

    expect(await read(watch)).to.equal('5 put a');
    const error = await watch.next().catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'ERR_COMPACTED', revision: 9, retryable: false });
    expect(await read(watch)).to.equal('done');
    await world.advance(60_000);
    expect(world.timers.size, 'nobody is dialled for it').to.equal(0);
  });

  it('resumes by itself after ERR_SLOW_WATCHER, and elsewhere when its server stops', async () => {
    const { world } = await aWatch({ from: 2 });
    await world.answer(change(1, 5, 'a'), refusal(1, { code: 'ERR_SLOW_WATCHER' }));
    await world.advance(100);
    expect(askedFor(world)).to.include({ id: 2, from: 6 });
    expect(world.sockets).to.have.lengthOf(1);

    await world.answer(refusal(2, { code: 'ERR_STOPPED' }));
    await world.advance(100);
    expect(world.last().url).to.equal('ws://b:2/client');
  });

  it('rests by itself when its server takes no more watches, and no call waits for it', async () => {
    const { world, client, watch } = await aWatch();
    for (let times = 1; times <= 3; times += 1) {
      await world.answer(refusal(askedFor(world).id, { code: 'ERR_OVERLOADED' }));
      const get = client.get('k');
      await world.settle();
      expect(world.requests().at(-1)).to.include({ op: 'read' });
      await world.answer({ id: idOf(world, 'read'), ok: true, index: 1, result: null });
      await get;
      await world.advance(100);
      expect(world.requests().filter(({ op }) => op === 'watch')).to.have.length(times + 1);
    }
    await world.answer(refusal(askedFor(world).id, { code: 'ERR_OVERLOADED' }));
    await watch.return?.();
    await world.settle();
    expect(world.timers.size).to.equal(0);
    client.stop();
  });

  it('row 33: pauses for a reader that is behind, in bounded memory, and loses nothing', async () => {
    const { world, watch } = await aWatch({ from: 1 });
    for (let revision = 1; revision <= 2 * maxBufferedChanges; revision += 1) {
      await world.answer(change(1, revision, 'k'));
    }
    expect(world.requests().at(-1)).to.deep.equal({ id: 1, op: 'cancel' });
    await world.advance(60_000);
    expect(world.sockets, 'nothing is owed meanwhile').to.have.lengthOf(1);

    for (let revision = 1; revision <= maxBufferedChanges; revision += 1) {
      expect(await read(watch)).to.equal(`${revision} put k`);
    }
    await world.settle();
    expect(askedFor(world)).to.include({ id: 2, from: maxBufferedChanges + 1 });
  });

  it('ends at its server, too, when its loop is left, its signal fires or its client stops', async () => {
    const controller = new AbortController();
    const { world, client, watch } = await aWatch({ signal: controller.signal });
    const other = client.watch({ key: 'a' });
    const third = client.watch({ key: 'b' });
    await world.settle();
    const waits = read(watch);

    controller.abort();
    expect(await waits).to.equal('ERR_ABORTED');
    await other.return?.();
    await world.settle();
    expect(world.requests().slice(-2)).to.deep.equal([
      { id: 1, op: 'cancel' },
      { id: 2, op: 'cancel' },
    ]);
    expect(await read(other)).to.equal('done');

    const last = read(third);
    client.stop();
    expect(await last).to.equal('ERR_STOPPED');
    expect(() => client.watch({ key: 'c' })).to.throw('stopped');
    expect(world.timers.size).to.equal(0);
  });

  it('drops late words of a watch that was ended, and takes an aborted signal at its word', async () => {
    const { world, client, watch } = await aWatch();
    await watch.return?.();
    await world.answer(change(1, 3, 'a'), { id: 1, ok: true, ended: true });

    expect(await read(watch)).to.equal('done');
    expect(() => client.watch({ key: 'a' }, { signal: AbortSignal.abort() })).to.throw('gave up');
  });

  it('throws what cannot be read, with its revision, so that its reader can go on behind it', async () => {
    const { world, watch } = await aWatch();
    const value = { json: 'x', meta: { values: [['class', 'Evil']] } };
    const events = [{ type: 'put', key: 'a', value, previous: null }];
    await world.answer({ id: 1, ok: true, revision: 8, events });

    const error = await watch.next().catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'ERR_INVALID_VALUE', revision: 8 });
  });

  it('refuses to begin at what is no revision: a server could not say whose line that is', () => {
    const client = createClient(['a:1'], aWorld().options);
    for (const from of [0, -1, 1.5, NaN, 2 ** 60]) {
      expect(() => client.watch({ key: 'k' }, { from })).to.throw('is no revision');
    }
  });

  it('refuses a selection that is longer than a frame: its connection would be closed each time', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const prefix = 'x'.repeat(5 << 20);
    expect(() => client.watch({ prefix }))
      .to.throw()
      .with.property('code', 'ERR_INVALID_WATCH');
    expect(() =>
      client.watch({ start: '\0'.repeat(1_024), end: '\0'.repeat(1_024) }),
    ).not.to.throw();
    client.stop();
    await world.settle();
  });

  it('bounds the watches of a client', () => {
    const client = createClient(['a:1'], aWorld().options);
    for (let i = 0; i < maxWatchesPerClient; i += 1) client.watch({ key: `${i}` });
    expect(() => client.watch({ key: 'one more' })).to.throw('256 watches');
  });

  it('leaves room for itself among the calls: what servers refuse would have all of them rest', async () => {
    const { world, client } = await aWatch();
    for (let i = 1; i < 100; i += 1) client.watch({ key: `${i}` });
    await world.settle();
    const calls = Array.from({ length: 1_200 }, (_, i) => client.get(`${i}`));
    await world.settle();
    expect(world.requests().length).to.be.within(900, defaultClientLimits.maxOutstanding);
    client.stop();
    await Promise.allSettled(calls);
  });

  it('shares the connection with calls: a redirect takes the watch along', async () => {
    const { world, client } = await aWatch({ from: 7 });
    const get = ending(client.get('k'));
    await world.settle();
    const leader = { id: 'c', client: 'c:3' };
    await world.answer(change(1, 9, 'a'), refusal(2, { code: 'ERR_NOT_LEADER', leader }));
    await world.settle();
    await world.open();

    expect(world.last().url).to.equal('ws://c:3/client');
    expect(world.requests().map(({ op }) => op)).to.deep.equal(['watch', 'read']);
    expect(askedFor(world)).to.include({ from: 10 });
    client.stop();
    await get;
  });

  it('I38: whatever the network does, each watch tells the log, filtered, once and whole', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    const random = lcg(seed);
    const world = aWorld();
    const client = createClient(['a:1', 'b:2'], world.options);
    const servers = { 'ws://a:1/client': aServer(), 'ws://b:2/client': aServer() };
    /** By index, what was changed. */
    const log: string[][] = [[]];
    const keys = ['a', 'b', 'c'];
    const selections = [
      { select: { prefix: '' }, selects: () => true },
      { select: { key: 'b' }, selects: (key: string) => key === 'b' },
    ];
    const watching = selections.map(({ select, selects }) => {
      const seen: Change[] = [];
      const watch = client.watch(select, { from: 1 });
      const done = (async () => {
        for await (const each of watch) seen.push(each);
      })().catch((error: unknown) => error);
      return { selects, seen, done };
    });

    const served = new Map<FakeSocket, number>();
    for (let step = 0; step < 1_500; step += 1) {
      // At the end nothing new happens and nothing breaks, so that everyone can have heard all.
      const isLast = step > 1_400;
      if (random() < 0.4 && !isLast) log.push(keys.filter(() => random() < 0.4));
      // Each server has applied a part of the log of its own.
      for (const server of Object.values(servers)) {
        const ahead = log.length - 1 - server.lastApplied;
        server.enter(log, isLast ? ahead : Math.floor(random() * (ahead + 1)));
        server.clock.increment(50);
      }
      await world.advance(50);
      const socket = world.sockets.at(-1)!;
      if (socket.closed) continue;
      const server = servers[socket.url as keyof typeof servers];
      if (!served.has(socket)) {
        served.set(socket, 0);
        server.leave();
        await world.open();
      } else if (random() < 0.03 && !isLast) {
        server.leave();
        await world.lose();
        continue;
      }
      const lines = socket.frames.slice(served.get(socket)).flat();
      served.set(socket, socket.frames.length);
      for (const line of lines) if (line.op === 'watch') server.watch(line);
      await world.answer(...server.take());
    }
    client.stop();

    for (const { selects, seen, done } of watching) {
      expect(await done, `SEED=${seed}`).to.include({ code: 'ERR_STOPPED' });
      const expected = log
        .map((changed, revision) => ({ revision, keys: changed.filter(selects) }))
        .filter((each) => each.keys.length > 0);
      const told = seen.map(({ revision, events }) => {
        return { revision, keys: events.map(({ key }) => key) };
      });
      expect(told, `SEED=${seed}`).to.deep.equal(expected);
    }
    expect(world.sockets.length, `SEED=${seed}`).to.be.above(10);
  });
});

/** A server of watches that has applied as much of the log as it is told to. */
function aServer() {
  const kv = createKv(createHistory());
  const clock = new SimulatedClock();
  let lastApplied = 0;
  let said: ChangesResponse[] = [];
  let ends: (() => void)[] = [];
  const watchers = createWatchers({
    state: { changes: () => kv.changes ?? null },
    applier: {
      get lastApplied() {
        return lastApplied;
      },
    },
    clock,
    inTouch: () => true,
  });
  return {
    clock,
    get lastApplied() {
      return lastApplied;
    },
    enter(log: readonly string[][], count: number): void {
      for (let i = 0; i < count; i += 1) {
        lastApplied += 1;
        const then = log[lastApplied]!.map((key): Json => ({ put: { key, value: { json: 0 } } }));
        kv.apply({ txn: { then } }, lastApplied, 0);
      }
      watchers.applied();
    },
    watch(request: WatchRequest): void {
      const send = (response: { ok: boolean }): number => said.push(response as ChangesResponse);
      ends.push(watchers.watch(request, { send, backlogBytes: () => 0 }));
    },
    leave(): void {
      for (const end of ends) end();
      ends = [];
      said = [];
    },
    take: () => said.splice(0),
  };
}
