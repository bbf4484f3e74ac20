/**
 * A snapshot is a true point in time (thesis §5): whatever is applied while it is read slowly, it gives
 * the state of the moment it was taken, and what is restored from it is that state.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import type { Entry } from '../../replicated/entry.ts';
import { createKv } from '../../replicated/kv.ts';
import { createReplicatedState, type ReplicatedState } from '../../replicated/replicated-state.ts';
import { sliceOf } from '../../replicated/state-snapshot.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import { grow, settled } from '../storage/snapshot-support.ts';
import { recover, seededRandom } from '../storage/support.ts';

const newState = (): ReplicatedState => createReplicatedState({ machines: { kv: createKv() } });

/** Applies random commands of a few sessions to many keys, and never the same twice. */
function applier(state: ReplicatedState, random: () => number): (count: number) => void {
  let index = 0;
  const seqs = [0, 0, 0];
  while (index < seqs.length) {
    state.apply({ kind: 'session', ttlMs: 1e9, maxSessions: 9 }, ++index, 0);
  }
  return (count) => {
    for (let i = 0; i < count; i++) {
      const who = Math.floor(random() * seqs.length);
      const seq = (seqs[who]! += 1);
      const key = `key/${Math.floor(random() * 3_000)}`;
      const command =
        random() < 0.4 ? { delete: { key } } : { put: { key, value: { json: index } } };
      // Results gather for a while before their client lets go of them.
      const doneBelow = Math.max(1, seq - Math.floor(random() * 40));
      const entry = { kind: 'command', session: who + 1, seq, doneBelow, machine: 'kv', command };
      state.apply(entry as Entry, ++index, index);
    }
  };
}

describe('a view of the state', () => {
  it('stays as it was while thousands of changes are applied, as do others beside it', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
    const random = seededRandom(seed);
    const state = newState();
    const apply = applier(state, random);
    apply(4_000);
    const views: { readonly left: Iterator<unknown>; readonly wanted: unknown[] }[] = [];
    for (let round = 0; round < 12; round++) {
      // Taken twice in one moment: one is read now, the other bit by bit.
      views.push({
        left: state.snapshot()[Symbol.iterator]() as Iterator<unknown>,
        wanted: [...state.snapshot()],
      });
      apply(Math.floor(random() * 700));
      for (const { left, wanted } of views) {
        for (let i = Math.floor(random() * 900); i > 0; i--) {
          const next = left.next();
          if (next.done === true) break;
          expect(next.value, `SEED=${seed}, round ${round}`).to.deep.equal(wanted.shift());
        }
      }
    }
    for (const { left, wanted } of views) {
      for (let next = left.next(); next.done !== true; next = left.next()) {
        expect(next.value, `SEED=${seed}`).to.deep.equal(wanted.shift());
      }
      expect(wanted, `SEED=${seed}`).to.deep.equal([]);
    }
  });

  it('is restored from the disk to an equal state, hash and sessions included', async () => {
    const store = new MemoryStore(new MemoryDisk('c1', crc32), (task) => setImmediate(task));
    await recover(store);
    await grow(store, 1, 5);
    const state = newState();
    const apply = applier(state, seededRandom(7));
    apply(3_000);
    const hash = state.stateHash();
    const whole = [...state.snapshot()];

    const items = state.snapshot()[Symbol.iterator]();
    const checksum = store.checksumAt(5);
    const sink = store.saveSnapshot({ index: 5, term: 1, time: 0, checksum, extra: {} });
    for (let slice = sliceOf(items, 2_000); slice.length > 0; slice = sliceOf(items, 2_000)) {
      const wanted = slice;
      await settled((done) => sink.write(wanted, done));
      apply(5);
    }
    await settled((done) => sink.finish(done));

    const restored = newState();
    const steps = restored.restore();
    await settled((done) => store.loadSnapshot((slice) => steps.add(slice), done));
    steps.finish();
    expect(restored.stateHash()).to.equal(hash).and.not.equal(state.stateHash());
    expect([...restored.snapshot()]).to.deep.equal(whole);
    expect(restored.changes('kv')!.oldest).to.be.within(2_900, 3_004);
  });
});
