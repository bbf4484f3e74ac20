/** The client's methods for the store: what goes over the wire, what comes back, and what rejects. */
import { expect } from 'chai';
import type { Client } from '../../actors/client.ts';
import type { Json } from '../../replicated/state-machine.ts';
import { aConnectedClient, aWorld, ending, idOf, type World } from './client-world.ts';

/** Calls, and answers the command with `result`; the command as it was sent. */
async function asked(world: World, call: Promise<unknown>, result: Json): Promise<Json> {
  await world.settle();
  const sent = world.requests().at(-1)!;
  if (sent.op !== 'command' && sent.op !== 'read') throw new Error(`sent ${sent.op}`);
  await world.answer({ id: sent.id, ok: true, index: 20, result });
  await call.catch(() => undefined);
  return sent.op === 'command' ? sent.command : sent.query;
}

async function aClient(): Promise<{ world: World; client: Client }> {
  const world = aWorld();
  return { world, client: await aConnectedClient(world) };
}

describe('client: cas', () => {
  it('sets what is still as expected', async () => {
    const { world, client } = await aClient();
    const cas = client.cas('k', { revision: 7 }, 5n);

    expect(await asked(world, cas, { ok: true, revision: 20, previous: 7 })).to.deep.equal({
      cas: { key: 'k', revision: 7, value: { json: '5', meta: { values: ['bigint'], v: 1 } } },
    });
    expect(await cas).to.deep.equal({ revision: 20, previous: 7 });
  });

  it('rejects with ERR_CAS_FAILED, not applied, and the revision that is there', async () => {
    const { world, client } = await aClient();
    const taken = client.cas('k', 'absent', 1).catch((reason: unknown) => reason);
    expect(await asked(world, taken, { ok: false, current: 7 })).to.have.nested.property(
      'cas.revision',
      null,
    );
    expect(await taken).to.include({
      code: 'ERR_CAS_FAILED',
      outcome: 'not-applied',
      retryable: false,
      revision: 7,
    });

    const gone = client.cas('k', { revision: 7 }, 1).catch((reason: unknown) => reason);
    await asked(world, gone, { ok: false, current: null });
    expect(await gone).to.include({ code: 'ERR_CAS_FAILED', revision: null });
  });

  it('is `unknown`, not failed, when its try was lost: a retry gets the first result', async () => {
    const { world, client } = await aClient();
    const cas = client.cas('k', 'absent', 1);
    await world.settle();
    const first = world.requests().at(-1);
    await world.reconnect();

    expect(world.requests()).to.deep.equal([first]);
    const id = idOf(world, 'command');
    await world.answer({
      id,
      ok: true,
      index: 11,
      result: { ok: true, revision: 11, previous: null },
    });
    expect(await cas).to.deep.equal({ revision: 11, previous: null });
  });
});

describe('client: txn', () => {
  it('sends values as superjson and gives them back as what they are', async () => {
    const { world, client } = await aClient();
    const txn = client.txn({
      if: [
        { key: 'a', revision: 3 },
        { key: 'b', value: new Set([1]) },
        { key: 'c', exists: false },
      ],
      then: [{ put: { key: 'c', value: 1n } }, { get: { key: 'b' } }, { delete: { key: 'a' } }],
    });
    const value = { json: '1', meta: { values: ['bigint'], v: 1 } };
    const result = {
      ok: true,
      revision: 20,
      results: [{ revision: 20, previous: null }, { value, revision: 4 }, null],
    };

    expect(await asked(world, txn, result)).to.deep.equal({
      txn: {
        if: [
          { key: 'a', revision: 3 },
          { key: 'b', value: { json: [1], meta: { values: ['set'], v: 1 } } },
          { key: 'c', exists: false },
        ],
        then: [{ put: { key: 'c', value } }, { get: { key: 'b' } }, { delete: { key: 'a' } }],
        else: [],
      },
    });
    expect(await txn).to.deep.equal({
      ok: true,
      revision: 20,
      results: [{ revision: 20, previous: null }, { value: 1n, revision: 4 }, null],
    });
  });

  it('resolves when its compares fail: that is an answer', async () => {
    const { world, client } = await aClient();
    const txn = client.txn({ if: [{ key: 'a', exists: true }] });
    await asked(world, txn, { ok: false, revision: 20, results: [] });

    expect(await txn).to.deep.equal({ ok: false, revision: 20, results: [] });
  });

  it('rejects what cannot be stored before anything is sent', async () => {
    const { world, client } = await aClient();
    const count = world.requests().length;
    const value = Symbol('s');

    const put = ending(client.txn({ then: [{ put: { key: 'a', value } }] }));
    const compare = ending(client.txn({ if: [{ key: 'a', value }] }));
    const cas = ending(client.cas('a', 'absent', value));

    expect(await put).to.equal('ERR_INVALID_VALUE not-applied');
    expect(await compare).to.equal('ERR_INVALID_VALUE not-applied');
    expect(await cas).to.equal('ERR_INVALID_VALUE not-applied');
    expect(world.requests()).to.have.lengthOf(count);
  });
});

describe('client: list and range', () => {
  it('asks for pages, and says from which index on a watch misses nothing', async () => {
    const { world, client } = await aClient();
    const entry = { key: 'b', value: { json: 1 }, revision: 4 };
    const page = { entries: [entry], more: true, next: 'c' };

    const list = client.list('', { start: 'b', limit: 1 });
    expect(await asked(world, list, page)).to.deep.equal({
      list: { prefix: '', start: 'b', limit: 1 },
    });
    expect(await list).to.deep.equal({
      entries: [{ key: 'b', value: 1, revision: 4 }],
      more: true,
      next: 'c',
      revision: 20,
    });

    const range = client.range({ start: 'b', end: 'd' });
    expect(await asked(world, range, page)).to.deep.equal({
      list: { start: 'b', end: 'd', limit: 1_000 },
    });
    const all = client.range({});
    expect(await asked(world, all, page)).to.deep.equal({
      list: { start: '', end: null, limit: 1_000 },
    });
  });

  it('takes a signal and a deadline with every method', async () => {
    const { world, client } = await aClient();
    const aborted = { signal: AbortSignal.abort() };
    const calls: Record<string, (signal: { signal: AbortSignal }) => Promise<unknown>> = {
      put: (options) => client.put('k', 1, options),
      delete: (options) => client.delete('k', options),
      cas: (options) => client.cas('k', 'absent', 1, options),
      txn: (options) => client.txn({}, options),
      get: (options) => client.get('k', options),
      list: (options) => client.list('', options),
      range: (options) => client.range({}, options),
      watch: async (options) => client.watch({ key: 'k' }, options).next(),
      touch: (options) => client.touch('k', 1, 1_000, options),
      lock: (options) => client.lock('k', options),
      elect: (options) => client.elect('k', 'me', options),
      moveLeader: (options) => client.moveLeader(null, options),
      members: (options) => client.members(options),
      memberAdd: (options) => client.memberAdd('n4', 'd:1', options),
      memberPromote: (options) => client.memberPromote('n4', options),
      memberRemove: (options) => client.memberRemove('n4', options),
      memberReplace: (options) => client.memberReplace('n3', 'n4', 'd:1', options),
      command: (options) => client.command('kv', {}, options),
      query: (options) => client.query('kv', {}, options),
      status: (options) => client.status('a:1', options),
    };
    // A new method of the client is a new line above.
    expect(Object.keys(calls)).to.have.members(
      Object.keys(client).filter((method) => method !== 'stop'),
    );
    for (const [method, call] of Object.entries(calls)) {
      expect(await ending(call(aborted)), method).to.equal('ERR_ABORTED not-applied');
      const abort = new AbortController();
      const waits = ending(call({ signal: abort.signal }));
      abort.abort();
      expect(await waits, method).to.equal('ERR_ABORTED not-applied');
    }
    const late = ending(client.range({}, { timeoutMs: 10 }));
    await world.advance(10);
    expect(await late).to.equal('ERR_TIMEOUT not-applied');
  });
});
