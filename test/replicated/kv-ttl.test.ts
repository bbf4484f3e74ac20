/** Keys with a time to live: they end by replicated time, in the log's order, alike on all servers. */
import { expect } from 'chai';
import { createKv, maxExpiredAtOnce } from '../../replicated/kv.ts';
import type { Json, StateMachine } from '../../replicated/state-machine.ts';

const put = (key: string, ttlMs?: number): Json => ({
  put: { key, value: { json: key }, ...(ttlMs === undefined ? {} : { ttlMs }) },
});
const has = (kv: StateMachine, key: string): boolean => kv.query({ get: { key } }) !== null;

function changesOf(kv: StateMachine): unknown[] {
  const read = kv.changes?.select({ prefix: '' });
  if (typeof read !== 'function') throw new Error('kv cannot be watched');
  return read(1, 1e6).changes.map(({ revision, events }) => ({ revision, events }));
}

describe('kv: time to live', () => {
  it('ends a key when an entry is applied at its deadline or later, and not before', () => {
    const kv = createKv();
    kv.apply(put('a', 500), 1, 1_000);
    expect(kv.nextDeadlineMs?.()).to.equal(1_500);

    expect(kv.tick?.(1_499, 2)).to.equal(null);
    expect(has(kv, 'a')).to.equal(true);
    expect(kv.tick?.(1_500, 3)).to.deep.equal(['a']);
    expect(has(kv, 'a')).to.equal(false);
    expect(kv.nextDeadlineMs?.()).to.equal(null);
  });

  it('tells watchers of an expiry as of a deletion, with its reason, before the entry’s own changes', () => {
    const kv = createKv();
    kv.apply(put('a', 500), 1, 0);
    kv.tick?.(900, 2);
    kv.apply(put('a'), 2, 900);

    const value = { json: 'a' };
    expect(changesOf(kv)).to.deep.equal([
      { revision: 1, events: [{ type: 'put', key: 'a', value, previous: null }] },
      {
        revision: 2,
        events: [
          { type: 'delete', key: 'a', previous: 1, reason: 'expired' },
          { type: 'put', key: 'a', value, previous: null },
        ],
      },
    ]);
  });

  it('lets a later put, with or without a time to live, decide anew', () => {
    const kv = createKv();
    kv.apply(put('a', 100), 1, 0);
    kv.apply(put('b', 100), 2, 0);
    kv.apply(put('a', 300), 3, 50);
    kv.apply(put('b'), 4, 50);

    expect(kv.tick?.(349, 5)).to.equal(null);
    expect(kv.tick?.(350, 6)).to.deep.equal(['a']);
    expect(has(kv, 'b')).to.equal(true);
  });

  it('forgets the deadline of a key that was deleted, by itself or in a transaction', () => {
    const kv = createKv();
    kv.apply(put('a', 100), 1, 0);
    kv.apply({ delete: { key: 'a' } }, 2, 10);
    kv.apply({ txn: { if: [], then: [put('b', 100)] } }, 3, 10);
    kv.apply({ txn: { if: [], then: [{ delete: { key: 'b' } }] } }, 4, 20);
    kv.apply(put('a'), 5, 30);

    expect(kv.nextDeadlineMs?.()).to.equal(null);
    expect(kv.tick?.(1_000, 6)).to.equal(null);
    expect(has(kv, 'a')).to.equal(true);
  });

  it('touch: puts the end off while the revision is the one expected, and changes nothing else', () => {
    const kv = createKv();
    kv.apply(put('a', 100), 1, 0);
    const touch = (revision: number): Json => ({ touch: { key: 'a', revision, ttlMs: 100 } });

    expect(kv.apply(touch(1), 2, 80)).to.deep.equal({ ok: true, current: 1 });
    expect(kv.nextDeadlineMs?.()).to.equal(180);
    expect(kv.query({ get: { key: 'a' } })).to.deep.include({ revision: 1 });
    expect(changesOf(kv)).to.have.length(1);
    expect(kv.apply(touch(9), 3, 90)).to.deep.equal({ ok: false, current: 1 });
    kv.tick?.(180, 4);
    expect(kv.apply(touch(1), 4, 180)).to.deep.equal({ ok: false, current: null });
  });

  it('ends many at once in bounded portions, the earliest first and equal ones in order of key', () => {
    const kv = createKv();
    for (let i = 0; i <= maxExpiredAtOnce; i += 1) kv.apply(put(`k${i}`, 100), i + 1, 0);
    kv.apply(put('early', 50), 5_000, 0);

    const first = kv.tick?.(100, 5_001) as readonly string[];
    expect(first).to.have.length(maxExpiredAtOnce);
    expect(first.slice(0, 3)).to.deep.equal(['early', 'k0', 'k1']);
    expect(kv.tick?.(100, 5_002)).to.have.length(2);
    expect(kv.tick?.(100, 5_003)).to.equal(null);
  });

  it('keeps deadlines in its snapshot, and ends the same keys after a restore', () => {
    const kv = createKv();
    kv.apply(put('a', 100), 1, 0);
    kv.apply(put('b'), 2, 0);
    const restored = createKv();
    restored.apply(put('leftover', 1), 1, 0);
    restored.restore(JSON.parse(JSON.stringify([...kv.snapshot()])) as Json[]);

    expect([...restored.snapshot()]).to.deep.equal([...kv.snapshot()]);
    expect(restored.tick?.(99, 3)).to.equal(null);
    expect(restored.tick?.(100, 4)).to.deep.equal(['a']);
  });

  it('refuses what is no time to live before it is appended', () => {
    const kv = createKv();
    for (const ttlMs of [0, -1, 1.5, '5', null, 1e15]) {
      const asked = { put: { key: 'a', value: { json: 1 }, ttlMs } } as Json;
      expect(kv.refuse(asked), String(ttlMs)).to.contain('"ttlMs" must be');
    }
    expect(kv.refuse({ touch: { key: 'a', revision: 1 } })).to.contain('needs "ttlMs"');
    expect(kv.refuse({ cas: { key: 'a', revision: null, value: { json: 1 }, ttlMs: 5 } })).to.equal(
      null,
    );
  });
});
