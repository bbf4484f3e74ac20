/** simulation/totals.ts, and what simulate() returns of it: reruns, medians, faults, unjudged seeds. */
import { expect } from 'chai';
import sinon from 'sinon';
import { RollingHash } from '../../simulation/hash.ts';
import { checkClientHistory } from '../../simulation/invariants/linearizability.ts';
import type { Operation } from '../../simulation/invariants/clients.ts';
import { simulate, type SeedResult } from '../../simulation/simulate.ts';
import { median } from '../../simulation/totals.ts';

const nowMs = (): number => 0;

describe('simulation: totals', () => {
  afterEach(() => sinon.restore());

  it('takes the middle, the lower one of two, and 0 of nothing', () => {
    expect([[3, 1, 2], [4, 1, 3, 2], []].map(median)).to.deep.equal([2, 2, 0]);
  });

  it('adds up faults by kind and gives medians per seed', () => {
    const results: SeedResult[] = [];
    const onSeed = (result: SeedResult): boolean => results.push(result) > 0;
    const { faults, medians, unjudged } = simulate({ from: 1, to: 3, servers: 3, nowMs, onSeed });
    const crashes = results.map((result) => result.faults.crash);
    expect(faults.crash).to.equal(crashes.reduce((sum, count) => sum + count, 0));
    expect(medians.commits).to.equal(median(results.map(({ commits }) => commits)));
    expect(medians.chartSteps).to.be.at.least(2_000);
    expect(unjudged).to.equal(results.filter(({ judged }) => !judged).length);
  });

  it('runs every k-th seed twice and finds it the same', () => {
    const { reruns } = simulate({ from: 1, to: 4, servers: 1, rerunEvery: 2, nowMs });
    expect(reruns).to.deep.equal({ equal: 2, different: 0 });
  });

  it('D1: says so when a seed is not the same run twice', () => {
    let runs = 0;
    sinon.stub(RollingHash.prototype, 'digest').callsFake(() => String(++runs));
    const { reruns, violations } = simulate({ from: 1, to: 1, servers: 1, rerunEvery: 1, nowMs });
    expect(reruns).to.deep.equal({ equal: 0, different: 1 });
    expect(violations[0]?.violations[0]).to.include({ invariant: 'D1', kind: 'safety' });
  });

  it('I36: a history with more orders than may be looked at is neither right nor wrong', () => {
    const write = (seq: number): Operation => ({
      ...{
        client: `c${seq}`,
        kind: 'put',
        key: 'k',
        value: `v${seq}`,
        session: 1,
        seq,
        expected: null,
      },
      consistency: 'linearizable',
      ...{
        invokedAtMs: 0,
        floor: 0,
        named: false,
        attempts: 1,
        refusals: 0,
        outcome: 'acked',
        index: seq,
      },
      completedAtMs: 1,
    });
    const operations = [write(1), write(2)];
    const results = new Map([
      [operations[0] as Operation, { revision: 1, previous: null }],
      [operations[1] as Operation, { revision: 2, previous: 1 }],
    ]);
    const fired: string[] = [];
    const judge = (maxSteps?: number): boolean =>
      checkClientHistory(operations, results, (id) => fired.push(id), maxSteps);
    expect([judge(0), judge()], 'judged').to.deep.equal([false, true]);
    expect(fired).to.deep.equal([]);
  });
});
