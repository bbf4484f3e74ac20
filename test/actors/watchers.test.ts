/**
 * I38: watches are ordered, unique, gap-free, atomic, resumable, and honest about where they are.
 */
import { expect } from 'chai';
import { SimulatedClock } from 'xstate';
import { createWatchers, maxWatchers, progressIntervalMs } from '../../actors/gateway/watchers.ts';
import { createHistory } from '../../replicated/kv-history.ts';
import { createKv } from '../../replicated/kv.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { ChangesResponse, FailedResponse } from '../../transport/client-protocol.ts';

const put = (key: string, json: Json = 0): Json => ({ put: { key, value: { json } } });

/** A server's watches over a real store, with the clock, the log and the sockets in the hand. */
function aServer(bounds = { maxEvents: 1_000, maxChars: 1 << 24 }) {
  const history = createHistory(bounds);
  const kv = createKv(history);
  const clock = new SimulatedClock();
  const server = { lastApplied: 0, inTouch: true };
  const watchers = createWatchers({
    state: { changes: (machine) => (machine === 'kv' ? (kv.changes ?? null) : null) },
    applier: server,
    clock,
    inTouch: () => server.inTouch,
  });
  return {
    clock,
    server,
    watchers,
    /** Applies in one turn; null is an entry that is not the store's. */
    enter(...commands: readonly (Json | null)[]): void {
      for (const command of commands) {
        server.lastApplied += 1;
        if (command !== null) kv.apply(command, server.lastApplied, 0);
      }
      watchers.applied();
    },
    /** Its leader gave it the state at `index`. */
    restore(index: number): void {
      history.reset(index);
      server.lastApplied = index;
      watchers.restored();
    },
  };
}

/** A client's end: what it was told, and how much it has yet to take. */
function aClient({ watchers }: Pick<ReturnType<typeof aServer>, 'watchers'>) {
  const told: (ChangesResponse | FailedResponse)[] = [];
  const client = { told, backlog: 0, takes: true };
  return Object.assign(client, {
    watch(from: number | null = null, select: Json = { prefix: '' }, machine = 'kv'): () => void {
      return watchers.watch(
        { id: 5, op: 'watch', machine, select, from },
        {
          send: (response) => {
            told.push(response);
            if (!client.takes) client.backlog += JSON.stringify(response).length;
          },
          backlogBytes: () => client.backlog,
        },
      );
    },
    /** `3 put a,put b` per change, `7` per sign of life, the code of a failure. */
    words: (): string[] => told.splice(0).map(inWords),
  });
}

function inWords(response: ChangesResponse | FailedResponse): string {
  if (!response.ok) return response.code;
  const events = response.events.map((event) => {
    const { type, key } = event as { type: string; key: string };
    return `${type} ${key}`;
  });
  return [response.revision, events.join()].join(' ').trimEnd();
}

describe('watchers', () => {
  it('tells what is applied from now on, after saying where that is', () => {
    const server = aServer();
    const client = aClient(server);
    server.enter(put('old'));
    client.watch();
    server.enter(put('a'), null, { txn: { then: [put('b'), put('c')] } });
    server.enter(null, { delete: { key: 'a' } });

    expect(client.words()).to.deep.equal(['1', '2 put a', '4 put b,put c', '6 delete a']);
  });

  it('begins at an index of the past, without a gap to what comes', () => {
    const server = aServer();
    server.enter(put('a'), put('b'), put('c'));
    const client = aClient(server);
    client.watch(2);
    server.enter(put('d'));

    expect(client.words()).to.deep.equal(['2 put b', '3 put c', '3', '4 put d']);
  });

  it('waits for an index that is yet to come: a client that was told more elsewhere misses nothing', () => {
    const server = aServer();
    server.enter(put('a'));
    const client = aClient(server);
    client.watch(4);
    server.enter(put('b'), put('c'), put('d'));

    expect(client.words()).to.deep.equal(['1', '4 put d']);
  });

  it('tells only what is selected', () => {
    const server = aServer();
    const [one, range] = [aClient(server), aClient(server)];
    one.watch(1, { key: 'b' });
    range.watch(1, { start: 'b', end: 'c' });
    server.enter(put('a'), put('b'), put('b/1'), { txn: { then: [put('a'), put('b')] } }, put('c'));

    expect(one.words()).to.deep.equal(['0', '2 put b', '4 put b']);
    expect(range.words()).to.deep.equal(['0', '2 put b', '3 put b/1', '4 put b']);
  });

  it('shows life with the index it has applied, and leaves a server that knows no leader silent', () => {
    const server = aServer();
    const client = aClient(server);
    client.watch();
    server.enter(null, null);
    server.clock.increment(progressIntervalMs);
    server.server.inTouch = false;
    server.clock.increment(3 * progressIntervalMs);
    server.server.inTouch = true;
    server.clock.increment(progressIntervalMs);

    expect(client.words()).to.deep.equal(['0', '2', '2']);
  });

  it('says ERR_COMPACTED, and from where on, when it has forgotten what is asked for', () => {
    const server = aServer({ maxEvents: 2, maxChars: 1 << 20 });
    server.enter(put('a'), put('b'), put('c'), put('d'));
    const [late, timely] = [aClient(server), aClient(server)];
    late.watch(2);
    timely.watch(3);

    expect(late.told).to.have.lengthOf(1);
    expect(late.told[0]).to.include({ id: 5, ok: false, code: 'ERR_COMPACTED', oldest: 3 });
    expect(timely.words()).to.deep.equal(['3 put c', '4 put d', '4']);
  });

  it('refuses what selects nothing, machines without a history, and one watch too many', () => {
    const server = aServer();
    const client = aClient(server);
    client.watch(null, { glob: '*' });
    client.watch(null, {}, 'jobs');
    expect(client.words()).to.deep.equal(['ERR_INVALID_WATCH', 'ERR_INVALID_WATCH']);

    const ends = Array.from({ length: maxWatchers }, () => client.watch());
    client.words();
    client.watch();
    expect(client.words()).to.deep.equal(['ERR_OVERLOADED']);
    ends[0]!();
    client.watch();
    expect(client.words()).to.deep.equal(['0']);
  });

  it('row 33: waits for a client that is behind, and goes on where it was', () => {
    const server = aServer();
    const [slow, quick] = [aClient(server), aClient(server)];
    slow.watch();
    quick.watch();
    slow.takes = false;
    for (let i = 0; i < 10; i += 1) server.enter(put(`k${i}`, 'x'.repeat(300_000)));
    expect(slow.backlog).to.be.within(1 << 20, (1 << 20) + 600_000);
    expect(quick.words()).to.have.lengthOf(11);

    slow.takes = true;
    slow.backlog = 0;
    server.clock.increment(100);
    server.enter(put('end'));

    const keys = Array.from({ length: 10 }, (_, i) => `${i + 1} put k${i}`);
    expect(slow.words()).to.deep.equal(['0', ...keys, '11 put end']);
  });

  it('row 33: ends the watch of a client that takes nothing for an interval, in bounded memory', () => {
    const server = aServer();
    const client = aClient(server);
    client.watch();
    client.takes = false;
    for (let i = 0; i < 100; i += 1) {
      server.enter(put('k', 'x'.repeat(100_000)));
      server.clock.increment(50);
    }

    const words = client.words();
    expect(words.at(-1)).to.equal('ERR_SLOW_WATCHER');
    expect(client.backlog).to.be.below(2 << 20);

    // It resumes from the last revision that it was told.
    const last = Number(words.at(-2)!.split(' ')[0]);
    client.takes = true;
    client.backlog = 0;
    client.watch(last + 1);
    server.clock.increment(1_000);
    expect(client.words()[0]).to.equal(`${last + 1} put k`);
  });

  it('ends a watch that has fallen out of the history', () => {
    const server = aServer({ maxEvents: 3, maxChars: 1 << 20 });
    const client = aClient(server);
    client.watch();
    client.backlog = 2 << 20;
    for (let i = 0; i < 10; i += 1) server.enter(put('k'));
    server.clock.increment(20);

    expect(client.words()).to.deep.equal(['0', 'ERR_SLOW_WATCHER']);
  });

  it('tells at once who has missed changes when a snapshot took the place of the state', () => {
    const server = aServer();
    const [prompt, slow, ahead] = [aClient(server), aClient(server), aClient(server)];
    prompt.watch();
    slow.watch();
    ahead.watch(21);
    slow.backlog = 2 << 20;
    server.enter(put('a'));
    server.restore(20);

    expect(prompt.words()).to.deep.equal(['0', '1 put a', 'ERR_COMPACTED']);
    expect(slow.words()).to.deep.equal(['0', 'ERR_COMPACTED']);
    server.enter(put('b'));
    expect(ahead.words()).to.deep.equal(['0', '21 put b']);
    expect(server.watchers.count).to.equal(1);
  });

  it('says nothing more once it is ended, and keeps no timer for nobody', () => {
    const server = aServer();
    const client = aClient(server);
    const end = client.watch();
    end();
    end();
    server.enter(put('a'));
    server.clock.increment(10 * progressIntervalMs);

    expect(client.words()).to.deep.equal(['0']);
    client.watch();
    server.watchers.stop();
    client.watch();
    expect(client.words()).to.deep.equal(['1', 'ERR_STOPPED', 'ERR_STOPPED']);
  });

  it('I38: whatever is applied, cancelled and resumed, each watcher sees the log, filtered', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    const random = lcg(seed);
    const pick = (below: number): number => Math.floor(random() * below);
    const server = aServer({ maxEvents: 60, maxChars: 1 << 20 });
    /** By index, the keys that were changed. */
    const log: string[][] = [[]];
    const keys = ['a', 'b', 'c', 'd'];
    const selections: [Json, (key: string) => boolean][] = [
      [{ prefix: '' }, () => true],
      [{ key: 'b' }, (key) => key === 'b'],
      [{ start: 'b', end: 'd' }, (key) => key === 'b' || key === 'c'],
    ];
    const watching = Array.from({ length: 12 }, (_, i) => {
      const client = aClient(server);
      const [select, selects] = selections[i % 3]!;
      return { client, select, selects, seen: 0, end: null as (() => void) | null };
    });

    for (let step = 0; step < 2_000; step += 1) {
      const commands = Array.from({ length: pick(4) }, (): Json | null => {
        const changed = keys.filter(() => random() < 0.3);
        log.push(changed);
        return changed.length === 0 ? null : { txn: { then: changed.map((key) => put(key)) } };
      });
      server.enter(...commands);
      if (random() < 0.1) server.clock.increment(pick(500));
      for (const one of watching) {
        const { client, select, selects } = one;
        if (one.end === null && random() < 0.3) one.end = client.watch(one.seen + 1, select);
        else if (random() < 0.05) {
          one.end?.();
          one.end = null;
        }
        if (random() < 0.1) client.backlog = client.backlog === 0 ? 2 << 20 : 0;
        for (const told of client.told.splice(0)) {
          const about = `SEED=${seed}, step ${step}: ${inWords(told)} after ${one.seen}`;
          if (!told.ok) {
            one.end = null;
            expect(told.code, about).to.be.oneOf(['ERR_COMPACTED', 'ERR_SLOW_WATCHER']);
            // What is lost is known to be lost: the client reads anew.
            if (told.code === 'ERR_COMPACTED') one.seen = told.oldest! - 1;
            continue;
          }
          const passed = log.slice(one.seen + 1, told.revision + (told.events.length > 0 ? 0 : 1));
          expect(passed.flat().filter(selects), about).to.deep.equal([]);
          if (told.events.length > 0) {
            expect(told.revision, about).to.be.above(one.seen);
            const got = told.events.map((event) => (event as { key: string }).key);
            expect(got, about).to.deep.equal(log[told.revision]!.filter(selects));
          }
          one.seen = Math.max(one.seen, told.revision);
        }
      }
    }
    expect(Math.min(...watching.map(({ seen }) => seen)), `SEED=${seed}`).to.be.above(1_000);
  });
});

/** Numbers in [0, 1) from a seed. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
