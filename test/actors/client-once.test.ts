/** A command takes effect once, under random losses, refusals and expired sessions. */
import { expect } from 'chai';
import { createClient } from '../../actors/client/core.ts';
import { createKv } from '../../replicated/kv.ts';
import { createReplicatedState } from '../../replicated/replicated-state.ts';
import type { ClientResponse } from '../../transport/client-protocol.ts';
import { aWorld, ending, lcg, refusal, type FakeSocket, type Sent } from './client-world.ts';

describe('client: exactly once', () => {
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
