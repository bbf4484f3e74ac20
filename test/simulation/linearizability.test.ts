/**
 * simulation/linearizability/ as a user sees it: the classic lies are found and told in a few lines,
 * what is unknown excuses what it may excuse and nothing else, and limits never make a history good.
 */
import { expect } from 'chai';
import type { Operation } from '../../simulation/invariants/clients.ts';
import { checkClientHistory } from '../../simulation/invariants/linearizability.ts';
import { checkHistory, type HistoryVerdict } from '../../simulation/linearizability/check.ts';
import type { HistoryOperation } from '../../simulation/linearizability/history.ts';
import { formatHistory, parseHistory } from '../../simulation/linearizability/format.ts';
import { kvModel } from '../../simulation/linearizability/kv-model.ts';
import type { Model } from '../../simulation/linearizability/model.ts';
import { HistoryRecorder } from '../../simulation/linearizability/recorder.ts';
import { anOperation, drawHistory, get, put, remove } from './linearizability-histories.ts';

const check = (...history: HistoryOperation[]): HistoryVerdict => checkHistory(history, kvModel);

/** Who was told what nobody can explain; null when everything can be. */
function culprit(...history: HistoryOperation[]): string | null {
  const verdict = check(...history);
  if (verdict.kind === 'unknown') throw new Error('not decided');
  if (verdict.kind === 'linearizable') return null;
  const { client } = verdict.counterExample.culprit;
  return `${client} ${kvModel.describe(verdict.counterExample.culprit)}`;
}

describe('linearizability: lies that are found', () => {
  it('a stale read: an old value after a newer one was acknowledged', () => {
    const history = [put('c1', [0, 1], 'old'), put('c2', [2, 3], 'new'), get('c3', [4, 5], 'old')];
    expect(culprit(...history)).to.equal('c3 get → "old"');
  });

  it('a non-monotonic read: forwards, then backwards, while the write is still under way', () => {
    const history = [
      put('c1', [0, 1], 'old'),
      put('c2', [2, 9], 'new'),
      get('c3', [3, 4], 'new'),
      get('c4', [5, 6], 'old'),
    ];
    expect(culprit(...history)).to.equal('c4 get → "old"');
  });

  it('a lost update: acknowledged, and nobody ever overwrote it', () => {
    expect(culprit(put('c1', [0, 1], 'kept'), get('c2', [2, 3], null))).to.equal(
      'c2 get → nothing',
    );
  });

  it('two writes that replaced the same revision', () => {
    const history = [
      put('c1', [0, 1], 'first', { revision: 1, previous: null }),
      put('c2', [2, 4], 'second', { revision: 2, previous: 1 }),
      put('c3', [3, 5], 'third', { revision: 3, previous: 1 }),
    ];
    expect(culprit(...history)).to.equal('c3 put "third" → ok @3, over @1');
  });

  it('a cas over a revision that was not there any more', () => {
    const history = [
      put('c1', [0, 1], 'first', { revision: 1, previous: null }),
      put('c2', [2, 3], 'second', { revision: 2, previous: 1 }),
      put('c3', [4, 5], 'mine', { op: 'cas', revision: 3, expected: 1, previous: 1 }),
    ];
    expect(culprit(...history)).to.equal('c3 cas "mine" over @1 → ok @3, over @1');
    const true_ = put('c3', [4, 5], 'mine', { op: 'cas', revision: 3, expected: 2, previous: 2 });
    expect(culprit(...history.slice(0, 2), true_, get('c4', [6, 7], 'mine'))).to.equal(null);
  });

  it('a cas that failed, and was seen', () => {
    const lost = put('c1', [0, 1], 'x', { op: 'cas', expected: null, outcome: 'failed' });
    expect(culprit(lost, get('c2', [2, 3], 'x'))).to.equal('c2 get → "x"');
  });

  it('a read of a write that was refused for good; the drawing shows both', () => {
    const refused = put('c1', [0, 1], 'never', { outcome: 'failed' });
    const verdict = check(refused, get('c2', [2, 3], 'never'));
    if (verdict.kind !== 'violation') throw new Error(verdict.kind);
    expect(verdict.text).to.include('put "never" → failed').and.to.include('×');
  });

  it('a deleted value that is still there', () => {
    const history = [put('c1', [0, 1], 'x'), remove('c2', [2, 3]), get('c3', [4, 5], 'x')];
    expect(culprit(...history)).to.equal('c3 get → "x"');
  });

  it('the right value at a revision that it never had', () => {
    const history = [
      put('c1', [0, 1], 'x', { revision: 4 }),
      get('c2', [2, 3], 'x', { revision: 3 }),
    ];
    expect(culprit(...history)).to.equal('c2 get → "x" @3');
  });

  it('I36 a revision that goes backwards from one key to another', () => {
    const verdict = check(
      put('c1', [0, 1], 'x', { revision: 7, key: 'a' }),
      put('c2', [2, 3], 'y', { revision: 5, key: 'b' }),
    );
    if (verdict.kind !== 'violation') throw new Error(verdict.kind);
    expect(verdict.text).to.include('Possible would have been: a revision above @7.');
    expect(verdict.text).to.include('"a": put "x" → ok @7');
  });

  it('one revision for two writes', () => {
    const [one, two] = ['a', 'b'].map((key) => put(key, [0, 1], 'x', { revision: 7, key }));
    expect(culprit(one!, two!)).to.equal('b put "x" → ok @7');
  });
});

describe('linearizability: what is no lie', () => {
  it('concurrent writes may be read in any one order', () => {
    const writes = [put('c1', [0, 9], '1'), put('c2', [0, 9], '2')];
    expect(culprit(...writes, get('c3', [1, 2], '1'), get('c3', [3, 4], '2'))).to.equal(null);
    const thereAndBack = [get('c3', [1, 2], '1'), get('c3', [3, 4], '2'), get('c3', [5, 6], '1')];
    expect(culprit(...writes, ...thereAndBack)).to.equal('c3 get → "1"');
  });

  it('an unknown write takes effect never, or at once, or long after it was given up', () => {
    const unknown = put('c1', [0], 'maybe');
    expect(culprit(unknown, get('c2', [1, 2], null))).to.equal(null);
    expect(culprit(unknown, get('c2', [1, 2], 'maybe'))).to.equal(null);
    const late = [put('c2', [1, 2], 'x'), get('c2', [3, 4], 'x'), get('c2', [5, 6], 'maybe')];
    expect(culprit(unknown, ...late)).to.equal(null);
  });

  it('but an unknown write takes effect once only, and not before it was asked for', () => {
    const [unknown, over] = [put('c1', [0], 'maybe'), put('c2', [3, 4], 'x')];
    expect(culprit(unknown, get('c2', [1, 2], 'maybe'), over, get('c2', [5, 6], 'maybe'))).to.equal(
      'c2 get → "maybe"',
    );
    expect(culprit(put('c1', [3], 'maybe'), get('c2', [1, 2], 'maybe'))).to.equal(
      'c2 get → "maybe"',
    );
  });

  it('an unknown delete explains nothing found, and an unknown read explains nothing', () => {
    const history = [put('c1', [0, 1], 'x'), remove('c2', [2]), get('c3', [3, 4], null)];
    expect(culprit(...history)).to.equal(null);
    expect(culprit(anOperation('c1', [0], { op: 'get' }), get('c2', [1, 2], null))).to.equal(null);
  });

  it('equal times overlap, since neither is known to be first', () => {
    expect(culprit(put('c1', [0, 1], 'x'), get('c2', [1, 2], null))).to.equal(null);
  });
});

describe('linearizability: the counter-example', () => {
  it('is the shortest prefix without what it does not need, drawn by client', () => {
    const noise = drawHistory({
      ...{ seed: 7, operations: 200, keys: 1, clients: 5, values: 1_000 },
      ...{ unknownShare: 0, failedShare: 0.05, revisions: false },
    }).map((operation) => ({ ...operation, key: 'k' }));
    const verdict = check(
      ...noise,
      put('c1', [90_000, 90_001], 'old'),
      put('c2', [90_002, 90_003], 'new'),
      get('c4', [90_002, 90_004], 'new'),
      get('c3', [90_004.5, 90_005], 'old'),
      put('c2', [90_006, 90_007], 'later'),
    );
    if (verdict.kind !== 'violation') throw new Error(verdict.kind);
    expect(verdict.text.split('\n')).to.deep.equal([
      'Not linearizable: key "k". 3 of its 205 operations are enough to show it.',
      '',
      '  c1  put "old" → ok  ├──┤',
      '  c2  put "new" → ok        ├──┤',
      '  c3  get → "old"                 ├──┤  ✗',
      '',
      'No order explains what c3 was told at 90005 ms: get → "old".',
      'Possible would have been: get → "new".',
    ]);
  });
});

describe('linearizability: limits', () => {
  const long = drawHistory({
    ...{ seed: 1, operations: 1_000, keys: 2, clients: 5, values: 9 },
    ...{ unknownShare: 0.02, failedShare: 0, revisions: false },
  });

  it('answer unknown, never ok, when steps or time are used up', () => {
    const bySteps = checkHistory(long, kvModel, { maxSteps: 100 });
    expect(bySteps).to.deep.include({ kind: 'unknown', undecided: ['k1', 'k2'].sort() });
    let nowMs = 0;
    const byTime = checkHistory(long, kvModel, { timeLimitMs: 10, nowMs: () => (nowMs += 20) });
    expect(byTime.kind).to.equal('unknown');
    expect(checkHistory(long, kvModel).kind).to.equal('linearizable');
  });

  it('a violation of one key is told although another key is undecided', () => {
    const bad = [put('c1', [0, 1], 'x', { key: 'z' }), get('c2', [2, 3], null, { key: 'z' })];
    expect(checkHistory([...long, ...bad], kvModel, { maxSteps: 100 }).kind).to.equal('violation');
  });

  it('100,000 operations of 20 clients on 100 keys are checked in well under a minute', function () {
    this.timeout(60_000);
    const seed = 11;
    const history = drawHistory({
      ...{ seed, operations: 100_000, keys: 100, clients: 20, values: 1_000_000 },
      ...{ unknownShare: 0.02, failedShare: 0.01, revisions: false },
    });
    const beganMs = performance.now();
    const { kind } = checkHistory(history, kvModel);
    const tookMs = performance.now() - beganMs;
    console.log(`      seed ${seed}: ${Math.round(tookMs)} ms`);
    expect(kind).to.equal('linearizable');
    expect(tookMs).to.be.lessThan(60_000);
  });
});

describe('linearizability: other models, recording', () => {
  /** A counter: `add` n, `read` the sum. Effects add up, so none hides another. */
  const counter: Model<number, { readonly add: number; readonly sum: number | null }> = {
    initial: 0,
    refuse: ({ op }) => (op === 'add' || op === 'read' ? null : 'add or read'),
    prepare({ op, value, outcome }) {
      if (op === 'read') return outcome === 'ok' ? { add: 0, sum: Number(value) } : null;
      return { add: Number(value), sum: null };
    },
    apply: (state, { add, sum }) => (sum === null || sum === state ? state + add : null),
    isRead: ({ sum }) => sum !== null,
    keyOf: String,
    effectOf: ({ add }) => String(add),
    rank: () => Infinity,
    describe: ({ op, value }) => `${op} ${Number(value)}`,
    alternatives: (operation, others) => others.map((_, i) => ({ ...operation, value: i + 1 })),
  };
  const add = (times: readonly [number, number?], value: number) =>
    anOperation('c1', times, { op: 'add', value });
  const read = (times: readonly [number, number?], value: number) =>
    anOperation('c2', times, { op: 'read', value });

  it('checks a counter, where several unknown operations may explain one answer', () => {
    const unknown = [add([0], 1), add([0], 1), add([0], 5)];
    const kindOf = (...reads: HistoryOperation[]) =>
      checkHistory([...unknown, ...reads], counter).kind;
    expect(kindOf(read([1, 2], 2), read([3, 4], 7))).to.equal('linearizable');
    expect(kindOf(read([1, 2], 6), read([3, 4], 5))).to.equal('violation');
    expect(kindOf(read([1, 2], 3))).to.equal('violation');
  });

  it('tells what a counter might have answered', () => {
    const verdict = checkHistory([add([0, 1], 1), add([2], 2), read([3, 4], 2)], counter);
    if (verdict.kind !== 'violation') throw new Error(verdict.kind);
    expect(verdict.counterExample.allowed).to.deep.equal(['read 1']);
  });

  it('records what is asked and told; what nobody ended is unknown, and a second end is ignored', () => {
    let nowMs = 0;
    const recorder = new HistoryRecorder(() => (nowMs += 1));
    const end = recorder.begin({ client: 'c1', op: 'put', key: 'k', value: 'x' });
    recorder.begin({ client: 'c2', op: 'get', key: 'k' });
    end({ outcome: 'ok', revision: 1 });
    end({ outcome: 'failed' });
    expect(recorder.history()).to.deep.equal([
      put('c1', [1, 3], 'x', { revision: 1 }),
      anOperation('c2', [2], { op: 'get' }),
    ]);
  });

  it('takes a bounded number of operations, and says so: ERR_HISTORY_FULL', () => {
    const recorder = new HistoryRecorder(() => 0);
    const asked = { client: 'c', op: 'get', key: 'k' };
    const most = 1_000_000;
    for (let i = 0; i < most; i += 1) recorder.begin(asked);
    expect(() => recorder.begin(asked)).to.throw('ERR_HISTORY_FULL');
    expect(recorder.history()).to.have.length(most);
  });

  it('writes a file that reads back as what it was', () => {
    const history = drawHistory({
      ...{ seed: 3, operations: 300, keys: 5, clients: 5, values: 9 },
      ...{ unknownShare: 0.1, failedShare: 0.1, revisions: true },
    });
    const lines = parseHistory(formatHistory(history), (one) => kvModel.refuse(one));
    const read = lines.map(({ line: _line, ...operation }) => operation);
    expect(read).to.deep.equal(history);
    expect(lines[0]?.line).to.equal(2);
  });
});

describe('linearizability: simulated clients (I36)', () => {
  const anOutcome = (fields: Partial<Operation>): Operation => ({
    ...{
      client: 'c1',
      kind: 'put',
      key: 'k',
      value: 'x',
      session: 1,
      seq: 1,
      floor: 0,
      named: false,
    },
    expected: null,
    ...{ attempts: 1, refusals: 0, outcome: 'acked', index: 2, consistency: 'linearizable' },
    ...{ invokedAtMs: 0, completedAtMs: 1, ...fields },
  });
  const read = anOutcome({
    client: 'c2',
    kind: 'get',
    value: '',
    invokedAtMs: 2,
    completedAtMs: 3,
  });

  /** What is reported when a put was answered so, and the get after it found nothing. */
  function reported(outcome: Operation['outcome']): string[] {
    const fired: string[] = [];
    const write = anOutcome({ outcome });
    const results = new Map([[read, null]]);
    const told = new Map([...results, [write, { revision: 2, previous: null }]]);
    checkClientHistory([write, read], outcome === 'acked' ? told : results, (id) => fired.push(id));
    return fired;
  }

  it('fires when nothing was read after an acknowledged put', () => {
    expect(reported('acked')).to.deep.equal(['I36']);
  });

  it('does not when the put was refused, given up, or still under way', () => {
    const outcomes = ['failed', 'unknown', 'pending'] as const;
    expect(outcomes.flatMap(reported)).to.deep.equal([]);
  });
});
