/**
 * The helper itself: what it explores, what it notices, what it counts. A test generator that cannot
 * fail tests nothing, so it is shown systems that are wrong.
 */
import { expect } from 'chai';
import { assign, createActor, createMachine, setup } from 'xstate';
import {
  Coverage,
  machineModel,
  runPath,
  shortestPaths,
  simplePaths,
  testsFromGraph,
  transitionPaths,
  type SystemUnderTest,
} from '../../simulation/graph-tests/index.ts';

/** Locks itself again after a while, unless it was passed before. */
const turnstile = setup({
  types: {
    context: {} as { coins: number },
    events: {} as { type: 'coin' } | { type: 'push' },
  },
  delays: { autoLock: 5_000 },
}).createMachine({
  id: 'turnstile',
  context: { coins: 0 },
  initial: 'locked',
  states: {
    locked: { on: { coin: { target: 'open', actions: assign({ coins: 1 }) }, push: {} } },
    open: {
      after: { autoLock: 'locked' },
      on: {
        coin: [
          { guard: ({ context }) => context.coins < 2, actions: assign({ coins: 2 }) },
          { target: 'jammed' },
        ],
        push: 'locked',
      },
    },
    jammed: { type: 'final' },
  },
});

const options = {
  input: undefined,
  events: () => [{ type: 'coin' } as const, { type: 'push' } as const],
};

/** A turnstile by hand; `fault` is the bug in it. */
class Turnstile implements SystemUnderTest<{ type: 'coin' | 'push' }, string> {
  readonly #fault: string;
  #state = 'locked';
  #coins = 0;
  stops = 0;

  constructor(fault = 'none') {
    this.#fault = fault;
  }

  start(): void {
    [this.#state, this.#coins] = ['locked', 0];
  }

  send({ type }: { type: 'coin' | 'push' }): Promise<void> {
    if (this.#fault === 'throws' && this.#state === 'open') throw new Error('boom');
    if (this.#state === 'jammed') return Promise.resolve();
    if (type === 'push') this.#state = 'locked';
    else if (this.#state === 'locked') [this.#state, this.#coins] = ['open', 1];
    else if (this.#coins < 2) this.#coins += 1;
    else if (this.#fault !== 'never jams') this.#state = 'jammed';
    return Promise.resolve();
  }

  fireTimer(delay: string): void {
    expect(delay).to.equal('autoLock');
    if (this.#fault !== 'stays open') this.#state = 'locked';
  }

  read = () => this.#state;

  stop(): void {
    this.stops += 1;
  }
}

async function failureOf(fault: string): Promise<string> {
  const tests = testsFromGraph(turnstile, options);
  for (const path of tests.paths) {
    try {
      await tests.run(path, new Turnstile(fault), ({ snapshot }) => snapshot.value);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return 'none';
}

describe('graphs: paths', () => {
  const model = machineModel(turnstile, options);

  it('include the timers that run as events, and end where the machine does', () => {
    const titles = shortestPaths(model).map(({ title }) => title);
    expect(titles).to.have.members(['coin → push', 'coin → coin → push', 'coin → coin → coin']);
    const events = transitionPaths(model).flatMap((path) => path.events);
    expect(events.map(({ type }) => type)).to.include('xstate.after.autoLock.turnstile.open');
  });

  it('without a circle are all there, none of which another begins with', () => {
    const titles = simplePaths(model).map(({ title }) => title);
    expect(titles).to.include('coin → after autoLock');
    expect(titles).not.to.include('coin');
    expect(new Set(titles).size).to.equal(titles.length);
  });

  it('offer no timer that fired into a guard that said no: it is gone', () => {
    const deaf = setup({ delays: { once: 10 } }).createMachine({
      id: 'deaf',
      initial: 'waiting',
      states: { waiting: { after: { once: { guard: () => false, target: 'done' } } }, done: {} },
    });
    const paths = transitionPaths(machineModel(deaf, { input: undefined, events: () => [] }));
    expect(paths.map(({ title }) => title)).to.deep.equal(['after once']);
  });

  it('refuse a machine without bounds, and say what to do', () => {
    const counter = createMachine({
      types: {} as { context: { n: number }; events: { type: 'more' } },
      context: { n: 0 },
      on: { more: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    const events = () => [{ type: 'more' } as const];
    const endless = machineModel(counter, { input: undefined, events });
    expect(() => transitionPaths(endless, { maxSteps: 100 })).to.throw(/ERR_TOO_MANY_STATES.*key/s);
    const within = ({ context }: { context: { n: number } }) => context.n < 3;
    const bounded = machineModel(counter, { input: undefined, events, within });
    expect(transitionPaths(bounded).map(({ title }) => title)).to.deep.equal([
      'more → more → more',
    ]);
  });

  it('end where a key that promised too much would lead them astray', () => {
    const coarse = machineModel(turnstile, { ...options, key: () => null });
    for (const { events } of transitionPaths(coarse)) {
      let state = coarse.start();
      for (const event of events) {
        expect(coarse.events(state)).to.deep.include(event);
        state = coarse.step(state, event);
      }
    }
  });
});

describe('graphs: a run', () => {
  it('finds nothing in a system that does what the machine says', async () => {
    expect(await failureOf('none')).to.equal('none');
  });

  it('finds a transition that is missing, and tells the events that led there', async () => {
    const message = await failureOf('never jams');
    expect(message).to.match(/^ERR_PATH_DIVERGED: after coin\nall: expected "jammed", saw "open"/);
    expect(message).to.match(/\n +1\. \{"type":"coin"\}/);
  });

  it('finds a timer that does nothing', async () => {
    expect(await failureOf('stays open')).to.match(/^ERR_PATH_DIVERGED: after after autoLock/);
  });

  it('tells the events that led to an exception, and stops the system all the same', async () => {
    const system = new Turnstile('throws');
    const events = [{ type: 'coin' }, { type: 'coin' }] as const;
    const model = machineModel(turnstile, options);
    const run = runPath(model, { title: '', events }, system, ({ snapshot }) => snapshot.value);
    const error = await run.then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).to.match(/^ERR_PATH_FAILED: after coin\nboom\n/);
    expect(system.stops).to.equal(1);
  });
});

describe('graphs: coverage', () => {
  it('counts what ran, not what was explored, down to the answers of guards', async () => {
    const tests = testsFromGraph(turnstile, options);
    expect(tests.coverage.report().counts.transition).to.include({ covered: 0, total: 6 });
    for (const path of tests.paths) {
      await tests.run(path, new Turnstile(), ({ snapshot }) => snapshot.value);
    }
    const { counts, missing } = tests.coverage.report();
    expect(missing).to.deep.equal([]);
    expect(counts.guard).to.include({ covered: 2, total: 2 });
    expect(counts.pair).to.include({ covered: 4, total: 4 });
  });

  it('is the same for a running actor, of a machine with other implementations, too', () => {
    const coverage = new Coverage(turnstile);
    const actor = createActor(turnstile.provide({ delays: { autoLock: 1_000 } }), {
      inspect: coverage.observe,
    }).start();
    actor.send({ type: 'coin' });
    actor.send({ type: 'coin' });
    actor.stop();
    expect(coverage.report().missing).to.deep.equal([
      'jammed',
      'locked ← push',
      'open ← coin #2',
      'open ← push',
      'open ← after autoLock',
      'open ← coin #1 [guard] says no',
      'locked hears push',
      'open hears push',
    ]);
  });

  it('takes reasons for what is missing, and tells of reasons that explain nothing', () => {
    const { missing, idleReasons, table } = new Coverage(turnstile).report({
      'open ← *': 'a reason',
      'ajar*': 'no such state',
    });
    expect(missing.filter((part) => part.startsWith('open ←'))).to.deep.equal([]);
    expect(idleReasons).to.deep.equal(['ajar*']);
    expect(table).to.include('6 × open ← *');
  });
});
