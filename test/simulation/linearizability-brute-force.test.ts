/**
 * The search against every order: on all histories of two clients with up to four operations, and
 * on drawn ones of up to six operations with revisions, of which many were tampered with.
 */
import { expect } from 'chai';
import { Budget } from '../../simulation/linearizability/budget.ts';
import { endOf, type HistoryOperation } from '../../simulation/linearizability/history.ts';
import { kvModel } from '../../simulation/linearizability/kv-model.ts';
import { isLinearizable } from '../../simulation/linearizability/search.ts';
import { randomFrom } from '../../simulation/random.ts';
import { hasOrder } from './brute-force.ts';
import { drawHistory } from './linearizability-histories.ts';

/** All that an operation can be, with two values. */
const kinds: readonly Partial<HistoryOperation>[] = [
  { op: 'put', outcome: 'ok', value: '1' },
  { op: 'put', outcome: 'ok', value: '2' },
  { op: 'put', outcome: 'unknown', value: '1' },
  { op: 'put', outcome: 'unknown', value: '2' },
  { op: 'delete', outcome: 'ok' },
  { op: 'delete', outcome: 'unknown' },
  { op: 'get', outcome: 'ok', value: '1' },
  { op: 'get', outcome: 'ok', value: '2' },
  { op: 'get', outcome: 'ok', found: false },
];

type Interval = readonly [client: string, invokedAtMs: number, returnedAtMs: number];

/** Every way in which `a` operations of one client and `b` of another lie in time. */
function* interleavings(a: number, b: number): Generator<Interval[]> {
  const events = 2 * (a + b);
  for (let choice = 0; choice < 1 << events; choice += 1) {
    const times: Record<'a' | 'b', number[]> = { a: [], b: [] };
    for (let at = 0; at < events; at += 1) times[choice & (1 << at) ? 'a' : 'b'].push(at);
    if (times.a.length !== 2 * a) continue;
    yield (['a', 'b'] as const).flatMap((client) =>
      Array.from({ length: times[client].length / 2 }, (_, i): Interval => {
        const [invokedAtMs = 0, returnedAtMs = 0] = times[client].slice(2 * i);
        return [client, invokedAtMs, returnedAtMs];
      }),
    );
  }
}

/** One interleaving for each relation of "was over before". */
function shapes(size: number): Interval[][] {
  const found = new Map<string, Interval[]>();
  for (let a = Math.ceil(size / 2); a <= size; a += 1) {
    for (const shape of interleavings(a, size - a)) {
      const relation = shape.map(([, , end]) => shape.map(([, begin]) => (end < begin ? 1 : 0)));
      found.set(`${a} ${relation.join()}`, shape);
    }
  }
  return [...found.values()];
}

function* histories(size: number): Generator<HistoryOperation[]> {
  for (const shape of shapes(size)) {
    for (let choice = 0; choice < kinds.length ** size; choice += 1) {
      const history = shape.map(([client, invokedAtMs, returnedAtMs], i): HistoryOperation => {
        const kind = kinds[Math.floor(choice / kinds.length ** i) % kinds.length];
        return { client, op: '', key: 'k', invokedAtMs, returnedAtMs, outcome: 'ok', ...kind };
      });
      // The other half is the same with the values exchanged.
      if (history.find(({ value }) => value !== undefined)?.value !== '2') yield history;
    }
  }
}

/** The search's answer; fails the test when every order says otherwise. */
function agreed(history: readonly HistoryOperation[], about: string): boolean {
  const answer = isLinearizable(kvModel, history, new Budget());
  const should = hasOrder(history) ? 'yes' : 'no';
  if (answer !== should) expect(answer, `${about} ${JSON.stringify(history)}`).to.equal(should);
  return answer === 'yes';
}

describe('linearizability: every order is the judge', () => {
  for (const size of [1, 2, 3, 4]) {
    it(`on all histories of two clients with ${size} operations and two values`, function () {
      this.timeout(120_000);
      let good = 0;
      let bad = 0;
      for (const history of histories(size)) {
        if (agreed(history, '')) good += 1;
        else bad += 1;
      }
      expect(good, 'histories that are linearizable').to.be.greaterThan(0);
      expect(bad, 'histories that are not').to.be.greaterThan(0);
    });
  }

  it('on drawn histories of up to six operations, with revisions, true or tampered with', function () {
    this.timeout(120_000);
    let bad = 0;
    const seeds = 20_000;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const random = randomFrom(seed).split('tamper');
      const history = drawHistory({
        seed,
        operations: random.int(2, 6),
        keys: 1,
        clients: random.int(1, 4),
        values: random.int(1, 3),
        unknownShare: 0.25,
        failedShare: 0.1,
        revisions: random.chance(0.7),
      });
      expect(agreed(history, `seed ${seed}, not tampered with`), `seed ${seed}`).to.equal(true);
      for (let tampered = 0; tampered < 4; tampered += 1) {
        const at = random.int(0, history.length - 1);
        const operation = history[at];
        if (operation === undefined) continue;
        history[at] = tamper(operation, random.int(0, 4), random.int(1, 6));
        if (!agreed(history, `seed ${seed}, tampered ${tampered + 1} times`)) bad += 1;
      }
    }
    expect(bad / seeds, 'tampered histories per seed that are not linearizable').to.be.within(1, 4);
  });
});

/** Tells a client something else; what was not told stays as it is. */
function tamper(operation: HistoryOperation, how: number, number: number): HistoryOperation {
  const { client, op, key, invokedAtMs, outcome, value } = operation;
  if (outcome !== 'ok') return operation;
  const returnedAtMs = endOf(operation);
  if (how === 0 && op !== 'get') return { ...operation, previous: number };
  if (how === 1 && op !== 'get') return { ...operation, previous: null };
  if (how === 2 && value !== undefined) return { ...operation, value: `v${number}` };
  if (how === 3 && value !== undefined) return { ...operation, revision: number };
  if (how === 4) return { ...operation, invokedAtMs: returnedAtMs };
  if (op !== 'get') return operation;
  return { client, op, key, invokedAtMs, returnedAtMs, outcome, value: 'v1' };
}
