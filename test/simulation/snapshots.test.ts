/**
 * simulation/invariants/snapshots.ts: what a snapshot must say, and what a crash may leave of it
 * (§7).
 */
import { expect } from 'chai';
import { SnapshotRules } from '../../simulation/invariants/snapshots.ts';
import type { DiskView } from '../../simulation/invariants/observation.ts';
import { Reference } from '../../simulation/reference.ts';
import { crc32 } from '../../storage/crc32.ts';
import type { StoredSnapshot } from '../../storage/memory-disk.ts';
import { SnapshotWriter } from '../../storage/snapshots/snapshot-lines.ts';
import { aChecker, aDisk, aView } from './a-view.ts';

const voters = { a: '', b: '', c: '' };
const none = { outgoing: {}, learners: {} };
const session = { session: { id: 1, ttlMs: 1_000, lastUsedMs: 5, doneBelow: 1 } };
const result = { result: [1, 1, 2, { revision: 2, previous: null }] };
const key = { machine: 'kv', item: ['k', 2, { json: '"v"' }] };
const right = [{ hash: 7 }, session, result, { machine: 'kv', item: { lastRevision: 2 } }, key];

/** A session is opened, and a key put in it. */
const entries = [
  { kind: 'session', ttlMs: 1_000, maxSessions: 9 },
  {
    ...{ kind: 'command', session: 1, seq: 1, doneBelow: 1 },
    command: { put: { key: 'k', value: { json: '"v"' } } },
  },
];

function stored(items: readonly object[], members: object = { index: 0, entry: { voters } }) {
  const position = { index: 2, term: 1, time: 5, checksum: 9 };
  const writer = new SnapshotWriter({ ...position, extra: { members } }, 'simulation', crc32);
  const parts = [writer.header(), writer.items(items.map((item) => JSON.stringify(item)))];
  const { bytes, info } = writer.trailer();
  return { info, bytes: Buffer.concat([...parts, bytes]) };
}

const onDisk = (snapshot: StoredSnapshot | null, firstIndex = 1): DiskView => {
  return { ...aDisk([1, 1]), snapshot, firstIndex };
};

function rules() {
  const fired: string[] = [];
  const judge = new SnapshotRules((id) => fired.push(id), ['a', 'b', 'c']);
  const reference = new Reference();
  entries.forEach((entry, i) => {
    reference.commit(i + 1, entry, 5);
    judge.committed(i + 1, entry, reference.contents());
  });
  return { judge, fired };
}

/** What fires when a server has saved `snapshot`. */
function saving(snapshot: StoredSnapshot, firstIndex = 1): string[] {
  const { judge, fired } = rules();
  judge.finished('a', 'saved', onDisk(snapshot, firstIndex));
  return fired;
}

describe('simulation: invariants of snapshots fire', () => {
  it('none, of a snapshot that says what was committed', () => {
    expect(saving(stored(right), 3)).to.deep.equal([]);
  });

  it('I24: sessions, results or keys that it leaves out', () => {
    for (const missing of [session, result, key]) {
      const items = right.filter((item) => item !== missing);
      expect(saving(stored(items)), JSON.stringify(missing)).to.deep.equal(['I24']);
    }
  });

  it('I24: another value, another revision', () => {
    for (const item of [
      ['k', 2, { json: '"w"' }],
      ['k', 1, { json: '"v"' }],
    ]) {
      const items = right.map((each) => (each === key ? { machine: 'kv', item } : each));
      expect(saving(stored(items)), JSON.stringify(item)).to.deep.equal(['I24']);
    }
  });

  it('I24: no configuration, or another than the committed one', () => {
    const two = { a: '', b: '' };
    for (const members of [
      {},
      { index: 0, entry: { voters: {}, ...none } },
      { index: 0, entry: { voters: two, ...none } },
      { index: 2, entry: { voters, ...none } },
    ]) {
      expect(saving(stored(right, members)), JSON.stringify(members)).to.deep.equal(['I24']);
    }
  });

  it('I26: a crash that leaves an older snapshot than before, a torn one, or a gap', () => {
    const older = rules();
    older.judge.finished('a', 'saved', onDisk(stored(right)));
    older.judge.found('a', onDisk(null));
    expect(older.fired).to.deep.equal(['I26']);
    const { info, bytes } = stored(right);
    expect(saving({ info, bytes: bytes.subarray(0, -9) })).to.deep.equal(['I26']);
    expect(saving(stored(right), 4)).to.deep.equal(['I26']);
  });

  it('I21: a snapshot that is acknowledged before it is on the disk', () => {
    const { checker, fired } = aChecker();
    const about = { from: 'a', to: 'b', term: 1, offset: 9, installed: true };
    const snapshot = { index: 2, term: 1, sizeBytes: 9, hash: 1 };
    checker.sent(aView(), { type: 'rpc.installSnapshotReply', ...about, snapshot });
    expect(fired()).to.deep.equal(['I21']);
  });
});

describe('simulation: snapshots', () => {
  it('are counted: those saved, those installed, and the chunks that were sent for it', () => {
    const { judge } = rules();
    judge.finished('a', 'saved', onDisk(stored(right)));
    judge.finished('b', 'installed', onDisk(stored(right)));
    for (const chunkBytes of [40, 60, 0]) judge.chunkSent(chunkBytes);
    expect(judge.counts).to.deep.equal({ saved: 1, installed: 1, chunks: 2 });
  });
});
