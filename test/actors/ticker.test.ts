/** Replicated time goes on while something waits for it, though nobody writes. */
import { expect } from 'chai';
import { createTicker } from '../../actors/time/ticker.ts';
import { VirtualClock, type Timer } from '../../simulation/clock.ts';
import type { ClientResponse } from '../../transport/client-protocol.ts';
import { HeldReplica } from '../support/held-replica.ts';

/** A leader whose clock is held; deadlines are where a test puts them. */
function aTicker() {
  const clock = new VirtualClock();
  const world = { leads: true, deadline: null as number | null, ticks: [] as number[] };
  const ticker = createTicker({
    clock: {
      setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
      clearTimeout: (timer) => clock.clearTimeout(timer as Timer),
    },
    leads: () => world.leads,
    timeMs: () => Math.floor(clock.now),
    nextDeadlineMs: () => world.deadline,
    tick: () => world.ticks.push(clock.now),
  });
  const pass = (durationMs: number): void => clock.runUntil(clock.now + durationMs);
  return { world, ticker, pass };
}

describe('ticker', () => {
  it('ticks once when the earliest deadline is due, and not while nothing is planned', () => {
    const { world, ticker, pass } = aTicker();
    ticker.applied();
    pass(1_000);
    expect(world.ticks).to.deep.equal([]);
    world.deadline = 1_500;
    ticker.applied();
    pass(500);
    world.deadline = null;
    ticker.applied();
    pass(10_000);
    expect(world.ticks).to.deep.equal([1_500]);
  });

  it('ticks again as long as nothing comes of it: a full disk takes no entry', () => {
    const { world, ticker, pass } = aTicker();
    world.deadline = 500;
    ticker.applied();
    pass(2_700);
    expect(world.ticks).to.deep.equal([500, 1_500, 2_500]);
    world.deadline = 2_800;
    ticker.applied();
    pass(100);
    expect(world.ticks.at(-1)).to.equal(2_800);
    world.leads = false;
    pass(10_000);
    expect(world.ticks).to.have.length(4);
  });

  it('looks again when it fires: what was put off meanwhile is not ticked for', () => {
    const { world, ticker, pass } = aTicker();
    world.deadline = 100;
    ticker.applied();
    pass(50);
    world.deadline = 300;
    ticker.applied();
    pass(249);
    expect(world.ticks).to.deep.equal([]);
    pass(1);
    expect(world.ticks).to.deep.equal([300]);
  });

  it('is bounded: what is overdue again and again is ticked for fifty times a second', () => {
    const { world, ticker, pass } = aTicker();
    world.deadline = 0;
    for (let turn = 0; turn < 100; turn += 1) {
      ticker.applied();
      pass(1);
    }
    expect(world.ticks).to.deep.equal([20, 40, 60, 80, 100]);
  });

  it('leaves it to the leader', () => {
    const { world, ticker, pass } = aTicker();
    world.deadline = 100;
    ticker.applied();
    world.leads = false;
    pass(1_000);
    ticker.applied();
    pass(1_000);
    expect(world.ticks).to.deep.equal([]);
  });

  it('ends a key in a cluster where nobody writes: the leader proposes an entry when it is due', () => {
    const leader = new HeldReplica({ voters: ['a'] }).start();
    const settle = (passMs: number): void => {
      for (let i = 0; i < 10; i += 1) leader.pass(passMs / 10).settle();
    };
    settle(2_000);
    leader.submit({ id: 1, op: 'open' });
    settle(10);
    const { session } = leader.answers[0] as ClientResponse & { session: number };
    const put = { put: { key: 'a', value: { json: 1 }, ttlMs: 1_000 } };
    const place = { session, seq: 1, doneBelow: 1, machine: 'kv' };
    leader.submit({ id: 2, op: 'command', ...place, command: put });
    settle(10);
    const before = leader.replica.lastApplied;

    settle(900);
    expect(leader.replica.lastApplied).to.equal(before);
    settle(200);
    expect(leader.replica.lastApplied).to.equal(before + 1);
    leader.submit({ id: 3, op: 'read', machine: 'kv', query: { get: { key: 'a' } } });
    settle(10);
    expect(leader.answers.at(-1)).to.include({ id: 3, ok: true, result: null });
    settle(5_000);
    expect(leader.replica.lastApplied).to.equal(before + 1);
  });
});
