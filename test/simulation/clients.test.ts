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
    session: 1,
    seq: 1,
    invokedAtMs: 0,
    floor: 0,
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
    expect(reference.effectOf(1, 1)).to.deep.equal({ index: 2, previous: null });
    expect(reference.effectOf(1, 3)).to.deep.equal({ index: 5, previous: 3 });
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
});
