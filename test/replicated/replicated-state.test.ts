/** What the log drives, as a whole: total, equal on every server, and whole in its snapshot. */
import { expect } from 'chai';
import { encodeEntry, readEntry, type Entry } from '../../replicated/entry.ts';
import { createKv } from '../../replicated/kv.ts';
import { createReplicatedState } from '../../replicated/replicated-state.ts';
import { sliceOf } from '../../replicated/state-snapshot.ts';
import type { Json, StateMachine } from '../../replicated/state-machine.ts';

function kvState() {
  return createReplicatedState({ machines: { kv: createKv() } });
}

function put(session: number, seq: number, key: string, machine = 'kv'): Entry {
  const command = { put: { key, value: { json: seq } } };
  return { kind: 'command', session, seq, doneBelow: 1, machine, command };
}

/** The whole state, in slices of two or three items. */
function textsOf(state: ReturnType<typeof kvState>): string[] {
  const items = state.snapshot()[Symbol.iterator]();
  const texts: string[] = [];
  for (let slice = sliceOf(items, 100); slice.length > 0; slice = sliceOf(items, 100)) {
    texts.push(...slice);
  }
  return texts;
}

const opening: Entry = { kind: 'session', ttlMs: 1_000, maxSessions: 3 };

const history: Entry[] = [
  { kind: 'noop' },
  opening,
  put(2, 1, 'a'),
  put(2, 2, '__proto__'),
  opening,
  put(5, 1, 'a'),
  put(2, 1, 'a'), // a retry
  put(77, 1, 'a'), // an expired session
];

const broken: StateMachine = {
  refuse: () => null,
  apply: () => {
    throw new Error(`at ${Math.random()}`);
  },
  query: () => {
    throw new Error('no');
  },
  snapshot: () => [],
  restore: () => undefined,
};

describe('replicated state', () => {
  it('opens a session whose id is the index of its entry, and applies its commands once', () => {
    const state = kvState();
    const results = history.map((entry, i) => state.apply(entry, i + 1, 0));

    expect(results[0]).to.deep.equal({ ok: true, index: 1, value: null });
    expect(results[1]).to.deep.equal({ ok: true, index: 2, value: 2 });
    expect(results[5]).to.deep.equal({ ok: true, index: 6, value: { revision: 6, previous: 3 } });
    expect(results[6]).to.deep.equal({
      ok: true,
      index: 3,
      value: { revision: 3, previous: null },
    });
    expect(results[7]).to.include({ ok: false, code: 'ERR_SESSION_EXPIRED' });
    expect(state.query('kv', { get: { key: 'a' } })).to.deep.include({ revision: 6 });
  });

  it('is total: a machine that throws, or is not there, gives an error that is equal everywhere', () => {
    const results = [1, 2].map(() => {
      const state = createReplicatedState({ machines: { broken } });
      state.apply(opening, 1, 0);
      return [
        state.apply(put(1, 1, 'a', 'broken'), 2, 0),
        state.apply(put(1, 2, 'a', '__proto__'), 3, 0),
        state.apply(put(1, 1, 'a', 'broken'), 4, 0), // A retry meets the first error.
        state.query('broken', null),
        state.query('toString', null),
        state.stateHash(),
      ];
    });

    expect(results[0]).to.deep.equal(results[1]);
    expect(results[0]?.[0]).to.have.nested.property('value.error.code', 'ERR_MACHINE_THREW');
    expect(results[0]?.[1]).to.have.nested.property('value.error.code', 'ERR_UNKNOWN_MACHINE');
    expect(results[0]?.[2]).to.deep.equal(results[0]?.[0]);
    expect(results[0]?.[3]).to.have.nested.property('error.code', 'ERR_MACHINE_THREW');
    expect(results[0]?.[4]).to.have.nested.property('error.code', 'ERR_UNKNOWN_MACHINE');
  });

  it('hashes alike what was applied alike, and differently one machine that differs', () => {
    const [one, other] = [kvState(), kvState()];
    history.forEach((entry, i) => {
      one.apply(entry, i + 1, 0);
      other.apply(entry, i + 1, 0);
      expect(one.stateHash()).to.equal(other.stateHash());
    });

    const diverged = kvState();
    history.forEach((entry, i) => i !== 3 && diverged.apply(entry, i + 1, 0));
    expect(diverged.stateHash()).not.to.equal(one.stateHash());
  });

  it('restores sessions, machines and hash from a snapshot, and goes on like the original', () => {
    const original = kvState();
    history.forEach((entry, i) => original.apply(entry, i + 1, 0));
    const items = textsOf(original);

    const restored = kvState();
    restored.apply(opening, 1, 0);
    const steps = restored.restore();
    for (const item of items) steps.add([item]);
    expect(textsOf(restored), 'not before it is finished').not.to.deep.equal(items);
    steps.finish();

    expect(textsOf(restored)).to.deep.equal(items);
    const after = [put(2, 1, 'a'), put(5, 2, 'b'), put(1, 1, 'c')];
    after.forEach((entry, i) => {
      expect(restored.apply(entry, 9 + i, 0)).to.deep.equal(original.apply(entry, 9 + i, 0));
    });
    expect(restored.stateHash()).to.equal(original.stateHash());
  });

  it('I37: expires sessions before it opens one, at every entry, and hashes what expired', () => {
    const [one, other] = [kvState(), kvState()];
    for (const state of [one, other]) {
      state.apply(opening, 1, 0);
      state.apply(put(1, 1, 'a'), 2, 500);
    }
    one.apply({ kind: 'tick' }, 3, 1_499);
    other.apply({ kind: 'tick' }, 3, 1_500);
    expect(one.stateHash()).not.to.equal(other.stateHash());

    expect(one.apply(put(1, 1, 'a'), 4, 1_499)).to.include({ ok: true, index: 2 });
    expect(other.apply(put(1, 1, 'a'), 4, 1_500)).to.include({ code: 'ERR_SESSION_EXPIRED' });

    const full = kvState();
    for (const index of [1, 2, 3]) full.apply(opening, index, index === 3 ? 900 : 0);
    full.apply(opening, 4, 1_000);
    expect(full.apply(put(3, 1, 'a'), 5, 1_000), 'was in no one’s way').to.include({ ok: true });
  });

  it('ends keys whoever the entry is for, and says when it wants the next', () => {
    const state = kvState();
    state.apply({ kind: 'session', ttlMs: 60_000, maxSessions: 3 }, 1, 0);
    expect(state.nextDeadlineMs()).to.equal(null);
    const command = { put: { key: 'a', value: { json: 1 }, ttlMs: 200 } };
    state.apply({ ...put(1, 1, 'a'), command } as Entry, 2, 100);
    expect(state.nextDeadlineMs()).to.equal(300);
    state.apply({ kind: 'noop' }, 3, 300);
    expect(state.query('kv', { get: { key: 'a' } })).to.equal(null);
    expect(state.nextDeadlineMs()).to.equal(null);
  });

  it('takes a snapshot of its moment, though it is read while applying goes on', () => {
    const state = kvState();
    history.forEach((entry, i) => state.apply(entry, i + 1, 0));
    const expected = [...state.snapshot()];

    const lazily = state.snapshot();
    state.apply(put(2, 3, 'later'), 9, 0);

    expect([...lazily]).to.deep.equal(expected);
  });

  it('restores a machine that knows no steps from all of its items at once', () => {
    const given: Json[][] = [];
    const plain: StateMachine = {
      ...broken,
      snapshot: () => [1, 2],
      restore: (items) => given.push([...items]),
    };
    const state = createReplicatedState({ machines: { plain } });
    const steps = state.restore();
    steps.add(textsOf(state));
    expect(given).to.deep.equal([]);
    steps.finish();
    expect(given).to.deep.equal([[1, 2]]);
  });

  it('refuses a damaged snapshot, or one of a machine it lacks, and keeps what it had', () => {
    const state = kvState();
    history.forEach((entry, i) => state.apply(entry, i + 1, 0));
    const before = [...state.snapshot()];

    const restoring = (...items: Json[]) => {
      state.restore().add(items.map((item) => JSON.stringify(item)));
    };
    expect(() => restoring({ hash: 1 }, { machine: 'kv' })).to.throw('ERR_SNAPSHOT_CORRUPT');
    expect(() => restoring({ machine: 'kv', item: 1 })).to.throw('ERR_SNAPSHOT_CORRUPT');
    expect(() => restoring('?')).to.throw('ERR_SNAPSHOT_CORRUPT');
    expect(() => restoring({ machine: 'x', item: 1 })).to.throw('ERR_UNKNOWN_MACHINE');
    expect([...state.snapshot()]).to.deep.equal(before);
  });

  it('reads back every entry it encodes, and no kind or shape that it does not know', () => {
    for (const entry of history) {
      expect(readEntry(JSON.parse(encodeEntry(entry)))).to.deep.equal(entry);
    }
    const tick: Entry = { kind: 'tick' };
    expect(readEntry(JSON.parse(encodeEntry(tick)))).to.deep.equal(tick);
    const unknown = [
      null,
      5,
      {},
      { kind: 'later' },
      { kind: 'session' },
      { ...put(1, 1, 'a'), seq: 0.5 },
    ];
    for (const value of unknown) expect(readEntry(value)).to.equal(null);
  });
});
