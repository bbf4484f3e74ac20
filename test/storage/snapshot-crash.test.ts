/**
 * Snapshots and power cuts: whatever call of saving, compacting or installing is the last one, a start
 * finds the old state or the new one, never a mix (I26), and no promised entry is missing.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { clusterSeed } from '../../storage/lines.ts';
import type { Store } from '../../storage/store.ts';
import { ModelFiles, unsyncedBytes, unsyncedNames, until } from './model-files.ts';
import {
  aSnapshot,
  grow,
  install,
  load,
  save,
  settled,
  sinkAt,
  someItems,
} from './snapshot-support.ts';
import { CLUSTER, aVote, linesFor, openStore, recover, sync } from './support.ts';

/** What a directory holds, as far as it was promised. */
interface State {
  /** 0: none. */
  readonly snapshot: number;
  /** Chain checksums by index; unknown where a snapshot took the place of entries. */
  readonly sums: readonly (number | undefined)[];
}

/** The states that a start may find: what was there, and what the step in flight makes of it. */
type Told = { states: readonly State[] };

const empty: State = { snapshot: 0, sums: [clusterSeed(CLUSTER, crc32)] };
const itemsOf = (index: number): string[] => someItems(5, `s${index}-`);

class Life {
  readonly #store: Store;
  readonly #told: Told;
  #now: State = empty;

  constructor(store: Store, told: Told) {
    this.#store = store;
    this.#told = told;
  }

  /** All of it. Every kind of step comes with and without entries to keep, and twice. */
  async run(): Promise<void> {
    await this.grow(1, 3, 1);
    await this.grow(4, 3, 1);
    await this.grow(7, 3, 1);
    await this.save(5, 1);
    await this.grow(8, 3, 2);
    await this.compact(5);
    await this.saveWhileSyncing(7, 1, 11);
    await this.compact(7);
    await this.save(10, 2);
    await this.compact(10);
    // A conflict leaves a segment without an entry that counts, to be let go of all the same.
    await this.grow(11, 3, 3);
    await this.grow(14, 3, 3);
    await this.save(15, 3);
    await this.compact(15);
    await this.install(20, 3, null);
    await this.grow(21, 2, 3);
    await this.grow(23, 3, 3);
    await this.install(24, 3, this.#store.checksumAt(24));
    await this.compact(24);
    // The log goes further than the snapshot, and has another history there.
    await this.install(25, 4, null);
    await this.grow(26, 2, 4);
  }

  async grow(first: number, count: number, term: number): Promise<void> {
    this.#store.append(linesFor(this.#store, first, term, count, `t${term}`));
    await this.#step(this.#prefixes(first, count), () => sync(this.#store, aVote(term)));
  }

  async save(index: number, term: number): Promise<void> {
    const next = { ...this.#now, snapshot: index };
    await this.#step([next], async () => {
      await save(this.#store, index, itemsOf(index), term);
    });
  }

  /** Appends an entry and syncs it in the midst of a save. */
  async saveWhileSyncing(index: number, term: number, first: number): Promise<void> {
    this.#store.append(linesFor(this.#store, first, 2, 1, 'meanwhile'));
    const logs = [this.#now, ...this.#prefixes(first, 1)];
    const both = logs.flatMap((state) => [state, { ...state, snapshot: index }]);
    await this.#step(both, async () => {
      const sink = sinkAt(this.#store, index, term);
      const writing = settled((done) => sink.write(itemsOf(index), done));
      const syncing = sync(this.#store);
      await writing;
      await Promise.all([settled((done) => sink.finish(done)), syncing]);
    });
  }

  async compact(through: number): Promise<void> {
    await this.#step([], async () => {
      await settled((done) => this.#store.compact(through, done));
    });
  }

  /** `checksum`: that of the log's own entry, which then stays with what follows it. */
  async install(index: number, term: number, checksum: number | null): Promise<void> {
    const position = { index, term, time: 0, checksum: checksum ?? 1_000 + index };
    const { info, chunks } = aSnapshot(position, itemsOf(index));
    await sync(this.#store, aVote(term));
    const sums = checksum === null ? new Array<undefined>(index) : this.#now.sums;
    const next = {
      snapshot: index,
      sums: checksum === null ? [...sums, position.checksum] : sums,
    };
    await this.#step([next], () => install(this.#store, info, chunks, checksum !== null));
  }

  /** The last of `next` is what is there when all went well. */
  async #step(next: readonly State[], run: () => Promise<void>): Promise<void> {
    this.#told.states = [this.#now, ...next];
    await run();
    this.#now = next.at(-1) ?? this.#now;
    this.#told.states = [this.#now];
  }

  #prefixes(first: number, count: number): State[] {
    const kept = this.#now.sums.slice(0, first);
    return Array.from({ length: count + 1 }, (_, more) => {
      const added = Array.from({ length: more }, (__, i) => this.#store.checksumAt(first + i));
      return { ...this.#now, sums: [...kept, ...added] };
    });
  }
}

/** The directory starts, and holds one of the states told. */
async function expectOneOf(files: ModelFiles, told: Told, hint: string): Promise<void> {
  const store = await openStore(files);
  const { snapshot, base, lastIndex } = await recover(store);
  const index = snapshot?.index ?? 0;
  expect(base.index, hint).to.be.at.most(index);
  expect(store.firstIndex(), hint).to.equal(base.index + 1);
  const found = Array.from({ length: lastIndex - base.index + 1 }, (_, i) => {
    return store.checksumAt(base.index + i);
  });
  const fits = told.states.some(({ snapshot: wanted, sums }) => {
    if (index !== wanted || lastIndex !== sums.length - 1) return false;
    return found.every((sum, i) => sums[base.index + i] === sum);
  });
  expect(fits, `${hint}: snapshot ${index}, entries ${base.index + 1} to ${lastIndex}`).to.equal(
    true,
  );
  if (snapshot !== null) expect(await load(store), hint).to.deep.equal(itemsOf(index));
  // It is not only read: it can be written to, and started again.
  await grow(store, lastIndex + 1, 1, 9, 'after');
  store.stop();
  await store.closed();
  const again = await recover(await openStore(files.powerCut()));
  expect(again, hint).to.deep.include({ lastIndex: lastIndex + 1, snapshot });
}

async function lifeUntil(files: ModelFiles, told: Told, cut: number): Promise<boolean> {
  return until(files, cut, async () => {
    const store = await openStore(files, { segmentBytes: 300 });
    await recover(store);
    await new Life(store, told).run();
    store.stop();
    await store.closed();
  });
}

describe('a power cut amid snapshots', () => {
  it('leaves the old state or the new one, whichever call was the last', async function () {
    this.timeout(120_000);
    let starts = 0;
    let cut = 0;
    for (let ended = false; !ended; cut++) {
      const files = new ModelFiles();
      const told: Told = { states: [empty] };
      ended = await lifeUntil(files, told, cut);
      for (const bytes of unsyncedBytes) {
        for (const names of unsyncedNames) {
          const hint = `cut before call ${cut} (after ${files.calls.at(-1)}), bytes ${bytes}, names ${names}`;
          await expectOneOf(files.powerCut(bytes, names), told, hint);
          starts++;
        }
      }
    }
    expect(cut).to.be.above(170);
    expect(starts).to.be.above(1_700);
  });

  it('during the start after it changes nothing about that', async function () {
    this.timeout(120_000);
    for (let cut = 40; ; cut += 7) {
      const first = new ModelFiles();
      const told: Told = { states: [empty] };
      const ended = await lifeUntil(first, told, cut);
      const left = first.powerCut('kept', 'kept');
      for (let second = 0, started = false; !started; second++) {
        const files = left.killed();
        started = await until(files, second, async () => {
          await recover(await openStore(files));
        });
        const hint = `cut before call ${cut}, then before call ${second} of the start`;
        await expectOneOf(files.powerCut('lost', 'lost'), told, hint);
        await expectOneOf(files.powerCut('torn', 'kept'), told, hint);
      }
      if (ended) break;
    }
  });

  it('after a kill and a start finds what that start relied on', async function () {
    this.timeout(120_000);
    for (let cut = 60; ; cut += 1) {
      const files = new ModelFiles();
      const told: Told = { states: [empty] };
      const ended = await lifeUntil(files, told, cut);
      // The process was killed: a start reads what is only in the cache, then the power goes.
      const next = files.killed();
      await recover(await openStore(next));
      await expectOneOf(next.powerCut('lost', 'lost'), told, `killed before call ${cut}`);
      if (ended) break;
    }
  });
});
