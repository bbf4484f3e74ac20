/**
 * simulation/invariants/watches.ts: each way of telling a watch something untrue is noticed (I38).
 */
import { expect } from 'chai';
import type { Json } from '../../replicated/state-machine.ts';
import { WatchRules } from '../../simulation/invariants/watches.ts';
import { Reference } from '../../simulation/reference.ts';
import { Cluster } from '../../simulation/cluster.ts';
import { drawOptions } from '../../simulation/options/options.ts';

/** A log that puts `k` at 2 and 4; who is told what, and which invariants fired. */
function aJudge() {
  const fired: string[] = [];
  const reference = new Reference();
  const put = (seq: number, json: string) => ({
    ...{ kind: 'command', session: 1, seq, doneBelow: 1 },
    command: { put: { key: 'k', value: { json } } },
  });
  [{ kind: 'session' }, put(1, 'a'), { kind: 'noop' }, put(2, 'b')].forEach((entry, i) =>
    reference.commit(i + 1, entry),
  );
  const rules = new WatchRules((invariant) => fired.push(invariant), reference);
  const hear = (place: number, revision: number, ...events: Json[]): number =>
    rules.heard('w1', place, { id: 1, ok: true, revision, events });
  return { fired, hear };
}

const a = { type: 'put', key: 'k', value: { json: 'a' }, previous: null };
const b = { type: 'put', key: 'k', value: { json: 'b' }, previous: 2 };

describe('simulation: I38', () => {
  it('does not fire when all is told once and in order, nor for signs of life', () => {
    const { fired, hear } = aJudge();
    expect(hear(1, 1)).to.equal(2);
    expect(hear(2, 2, a)).to.equal(3);
    expect(hear(3, 1), 'a server that lags').to.equal(3);
    expect(hear(3, 4, b)).to.equal(5);
    expect(fired).to.deep.equal([]);
  });

  it('fires when a change is left out, told again, torn, made up, or told of another index', () => {
    for (const tell of [
      (hear: ReturnType<typeof aJudge>['hear']) => hear(1, 4, b),
      (hear: ReturnType<typeof aJudge>['hear']) => hear(1, 3),
      (hear: ReturnType<typeof aJudge>['hear']) => hear(3, 2, a),
      (hear: ReturnType<typeof aJudge>['hear']) => hear(2, 2),
      (hear: ReturnType<typeof aJudge>['hear']) => hear(2, 2, b),
      (hear: ReturnType<typeof aJudge>['hear']) => hear(3, 3, b),
    ]) {
      const { fired, hear } = aJudge();
      tell(hear);
      expect(fired, tell.toString()).to.deep.equal(['I38']);
    }
  });

  it('is asked of watchers who follow a cluster from one server to the next', () => {
    const cluster = new Cluster({ ...drawOptions(7, 3), faults: {}, watchers: 2 });
    cluster.begin();
    cluster.clock.runUntil(20_000);
    expect(cluster.checker.violations).to.deep.equal([]);
    expect(cluster.checker.watches.told).to.be.above(50);
  });
});
