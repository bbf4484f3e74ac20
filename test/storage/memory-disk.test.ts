/**
 * The crash model of the in-memory twin: the simulator is only as good as this is honest.
 */
import { expect } from 'chai';
import { crc32 } from '../../storage/crc32.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Recovered, StorageFault } from '../../storage/store.ts';
import { aVote, linesFor, seededRandom } from './support.ts';

describe('a disk in memory', () => {
  let disk: MemoryDisk;
  let store: MemoryStore;
  let tasks: (() => void)[];

  const run = (): void => {
    for (const task of tasks.splice(0)) task();
  };
  const start = (): Recovered => {
    tasks = [];
    store = new MemoryStore(disk, (task) => tasks.push(task));
    let found: Recovered | null = null;
    store.recover((_, recovered) => (found = recovered));
    run();
    expect(found).not.to.equal(null);
    return found!;
  };
  /** Begins a sync; what it has called back with so far. */
  const sync = (term: number | null): (StorageFault | null)[] => {
    const results: (StorageFault | null)[] = [];
    store.sync(term === null ? null : aVote(term), (fault) => results.push(fault));
    return results;
  };

  beforeEach(() => {
    disk = new MemoryDisk('c1', crc32);
    start();
    store.append(linesFor(store, 1, 1, 4));
    sync(1);
    run();
  });

  it('has what was synced, and says so to whoever checks invariants', () => {
    expect(disk.durableLastIndex).to.equal(4);
    expect([0, 1, 4].map((index) => disk.durableTermAt(index))).to.deep.equal([0, 1, 1]);
    expect(disk.durableVote).to.deep.equal(aVote(1));
    expect(disk.durableChecksumAt(4)).to.equal(store.checksumAt(4));
  });

  it('keeps of a sync in flight the vote before the lines, and of these any prefix', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 400; i++) {
      const copy = new MemoryDisk('c1', crc32);
      disk = copy;
      start();
      store.append(linesFor(store, 1, 1, 4));
      sync(1);
      run();
      store.append(linesFor(store, 3, 2, 3));
      const results = sync(2);
      disk.crash(seededRandom(i));
      run();
      expect(results).to.deep.equal([]);
      const { vote, lastIndex, runs } = start();
      seen.add(`${vote.term}:${lastIndex}`);
      expect(lastIndex).to.equal(disk.durableLastIndex);
      if (vote.term === 1) expect(runs).to.deep.equal([{ firstIndex: 1, term: 1 }]);
    }
    // 2:4 is the old log with the new vote, and the new log torn after two of its three lines.
    expect([...seen].sort()).to.deep.equal(['1:4', '2:2', '2:3', '2:4', '2:5']);
  });

  it('loses what was appended and never synced', () => {
    store.append(linesFor(store, 5, 1, 2));
    disk.crash(() => 0.99);
    expect(start().lastIndex).to.equal(4);
  });

  it('can stall: a sync neither ends nor fails until the stall does', () => {
    disk.stall();
    store.append(linesFor(store, 5, 1));
    const results = sync(null);
    run();
    expect(results).to.deep.equal([]);
    expect(disk.durableLastIndex).to.equal(4);
    disk.unstall();
    expect(results).to.deep.equal([null]);
    expect(disk.durableLastIndex).to.equal(5);
  });

  it('can fail once, and the store has then failed for good', () => {
    disk.failNextSync = true;
    store.append(linesFor(store, 5, 1));
    const first = sync(null);
    run();
    const second = sync(2);
    run();
    expect([...first, ...second].map((fault) => fault?.code)).to.deep.equal([
      'ERR_STORAGE_IO',
      'ERR_STORAGE_IO',
    ]);
    expect(disk.durableVote.term).to.equal(1);
    store.stop();
    expect(start().lastIndex).to.equal(4);
  });

  it('can be full', () => {
    disk.full = true;
    store.append(linesFor(store, 5, 1));
    const results = sync(null);
    run();
    expect(results[0]?.code).to.equal('ERR_STORAGE_FULL');
    expect(disk.durableLastIndex).to.equal(4);
  });

  it('serves one store at a time', () => {
    const second = new MemoryStore(disk, (task) => tasks.push(task));
    let code: string | undefined;
    second.recover((fault) => (code = fault?.code));
    run();
    expect(code).to.equal('ERR_DATA_DIR_LOCKED');
    store.append(linesFor(store, 5, 1));
    const results = sync(null);
    run();
    expect(results).to.deep.equal([null]);
  });
});
