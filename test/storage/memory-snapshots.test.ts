/**
 * The crash model of snapshots in memory: the simulator finds no more than this allows.
 */
import { expect } from 'chai';
import { crc32 } from '../../storage/crc32.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { SnapshotReceiver } from '../../storage/snapshots/snapshot-store.ts';
import type { Recovered, StorageFault } from '../../storage/store.ts';
import { aSnapshot, sinkAt, someItems } from './snapshot-support.ts';
import { aVote, linesFor, seededRandom } from './support.ts';

type Faults = (StorageFault | null)[];

describe('snapshots of a disk in memory', () => {
  let disk: MemoryDisk;
  let store: MemoryStore;
  let tasks: (() => void)[];

  const run = (): void => {
    while (tasks.length > 0) tasks.shift()?.();
  };
  /** Of what is to be done, the next thing. */
  const next = (): void => tasks.shift()?.();
  const start = (): Recovered => {
    tasks = [];
    store = new MemoryStore(disk, (task) => tasks.push(task));
    let found: Recovered | null = null;
    store.recover((_, recovered) => (found = recovered));
    run();
    return found!;
  };
  const grow = (first: number, count: number, term = 1): void => {
    store.append(linesFor(store, first, term, count));
    store.sync(aVote(term), () => undefined);
    run();
  };
  /** Saves at `index` as far as `finish` was called. */
  const saving = (index: number): Faults => {
    const faults: Faults = [];
    const sink = sinkAt(store, index);
    sink.write(someItems(4), () => undefined);
    run();
    sink.finish((fault) => faults.push(fault));
    return faults;
  };
  const theirs = aSnapshot({ index: 9, term: 1, time: 0, checksum: 77 }, someItems(6));
  const receiving = (): SnapshotReceiver => {
    const receiver = store.receiveSnapshot(theirs.info);
    for (const chunk of theirs.chunks) {
      receiver.write(receiver.offset, chunk, () => undefined);
      run();
    }
    return receiver;
  };
  /** The states found after crashes by many a chance, each once. */
  const crashes = (prepare: () => void): string[] => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      begin();
      prepare();
      disk.crash(seededRandom(seed));
      const { snapshot, base, lastIndex } = start();
      seen.add(`${snapshot?.index ?? 0}: ${base.index + 1}..${lastIndex}`);
    }
    return [...seen].sort();
  };
  const begin = (): void => {
    disk = new MemoryDisk('c1', crc32);
    start();
    for (const first of [1, 3, 5]) grow(first, 2);
  };

  beforeEach(begin);

  it('are not there before they are finished, and wholly there after', () => {
    const early = crashes(() => {
      sinkAt(store, 4).write(someItems(4), () => undefined);
      run();
    });
    expect(early).to.deep.equal(['0: 1..6']);
    const amid = crashes(() => {
      saving(4);
      next();
    });
    expect(amid).to.deep.equal(['0: 1..6', '4: 1..6']);
    const late = crashes(() => {
      saving(4);
      run();
    });
    expect(late).to.deep.equal(['4: 1..6']);
  });

  it('let go of a log from its beginning, and no further than asked', () => {
    const amid = crashes(() => {
      saving(4);
      run();
      store.compact(4, () => undefined);
    });
    expect(amid).to.deep.equal(['4: 1..6', '4: 3..6', '4: 5..6']);
  });

  it('take the place of a log as one: all of it is old, or all of it new', () => {
    const amid = crashes(() => {
      receiving().finish(false, () => undefined);
      next();
    });
    expect(amid).to.deep.equal(['0: 1..6', '9: 10..9']);
  });

  it('wait for a stalled disk, and for a sync in flight', () => {
    const faults = saving(4);
    disk.stall();
    run();
    expect(faults).to.deep.equal([]);
    disk.unstall();
    run();
    expect(faults).to.deep.equal([null]);

    store.append(linesFor(store, 7, 1, 1));
    const receiver = receiving();
    const order: string[] = [];
    store.sync(null, () => order.push('synced'));
    receiver.finish(false, () => order.push('installed'));
    run();
    expect(order).to.deep.equal(['synced', 'installed']);
    expect(store.firstIndex()).to.equal(10);
  });

  it('fail for good with a disk that fails, and alone on one that is full', () => {
    disk.full = true;
    const sink = sinkAt(store, 4);
    const full: Faults = [];
    sink.write(someItems(2), (fault) => full.push(fault));
    run();
    expect(full.map((fault) => fault?.code)).to.deep.equal(['ERR_STORAGE_FULL']);
    disk.full = false;
    grow(7, 1);
    expect(disk.durableLastIndex).to.equal(7);

    const failed = saving(4);
    disk.failNextSync = true;
    run();
    expect(failed[0]?.code).to.equal('ERR_STORAGE_IO');
    const after: Faults = [];
    store.sync(aVote(2), (fault) => after.push(fault));
    run();
    expect(after[0]?.code).to.equal('ERR_STORAGE_IO');
    store.stop();
    expect(start()).to.deep.include({ snapshot: null, lastIndex: 7 });
  });

  it('leave the store and the log alone when the disk is full as one is installed', () => {
    const full: Faults = [];
    const receiver = receiving();
    disk.full = true;
    receiver.finish(false, (fault) => full.push(fault));
    run();
    expect(full.map((fault) => fault?.code)).to.deep.equal(['ERR_STORAGE_FULL']);
    expect(disk.durableSnapshot).to.equal(null);
    disk.full = false;
    grow(7, 1);
    expect(disk.durableLastIndex).to.equal(7);

    const installed: Faults = [];
    receiving().finish(false, (fault) => installed.push(fault));
    run();
    expect(installed).to.deep.equal([null]);
    expect(store.firstIndex()).to.equal(10);
  });

  it('refuse lines that would go to a log about to be replaced', () => {
    receiving().finish(false, () => undefined);
    next();
    expect(() => store.append(linesFor(store, 7, 1, 1))).to.throw('replaced');
    run();
    store.append(linesFor(store, 10, 1, 1));
  });
});
