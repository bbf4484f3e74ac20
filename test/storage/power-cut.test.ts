/**
 * What is found after a power cut between any two system calls, of a server's life and of the start
 * after it: nothing that was promised is missing, and nothing is there that was not written.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { clusterSeed } from '../../storage/lines.ts';
import type { VoteState } from '../../storage/store.ts';
import { ModelFiles, unsyncedBytes, unsyncedNames, until } from './model-files.ts';
import { CLUSTER, aVote, checksums, linesFor, openStore, recover, sync } from './support.ts';

/** What a server has been told that it may rely on, and what is on its way. */
interface Told {
  vote: VoteState;
  /** Chain checksums of the entries, by index. */
  log: readonly number[];
  /** What a sync in flight would make of it. */
  next: { vote: VoteState; log: readonly number[]; from: number } | null;
}

/** A short life: elections, appends, roll-overs and conflicts; `told` is kept up to date. */
async function life(files: ModelFiles, told: Told): Promise<void> {
  const store = await openStore(files, { segmentBytes: 700 });
  const { lastIndex, vote } = await recover(store);
  told.vote = vote;
  told.log = checksums(store, lastIndex);
  let end = lastIndex;
  let term = vote.term;
  const write = async (first: number, count: number, newTerm: boolean): Promise<void> => {
    if (newTerm) term++;
    store.append(linesFor(store, first, term, count, `t${term}`));
    end = first + count - 1;
    const wanted = newTerm ? aVote(term, null) : told.vote;
    told.next = { vote: wanted, log: checksums(store, end), from: first };
    await sync(store, newTerm ? wanted : null);
    told.vote = wanted;
    told.log = told.next.log;
    told.next = null;
  };
  await write(end + 1, 2, true);
  await write(end + 1, 3, false);
  await write(end - 1, 1, true);
  await write(end + 1, 2, false);
  store.stop();
  await store.closed();
}

/** Nothing told is missing, and nothing is there that was not written. */
async function expectKept(files: ModelFiles, told: Told, hint: string): Promise<void> {
  const store = await openStore(files);
  const { lastIndex, vote } = await recover(store);
  const found = checksums(store, lastIndex);
  expect(vote, hint).to.be.deep.oneOf([told.vote, told.next?.vote ?? told.vote]);
  const { next } = told;
  if (next !== null && found.length <= next.log.length) {
    // A prefix of the new log, from where it leaves the old one; or still the old one, below.
    const isNew = found.length >= next.from && found.every((sum, i) => sum === next.log[i]);
    if (isNew) return;
  }
  expect(found, hint).to.deep.equal(told.log);
}

describe('a power cut', () => {
  const fresh = (): Told => ({ vote: aVote(0, null), log: [], next: null });

  it('between any two calls leaves a directory that starts, with all that was promised', async function () {
    this.timeout(120_000);
    let states = 0;
    for (let cut = 0; ; cut++) {
      const files = new ModelFiles();
      const told = fresh();
      const ended = await lifeUntil(files, told, cut);
      for (const bytes of unsyncedBytes) {
        for (const names of unsyncedNames) {
          const hint = `cut before call ${cut} (after ${files.calls.at(-1)}), bytes ${bytes}, names ${names}`;
          const found = told.log.length === 0 ? { ...told, log: emptyLog } : told;
          await expectKept(files.powerCut(bytes, names), found, hint);
          states++;
        }
      }
      if (ended) break;
    }
    expect(states).to.be.above(500);
  });

  it('during a start after a power cut loses nothing either', async function () {
    this.timeout(120_000);
    for (let cut = 20; cut < 60; cut += 5) {
      for (const bytes of ['lost', 'kept', 'torn'] as const) {
        const first = new ModelFiles();
        const told = fresh();
        await lifeUntil(first, told, cut);
        const left = first.powerCut(bytes, 'kept');
        for (let second = 0; ; second++) {
          const files = left.killed();
          const ended = await startUntil(files, second);
          const known = told.log.length === 0 ? { ...told, log: emptyLog } : told;
          for (const fate of unsyncedBytes) {
            const hint = `cut before call ${cut} (${bytes}), then ${second} (${fate}) of the start`;
            await expectKept(files.powerCut(fate, 'lost'), known, hint);
            await expectKept(files.powerCut(fate, 'kept'), known, hint);
          }
          if (ended) break;
        }
      }
    }
  });

  it('after a start loses nothing that the start gave back, synced before it or not', async () => {
    // kill -9 leaves lines and votes in the page cache; a start reads them and answers by them.
    for (let cut = 20; cut < 100; cut++) {
      const files = new ModelFiles();
      await lifeUntil(files, fresh(), cut);
      const next = files.killed();
      const store = await openStore(next);
      const { lastIndex, vote } = await recover(store);
      const log = checksums(store, lastIndex);
      const after = next.powerCut('lost', 'lost');
      await expectKept(after, { vote, log, next: null }, `killed before call ${cut}`);
    }
  });
});

/** Before anything was told: the log is empty. */
const emptyLog = [clusterSeed(CLUSTER, crc32)];

/** Lives until call `cut`, which fails like all after it; true when it lived to its end. */
async function lifeUntil(files: ModelFiles, told: Told, cut: number): Promise<boolean> {
  return until(files, cut, () => life(files, told));
}

async function startUntil(files: ModelFiles, cut: number): Promise<boolean> {
  return until(files, cut, async () => {
    await recover(await openStore(files));
  });
}
