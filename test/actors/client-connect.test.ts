/** `connect` over real sockets: the `ws` package on both sides, a listener of ours, loopback. */
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import { realClock } from '../../actors/time/real-clock.ts';
import { createWatchers } from '../../actors/gateway/watchers.ts';
import { createKv } from '../../replicated/kv.ts';
import { createReplicatedState } from '../../replicated/replicated-state.ts';
import { createClientListener } from '../../transport/client-listener.ts';
import type { ClientRequest, ClientResponse } from '../../transport/client-protocol.ts';

/** A server of one, without a log: applies at once. */
async function aServer() {
  const state = createReplicatedState({ machines: { kv: createKv() } });
  let index = 0;
  const watchers = createWatchers({
    state,
    applier: {
      get lastApplied() {
        return index;
      },
    },
    clock: realClock,
    inTouch: () => true,
  });
  const serve = (request: ClientRequest): ClientResponse => {
    const { id } = request;
    if (request.op === 'status') return { id, ok: true, status: { applied: index } };
    if (request.op === 'read') {
      return { id, ok: true, index, result: state.query(request.machine, request.query) };
    }
    if (request.op === 'moveLeader') {
      return { id, ok: true, index, result: { leader: request.target ?? 'b' } };
    }
    index += 1;
    if (request.op === 'open') {
      state.apply({ kind: 'session', ttlMs: 1_000, maxSessions: 10 }, index, 0);
      return { id, ok: true, session: index };
    }
    if (request.op !== 'command') throw new Error(`asked for ${request.op}`);
    const { session, seq, doneBelow, machine, command } = request;
    const entry = { kind: 'command', session, seq, doneBelow, machine, command } as const;
    const result = state.apply(entry, index, 0);
    if (!result.ok) throw new Error(result.message);
    watchers.applied();
    return { id, ok: true, index: result.index, result: result.value };
  };
  return new Promise<{ endpoint: string; stop: () => Promise<void> }>((resolve) => {
    const listener = createClientListener({
      host: '127.0.0.1',
      port: 0,
      submit: (request, respond) => respond(serve(request)),
      watch: (request, sink) => watchers.watch(request, sink),
      onListening: (port) =>
        resolve({
          endpoint: `127.0.0.1:${port}`,
          stop: () => new Promise((done) => listener.stop(done)),
        }),
      onFault: ({ message }) => {
        throw new Error(message);
      },
    });
  });
}

describe('connect', () => {
  it('puts, gets, lists and deletes over WebSocket, and stops cleanly', async () => {
    const server = await aServer();
    const client = await connect([`http://${server.endpoint}`]);

    const puts = await Promise.all([1, 2, 3].map((n) => client.put(`n/${n}`, BigInt(n))));
    expect(puts.map(({ revision }) => revision)).to.deep.equal([2, 3, 4]);
    expect(await client.get('n/2')).to.deep.equal({ value: 2n, revision: 3 });
    expect((await client.list('n/')).entries.map(({ key }) => key)).to.deep.equal([
      'n/1',
      'n/2',
      'n/3',
    ]);
    expect(await client.delete('n/2')).to.deep.equal({ revision: 5, previous: 3 });
    expect(await client.get('n/2')).to.equal(null);
    expect(await client.status(server.endpoint)).to.deep.equal({ applied: 5 });

    client.stop();
    await server.stop();
  });

  it('goes on after its server went away and came back elsewhere', async () => {
    const [first, second] = [await aServer(), await aServer()];
    const client = await connect([first.endpoint, second.endpoint]);
    await client.put('k', 1);

    await first.stop();

    expect(await client.get('k')).to.equal(null); // Another cluster, for the test's sake.
    client.stop();
    await second.stop();
  });

  it('says that nobody answers, when nobody does', async () => {
    const gone = await aServer();
    await gone.stop();
    const client = await connect([gone.endpoint], { timeoutMs: 50 });

    const error = await client.get('k').catch((reason: unknown) => reason);

    expect(error).to.include({ code: 'ERR_TIMEOUT', outcome: 'not-applied', retryable: true });
    expect(error).to.have.property('message').that.includes('no server could be reached');
    client.stop();
  });

  it('rejects what is no endpoint', async () => {
    const error = await connect(['no port at all:']).catch((reason: unknown) => reason);

    expect(error).to.include({ code: 'ERR_INVALID_ARGUMENT' });
  });
});
