/**
 * simulation/failures/shrink.ts and what it is made of: a planted bug is shown with nothing beside
 * it.
 */
import { expect } from 'chai';
import sinon from 'sinon';
import { ddmin } from '../../simulation/failures/ddmin.ts';
import { ladder, maxLadderRows } from '../../simulation/failures/ladder.ts';
import { drawOptions } from '../../simulation/options/options.ts';
import { runSeed, type SeedResult } from '../../simulation/run.ts';
import { shrink, type ShrinkProgress } from '../../simulation/failures/shrink.ts';
import type { TraceRecord, TraceStep } from '../../simulation/failures/trace.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';

/** A disk that loses, in a crash, the vote that it had synced: the bug of a vote in a cache. */
function plantForgottenVotes(): void {
  const crash = sinon.stub(MemoryDisk.prototype, 'crash');
  crash.callsFake(function (this: MemoryDisk, random) {
    crash.wrappedMethod.call(this, random);
    this.begin({ term: this.durableVote.term - 1, votedFor: null, trust: 'proven' }, []);
    this.commit();
  });
}

/** The first seed that fails, at 5 servers. */
function firstFailure(): SeedResult {
  for (let seed = 1; seed <= 50; seed += 1) {
    const result = runSeed(drawOptions(seed, 5));
    if (result.violations.length > 0) return result;
  }
  throw new Error('no seed of 1 … 50 fails: the bug is not planted');
}

describe('simulation: ddmin', () => {
  it('keeps just the two that fail together, wherever they are', () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    for (const pair of [
      [0, 99],
      [17, 18],
      [50, 51],
    ]) {
      const kept = ddmin(items, (some) => pair.every((one) => some.includes(one)));
      expect(kept).to.deep.equal(pair);
    }
  });

  it('keeps nothing when nothing is needed, and everything when it may not try', () => {
    expect(ddmin([1, 2, 3], () => true)).to.deep.equal([]);
    expect(ddmin([1, 2, 3], () => false)).to.deep.equal([1, 2, 3]);
  });
});

describe('simulation: shrinking a failure', () => {
  afterEach(() => sinon.restore());

  it('a planted bug: one fault and few operations are left, and the same invariant fails', () => {
    plantForgottenVotes();
    const failed = firstFailure();
    const [violation] = failed.violations;
    const progress: ShrinkProgress[] = [];
    const shrunk = shrink(failed, { onProgress: (one) => progress.push(one) });
    const seed = `seed ${failed.seed}`;

    expect(shrunk.result.violations[0]?.invariant, seed).to.equal(violation?.invariant);
    expect(shrunk.decisions.faults.length, seed).to.be.at.most(2);
    expect(shrunk.decisions.operations.length, seed).to.be.at.most(2);
    expect(shrunk.options.schedule?.absent.length, seed).to.be.at.least(1);
    expect(progress.map(({ runs }) => runs)).to.deep.equal(progress.map((_, i) => i + 1));
    const again = runSeed(shrunk.options);
    expect(again.hash, 'its options are all that it needs').to.equal(shrunk.result.hash);
  }).timeout(120_000);

  it('takes no more runs than it may, and then returns the smallest so far', () => {
    plantForgottenVotes();
    const failed = firstFailure();
    const shrunk = shrink(failed, { maxRuns: 3 });
    expect([shrunk.runs, shrunk.gaveUp]).to.deep.equal([3, true]);
    expect(shrunk.result.violations[0]?.invariant).to.equal(failed.violations[0]?.invariant);
  }).timeout(120_000);

  it('does not take another failure for the same one', () => {
    const failed = runSeed(drawOptions(1, 3));
    const violations = [{ invariant: 'I7', kind: 'safety', server: null, message: '' }] as const;
    expect(() => shrink({ ...failed, violations })).to.throw('seed 1 does not fail again');
  });
});

describe('simulation: the ladder diagram', () => {
  it('has a column for each server and draws what changed one', () => {
    const records: TraceRecord[] = [];
    runSeed(drawOptions(1, 3), { observe: (record) => records.push(record), stopAtMs: 500 });
    const rows = ladder(records, ['n1', 'n2', 'n3']);
    expect(rows[0]).to.match(/^ +ms │ n1 +│ n2 +│ n3$/);
    expect(rows.length).to.be.within(5, maxLadderRows + 2);
    expect(rows.join('\n')).to.match(/│ start ⇒ recovering t0/);
    expect(rows.join('\n')).to.match(/n\d▸requestVote/);
  });

  it('draws faults across, and no row for what changed nothing long ago', () => {
    const step = {
      ...{ type: 'step', server: 'n1', cause: 'timer', about: '', role: 'follower' },
      ...{ currentTerm: 1, votedFor: null, lastIndex: 0, commitIndex: 0, lastApplied: 0 },
      ...{ diskTerm: 1, diskLastIndex: 0 },
    } as const satisfies Omit<TraceStep, 'atMs'>;
    const steps = Array.from({ length: 20 }, (_, i) => ({ ...step, atMs: i }));
    const rows = ladder([{ type: 'fault', atMs: 0, text: 'crash/1 of n1' }, ...steps], ['n1']);
    expect(rows[1]).to.equal('       0.0 ── crash/1 of n1');
    expect(rows).to.have.length(1 + 1 + 1 + 6);
  });
});
