/** simulation/clock.ts: virtual time and its one order of events. */
import { expect } from 'chai';
import { assign, createActor, setup } from 'xstate';
import { VirtualClock, type Owner } from '../../simulation/clock.ts';

describe('simulation: virtual clock', () => {
  it('makes events happen by time, and in order of scheduling at the same time', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.setTimeout(() => seen.push('late'), 20);
    clock.setTimeout(() => seen.push('first at 10'), 10);
    clock.setTimeout(() => seen.push('second at 10'), 10);
    clock.setTimeout(() => seen.push('negative is now'), -5);
    while (clock.step());
    expect(seen).to.deep.equal(['negative is now', 'first at 10', 'second at 10', 'late']);
    expect([clock.now, clock.steps]).to.deep.equal([20, 4]);
  });

  it('drops a cancelled event without counting it', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const timer = clock.setTimeout(() => seen.push('cancelled'), 10);
    clock.setTimeout(() => seen.push('kept'), 20);
    clock.clearTimeout(timer);
    expect(clock.step()).to.equal(true);
    expect(clock.step()).to.equal(false);
    expect(seen).to.deep.equal(['kept']);
    expect(clock.steps).to.equal(1);
  });

  it('runs up to a time and no further, and time ends there', () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    for (const at of [10, 20, 30]) clock.setTimeout(() => seen.push(at), at);
    clock.runUntil(20);
    expect([seen, clock.now]).to.deep.equal([[10, 20], 20]);
    clock.runUntil(25);
    expect([seen, clock.now]).to.deep.equal([[10, 20], 25]);
    clock.runUntil(100, () => seen.length === 3);
    expect([seen, clock.now]).to.deep.equal([[10, 20, 30], 30]);
  });

  it('never lets a dead process act, and holds a paused one until its thaw', () => {
    const clock = new VirtualClock();
    const seen: [string, number][] = [];
    const note = (what: string) => () => void seen.push([what, clock.now]);
    const dead: Owner = { alive: true, frozenUntil: 0 };
    const paused: Owner = { alive: true, frozenUntil: 50 };
    clock.setTimeout(note('dead'), 10, dead);
    clock.setTimeout(note('paused, due first'), 10, paused);
    clock.setTimeout(note('paused, due second'), 20, paused);
    clock.setTimeout(note('other'), 30);
    clock.setTimeout(note('after the thaw'), 60, paused);
    dead.alive = false;
    while (clock.step());
    expect(seen).to.deep.equal([
      ['other', 30],
      ['paused, due first', 50],
      ['paused, due second', 50],
      ['after the thaw', 60],
    ]);
  });

  it('fires a periodic XState timer ten times in a second of ten periods', () => {
    // XState's own SimulatedClock jumps to the end first and fires such a timer once.
    const clock = new VirtualClock();
    const machine = setup({ types: { context: {} as { beats: number } } }).createMachine({
      context: { beats: 0 },
      initial: 'beating',
      states: {
        beating: {
          after: {
            100: {
              target: 'beating',
              reenter: true,
              actions: assign({ beats: ({ context }) => context.beats + 1 }),
            },
          },
        },
      },
    });
    const actor = createActor(machine, {
      clock: {
        setTimeout: (run: () => void, delayMs: number) => clock.setTimeout(run, delayMs),
        clearTimeout: (timer: ReturnType<VirtualClock['setTimeout']>) => clock.clearTimeout(timer),
      },
    }).start();
    clock.runUntil(1_000);
    expect(actor.getSnapshot().context.beats).to.equal(10);
  });
});
