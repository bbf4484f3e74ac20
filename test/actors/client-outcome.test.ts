/** What the client tells of a call that was tried more than once, or too late: it never guesses. */
import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import sinon from 'sinon';
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
  refused,
} from './client-world.ts';

describe('client: outcomes', () => {
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

  it('names no trouble that is over, and none of another call', async () => {
    const { world, client, put } = await aClientThatPuts({ timeoutMs: 500 });
    await refused(world, { code: 'ERR_OVERLOADED', message: 'busy' });
    await world.advance(100);
    await applied(world, 11);
    expect(await put).to.equal('applied');
    const wrong = ending(client.put('k', 2));
    await world.settle();
    await refused(world, { code: 'ERR_INVALID_COMMAND', message: 'wrong', retryable: false });
    expect(await wrong).to.equal('ERR_INVALID_COMMAND not-applied');

    const get = client.get('k').catch(String);
    await world.lose();
    await world.advance(500);

    expect(await get).to.contain('within 500 ms (last trouble: no server could be reached)');
  });

  it('hands leadership over to anybody once: a lost answer is told, and nobody asked again', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const lost = ending(client.moveLeader());
    await world.settle();
    await world.lose();
    expect(await lost).to.equal('ERR_LEADER_LOST unknown');
    await world.advance(1_000);
    expect(world.sockets).to.have.length(1);

    const stopped = ending(client.moveLeader());
    await world.settle();
    await world.open();
    const code = 'ERR_STOPPED';
    await world.answer(refusal(idOf(world, 'moveLeader'), { code, outcome: 'unknown' }));
    expect(await stopped).to.equal('ERR_STOPPED unknown');
    await world.advance(1_000);
    expect(world.sockets).to.have.length(2);

    const named = ending(client.moveLeader('b'));
    await world.settle();
    await world.open();
    await world.reconnect();
    const id = idOf(world, 'moveLeader');
    await world.answer({ id, ok: true, index: 20, result: { leader: 'b' } });
    expect(await named).to.equal('applied');
  });

  it('keeps `unknown` though a later try is refused for good', async () => {
    const { world, put } = await aClientThatPuts();
    const code = 'ERR_LEADER_LOST';
    await refused(world, { code, outcome: 'unknown' });
    await world.advance(100);
    await world.open();

    await refused(world, { code: 'ERR_GONE', retryable: false });

    expect(await put).to.equal('ERR_GONE unknown');
  });

  it('tells an expired session as `unknown` when the command was tried before', async () => {
    const { world, client, put } = await aClientThatPuts();
    await world.reconnect();
    const code = 'ERR_SESSION_EXPIRED';
    await refused(world, { code, outcome: 'unknown', retryable: false });
    expect(await put).to.equal('ERR_SESSION_EXPIRED unknown');

    // Later commands go on in a fresh session.
    const later = ending(client.put('k', 2));
    await world.settle();
    await opened(world, 50);
    expect(world.requests().at(-1)).to.include({ session: 50, seq: 1, doneBelow: 1 });
    await applied(world, 51);
    expect(await later).to.equal('applied');
  });

  it('moves a command to a new session by itself when its only try met an expired one', async () => {
    const { world, put } = await aClientThatPuts();
    const code = 'ERR_SESSION_EXPIRED';
    await refused(world, { code, outcome: 'unknown', retryable: false });

    await opened(world, 50);
    expect(world.requests().at(-1)).to.include({ session: 50, seq: 1 });
    await applied(world, 51);

    expect(await put).to.equal('applied');
  });

  it('rejects at once what is refused for good, and tells an error result as applied', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const tooLarge = ending(client.put('k', 1));
    await world.settle();
    const code = 'ERR_TOO_LARGE';
    await refused(world, { code, retryable: false });
    expect(await tooLarge).to.equal('ERR_TOO_LARGE not-applied');

    const decided = ending(client.delete('k'));
    await world.settle();
    const error = { code: 'ERR_MACHINE_THREW', message: 'it threw' };
    await world.answer({ id: idOf(world, 'command'), ok: true, index: 20, result: { error } });
    expect(await decided).to.equal('ERR_MACHINE_THREW applied');
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

  it('listens no longer than a call lasts: what has listeners a platform may keep for ever', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const { signal } = new AbortController();
    for (let calls = 0; calls < 2; calls += 1) {
      const get = client.get('k', { signal });
      await world.settle();
      expect(getEventListeners(signal, 'abort')).to.have.length(1);
      await world.answer({ id: idOf(world, 'read'), ok: true, index: 1, result: null });
      await get;
      expect(getEventListeners(signal, 'abort')).to.have.length(0);
    }
  });
});
