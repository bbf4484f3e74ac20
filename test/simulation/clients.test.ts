/**
 * simulation/invariants/clients.ts and simulation/reference.ts: answers are judged by the committed
 * log, and each way of telling a client something untrue is noticed.
 */
import { expect } from 'chai';
import { ApplyRules, ClientRules, type Operation } from '../../simulation/invariants/clients.ts';
import { Reference } from '../../simulation/reference.ts';

const command = (seq: number, doneBelow: number, body: unknown) => ({
  kind: 'command',
  session: 1,
  seq,
  doneBelow,
  machine: 'kv',
  command: body,
});
const put = (key: string, json: string) => ({ put: { key, value: { json } } });

/** A log with a session (1), two puts of `k` (2, 3), a retry of the first (4) and a delete (5). */
function aJudge() {
  const fired: string[] = [];
  const reference = new Reference();
  const rules = new ClientRules((invariant) => fired.push(invariant), reference);
  [
    { kind: 'session' },
    command(1, 1, put('k', 'first')),
    command(2, 1, put('k', 'second')),
    command(1, 1, put('k', 'first')),
    command(3, 3, { delete: { key: 'k' } }),
  ].forEach((entry, i) => reference.commit(i + 1, entry));
  return { fired, rules, reference };
}

function anOperation(fields: Partial<Operation>): Operation {
  return {
    client: 'c1',
    kind: 'put',
    key: 'k',
    value: 'first',
    expected: null,
    consistency: 'linearizable',
    session: 1,
    seq: 1,
    invokedAtMs: 0,
    floor: 0,
    named: false,
    attempts: 1,
    refusals: 0,
    outcome: 'pending',
    index: 0,
    completedAtMs: 0,
    ...fields,
  };
}

describe('simulation: reference', () => {
  it('applies a retried command once, and keeps every version of a key', () => {
    const { reference } = aJudge();
    expect(reference.effectOf(1, 1)?.result).to.deep.equal({ revision: 2, previous: null });
    expect(reference.effectOf(1, 3)?.result).to.deep.equal({ revision: 5, previous: 3 });
    const values = [1, 2, 3, 4, 5].map((index) => reference.versionAt('k', index)?.value);
    expect(values).to.deep.equal([undefined, 'first', 'second', 'second', undefined]);
  });

  it('applies nothing of an unknown session, and nothing that the client said to be done', () => {
    const { reference } = aJudge();
    reference.commit(6, { ...command(9, 1, put('k', 'x')), session: 99 });
    reference.commit(7, command(2, 1, put('k', 'late')));
    expect(reference.versionAt('k', 7)).to.equal(undefined);
  });
});

describe('simulation: reference, by replicated time', () => {
  const opening = { kind: 'session', ttlMs: 1_000, maxSessions: 2 };
  const lock = (seq: number) =>
    command(seq, 1, {
      txn: { if: [], then: [{ put: { key: 'lock', value: { json: `${seq}` }, ttlMs: 300 } }] },
    });

  it('ends sessions and keys when an entry says that their time is over, and tells watchers', () => {
    const reference = new Reference();
    reference.commit(1, opening, 0);
    reference.commit(2, lock(1), 100);
    reference.commit(3, { kind: 'tick' }, 399);
    expect(reference.versionAt('lock', 3)?.value).to.equal('1');
    reference.commit(4, { kind: 'tick' }, 400);
    expect(reference.versionAt('lock', 4)).to.equal(undefined);
    expect(reference.eventsAt(4)).to.deep.equal([
      { type: 'delete', key: 'lock', previous: 2, reason: 'expired' },
    ]);
    reference.commit(5, command(2, 1, put('k', 'late')), 1_100);
    expect(reference.effectOf(1, 2), 'its session is over').to.equal(undefined);
    expect(reference.effectOf(1, 1)?.index, 'what it did stays known').to.equal(2);
    expect(reference.expired).to.deep.equal({ sessions: 1, keys: 1 });
  });

  it('knows what compares must answer: cas, a lock that is held, and its renewal', () => {
    const reference = new Reference();
    const cas = (seq: number, revision: number | null) =>
      command(seq, 1, { cas: { key: 'k', revision, value: { json: `v${seq}` } } });
    const touch = (seq: number, revision: number) =>
      command(seq, 1, { touch: { key: 'lock', revision, ttlMs: 300 } });
    [opening, cas(1, null), cas(2, null), lock(3), lock(4), touch(5, 4), touch(6, 2)].forEach(
      (entry, i) => reference.commit(i + 1, entry, 0),
    );
    const results = [1, 2, 3, 4, 5, 6].map((seq) => reference.effectOf(1, seq)?.result);
    expect(results).to.deep.equal([
      { ok: true, revision: 2, previous: null },
      { ok: false, current: 2 },
      { ok: true, revision: 4, results: [{ revision: 4, previous: null }] },
      { ok: false, revision: 5, results: [{ value: { json: '3' }, revision: 4 }] },
      { ok: true, current: 4 },
      { ok: false, current: 4 },
    ]);
  });

  it('evicts the least recently used session past the bound of the entry', () => {
    const reference = new Reference();
    for (const index of [1, 2, 3]) reference.commit(index, opening, 0);
    reference.commit(4, command(1, 1, put('k', 'x')), 0);
    expect(reference.effectOf(1, 1)).to.equal(undefined);
  });
});

describe('simulation: invariants of clients fire', () => {
  it('not when answers are true', () => {
    const { fired, rules } = aJudge();
    rules.wrote(anOperation({}), 2, { revision: 2, previous: null });
    rules.wrote(anOperation({ seq: 2 }), 3, { revision: 3, previous: 2 });
    rules.read(anOperation({ kind: 'get', floor: 3 }), 4, {
      value: { json: 'second' },
      revision: 3,
    });
    rules.read(anOperation({ kind: 'get' }), 5, null);
    rules.invoked(anOperation({ seq: 4, outcome: 'failed' }));
    rules.ended();
    expect(fired).to.deep.equal([]);
    expect(rules.floor).to.equal(5);
  });

  it('I32 AckedNeverLost: an acknowledgement of what is not committed', () => {
    const { fired, rules } = aJudge();
    rules.wrote(anOperation({ seq: 9 }), 6, { revision: 6, previous: null });
    expect(fired).to.deep.equal(['I32']);
  });

  it('I33: refused for good, yet it took effect', () => {
    const { fired, rules } = aJudge();
    rules.invoked(anOperation({ outcome: 'failed' }));
    rules.ended();
    expect(fired).to.deep.equal(['I33']);
  });

  it('I34: a read older than what a client had been told before it', () => {
    const { fired, rules } = aJudge();
    rules.read(anOperation({ kind: 'get', floor: 3 }), 2, {
      value: { json: 'first' },
      revision: 2,
    });
    expect(fired).to.deep.equal(['I34']);
  });

  it('I34: a revision that a client had been told of is said to be none', () => {
    const { fired, rules } = aJudge();
    rules.deniedToken(anOperation({ kind: 'get', floor: 3 }));
    expect(fired).to.deep.equal(['I34']);
  });

  it('I36: a read of something that was not there, a wrong predecessor, a write in the past', () => {
    const { fired, rules } = aJudge();
    rules.read(anOperation({ kind: 'get' }), 3, { value: { json: 'first' }, revision: 2 });
    rules.read(anOperation({ kind: 'get' }), 3, null);
    rules.wrote(anOperation({ seq: 2 }), 3, { revision: 3, previous: 1 });
    rules.wrote(anOperation({ floor: 4 }), 2, { revision: 2, previous: null });
    expect(fired).to.deep.equal(['I36', 'I36', 'I36', 'I36']);
  });

  it('I37: a retry that is answered with its second place in the log', () => {
    const { fired, rules } = aJudge();
    rules.wrote(anOperation({}), 4, { revision: 4, previous: 3 });
    expect(fired).to.deep.equal(['I37']);
  });

  it('I15 and I37 on a server: applied out of order, or a put twice', () => {
    const fired: string[] = [];
    const rules = new ApplyRules((invariant) => fired.push(invariant), 'a');
    rules.applied(2, 'first');
    rules.applied(3, '');
    rules.applied(3, '');
    rules.applied(4, 'first');
    expect(fired).to.deep.equal(['I15', 'I37']);
  });

  it('I36 two clients that were told that they hold the lock with one token', () => {
    const { fired, rules, reference } = aJudge();
    const txn = { if: [], then: [{ put: { key: 'lock', value: { json: 'a' } } }] };
    reference.commit(6, { ...command(4, 3, { txn }) });
    const result = { ok: true, revision: 6, results: [{ revision: 6, previous: null }] };
    const taken = { kind: 'lock', key: 'lock', seq: 4 } as const;
    rules.wrote(anOperation(taken), 6, result);
    expect(fired).to.deep.equal([]);
    rules.wrote(anOperation({ ...taken, client: 'c2' }), 6, result);
    expect(fired).to.deep.equal(['I36']);
  });
});
