/** A burst of events is taken in by slices, on a clock that the test holds: order, bounds, turns. */
import { expect } from 'chai';
import { Slices, sliceMs } from '../../apps/web/model/slices.ts';

/** Each item takes `itemMs`, but `broken` throws; `turn` gives the browser its turn, and says how long the slice took. */
function begin(itemMs: number, maxQueued = 100_000, broken: number | null = null) {
  const applied: number[] = [];
  let nowMs = 0;
  let waiting: (() => void)[] = [];
  const slices = new Slices<number>({
    maxQueued,
    apply(item) {
      if (item === broken) throw new Error(`cannot take in ${item}`);
      applied.push(item);
      nowMs += itemMs;
    },
    now: () => nowMs,
    soon: (run) => waiting.push(run),
  });
  const turn = (): number => {
    const [run, ...others] = waiting;
    expect(others, 'one turn is asked for at a time').to.deep.equal([]);
    waiting = [];
    const beganMs = nowMs;
    run?.();
    return nowMs - beganMs;
  };
  return { slices, applied, turn };
}

const numbers = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe('web: events in slices', () => {
  it('a burst is taken in by slices of a bounded time, whole and in order', () => {
    const { slices, applied, turn } = begin(0.1);
    slices.push(numbers(0, 2_048));
    slices.push(numbers(2_048, 2_048));
    expect(applied, 'nothing in the task that heard it').to.deep.equal([]);
    const took: number[] = [];
    while (slices.size > 0) took.push(turn());
    expect(applied).to.deep.equal(numbers(0, 4_096));
    // The clock is looked at every 32 items.
    expect(Math.max(...took)).to.be.within(sliceMs, sliceMs + 3.3);
    expect(took.length).to.be.greaterThan(409.6 / (sliceMs + 3.3));
  });

  it('what comes between two slices waits behind what came before it', () => {
    const { slices, applied, turn } = begin(1);
    slices.push(numbers(0, 100));
    turn();
    slices.push(numbers(100, 100));
    while (slices.size > 0) turn();
    expect(applied).to.deep.equal(numbers(0, 200));
  });

  it('past the bound the oldest are left out, and counted', () => {
    const { slices, applied, turn } = begin(0.1, 1_000);
    slices.push(numbers(0, 800));
    slices.push(numbers(800, 800));
    expect([slices.size, slices.skipped]).to.deep.equal([1_000, 600]);
    while (slices.size > 0) turn();
    expect(applied).to.deep.equal(numbers(600, 1_000));
  });

  it('goes on behind an item that cannot be taken in, and keeps the error for the page', () => {
    const { slices, applied, turn } = begin(0.1, 1_000, 3);
    slices.push(numbers(0, 6));
    expect(() => turn()).to.throw('cannot take in 3');
    expect([slices.size, applied]).to.deep.equal([2, [0, 1, 2]]);
    turn();
    expect(applied).to.deep.equal([0, 1, 2, 4, 5]);
    slices.push([6]);
    turn();
    expect(applied.at(-1), 'and later ones').to.equal(6);
  });

  it('asks for no turn when nothing waits', () => {
    const { slices, turn } = begin(0.1);
    slices.push([]);
    expect(turn()).to.equal(0);
    slices.push([1]);
    turn();
    expect(turn()).to.equal(0);
  });
});
