/** simulation/guard.ts: real time and real chance are out of a run's reach, but not of XState's. */
import { expect } from 'chai';
import sinon from 'sinon';
import { createActor, createMachine, raise } from 'xstate';
import { guarded } from '../../simulation/guard.ts';
import { drawOptions } from '../../simulation/options/options.ts';
import { runSeed } from '../../simulation/run.ts';
import { MemoryStore } from '../../storage/memory-store.ts';

const under = <T>(run: () => T): T => guarded(() => 12.9, run);

describe('simulation: the determinism guard', () => {
  afterEach(() => sinon.restore());

  const reaches: Readonly<Record<string, () => unknown>> = {
    'Date.now': () => Date.now(),
    'new Date()': () => new Date(),
    'Date()': () => Date(),
    'Math.random': () => Math.random(),
    setTimeout: () => setTimeout(() => undefined, 0),
    setInterval: () => setInterval(() => undefined, 1),
    setImmediate: () => setImmediate(() => undefined),
    queueMicrotask: () => queueMicrotask(() => undefined),
    'performance.now': () => performance.now(),
    'process.hrtime': () => process.hrtime(),
    'crypto.randomUUID': () => crypto.randomUUID(),
    'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(1)),
  };
  for (const [what, reach] of Object.entries(reaches)) {
    it(`refuses ${what} and says what to use instead`, () => {
      expect(() => under(reach)).to.throw(`ERR_NOT_DETERMINISTIC: ${what} has no place`);
    });
  }

  it('leaves dates that are given alone', () => {
    const date = under(() => new Date(86_400_000));
    expect(date).to.be.instanceOf(Date);
    expect(date.toISOString()).to.equal('1970-01-02T00:00:00.000Z');
  });

  it('answers XState, which makes an id and a start time for each event that it schedules', () => {
    const machine = createMachine({
      entry: [raise({ type: 'a' }, { delay: 5 }), raise({ type: 'b' }, { delay: 5 })],
      after: { 7: {} },
    });
    const clock = { setTimeout: () => 0, clearTimeout: () => undefined };
    const snapshots = [1, 2].map(() =>
      under(() => {
        const actor = createActor(machine, { clock }).start();
        return actor.system.getSnapshot()._scheduledEvents;
      }),
    );
    const events = Object.values(snapshots[0] ?? {});
    expect(events.map(({ startedAt }) => startedAt)).to.deep.equal([12, 12, 12]);
    // Before the dot is the session, which XState counts up over all actors of the process.
    const ids = snapshots.map((one) => Object.keys(one).map((id) => id.replace(/^x:\d+\./, '')));
    expect(ids[1], 'the same ids again').to.deep.equal(ids[0]);
    expect(events, 'ids differ within a run').to.have.length(3);
  });

  it('restores everything, also when the run throws', () => {
    const all = (): unknown[] =>
      [globalThis, Date, Math, performance, crypto].map((owner) =>
        Object.getOwnPropertyDescriptors(owner),
      );
    const real = all();
    expect(() =>
      under(() => {
        throw new Error('planted');
      }),
    ).to.throw('planted');
    expect(all()).to.deep.equal(real);
    expect(Date.now()).to.be.above(1e12);
  });

  it('stands while a seed runs: a disk that looks at the real clock crashes the run', () => {
    sinon.stub(MemoryStore.prototype, 'append').callsFake(() => void Date.now());
    const { violations } = runSeed(drawOptions(1, 3));
    expect(violations[0]).to.include({ invariant: 'I44', kind: 'crash' });
    expect(violations[0]?.message).to.include('ERR_NOT_DETERMINISTIC: Date.now');
  });
});
