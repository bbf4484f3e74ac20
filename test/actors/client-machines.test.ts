/** A client and a state machine of somebody's own: JSON in, JSON out, errors with an outcome. */
import { expect } from 'chai';
import { createClient } from '../../actors/client/core.ts';
import type { StatecraftError } from '../../actors/errors.ts';
import type { Json } from '../../replicated/state-machine.ts';
import { aWorld } from './client-world.ts';

describe('client: state machines by name', () => {
  it('proposes a command and gives what the machine made of it, with its index', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const add = client.command('counter', { add: 3 });
    await world.settle();
    await world.open();
    await world.answer({ id: 2, ok: true, session: 9 });

    const sent = world.requests()[1];
    expect(sent).to.deep.include({ op: 'command', seq: 1, machine: 'counter' });
    expect(sent).to.deep.include({ command: { add: 3 } });

    await world.answer({ id: 1, ok: true, index: 12, result: 3 });
    expect(await add).to.deep.equal({ index: 12, result: 3 });
  });

  it('asks without a session', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const total = client.query('counter', 'total');
    await world.settle();
    await world.open();
    expect(world.requests()).to.deep.equal([
      { id: 1, op: 'read', machine: 'counter', query: 'total' },
    ]);
    await world.answer({ id: 1, ok: true, index: 40, result: 7 });
    expect(await total).to.deep.equal({ index: 40, result: 7 });
  });

  it('sends what the command was at the call, whatever becomes of the object', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const query = { name: 'before' };
    void client.query('counter', query);
    query.name = 'after';
    await world.settle();
    await world.open();
    expect(world.requests()[0]).to.deep.include({ query: { name: 'before' } });
  });

  it("rejects with the machine's own error, and says that the command was applied", async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const failed = client.command('counter', {}).catch((error: unknown) => error);
    await world.settle();
    await world.open();
    await world.answer({ id: 2, ok: true, session: 9 });
    const error = { code: 'ERR_FULL', message: 'no more' };
    await world.answer({ id: 1, ok: true, index: 12, result: { error } });
    expect(await failed).to.include({ code: 'ERR_FULL', message: 'no more', outcome: 'applied' });
  });

  it('refuses what is no JSON before anything is sent', async () => {
    const world = aWorld();
    const client = createClient(['a:1'], world.options);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    for (const value of [undefined, circular, 1n]) {
      const error: unknown = await client
        .command('counter', value as Json)
        .catch((e: unknown) => e);
      expect((error as StatecraftError).code, typeof value).to.equal('ERR_INVALID_VALUE');
    }
    expect(world.sockets).to.deep.equal([]);
  });
});
