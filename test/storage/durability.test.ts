/**
 * When things reach the disk: the order of the system calls, what failures do, and what is found
 * after a power cut between any two of them.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import sinon from 'sinon';
import { clusterSeed } from '../../storage/lines.ts';
import type { VoteState } from '../../storage/store.ts';
import { ModelFiles, errno, unsyncedBytes, unsyncedNames } from './model-files.ts';
import {
  CLUSTER,
  DIR,
  aVote,
  checksums,
  codeOf,
  linesFor,
  openStore,
  recover,
  sync,
} from './support.ts';

const LOG = `${DIR}/log-000000000001.jsonl`;
const A = `${DIR}/vote-a.jsonl`;
const B = `${DIR}/vote-b.jsonl`;
const SYNCED = `${DIR}/synced.jsonl`;

describe('the order of durability', () => {
  it('is vote A, fsync, vote B, fsync, then the lines, fsync, and then done', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    files.calls.length = 0;
    store.append(linesFor(store, 1, 1, 2));
    store.append(linesFor(store, 3, 1, 2));
    await sync(store, aVote(1));
    expect(files.calls).to.deep.equal([
      `write ${A}`,
      `fsync ${A}`,
      `write ${B}`,
      `fsync ${B}`,
      `write ${LOG}`,
      `fsync ${LOG}`,
    ]);
  });

  it('makes a new segment’s name durable, too, before it is done', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 1, 2));
    await sync(store, aVote(1));
    files.calls.length = 0;
    store.append(linesFor(store, 2, 2));
    await sync(store);
    const next = `${DIR}/log-000000000002.jsonl`;
    expect(files.calls).to.deep.equal([
      `open ${next}`,
      `write ${next}`,
      `fsync ${next}`,
      `fsync ${DIR}`,
    ]);
  });

  it('continues a short write, and the line is whole', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    files.writeBytes = 17;
    store.append(linesFor(store, 1, 1, 3));
    store.append(linesFor(store, 4, 1, 3));
    await sync(store, aVote(1));
    const after = files.powerCut();
    const again = await openStore(after);
    expect((await recover(again)).lastIndex).to.equal(6);
  });

  it('repeats the proof of sync a little later, once for many syncs, at no fsync', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      for (const index of [1, 2, 3]) {
        store.append(linesFor(store, index, 1));
        await sync(store, aVote(1));
      }
      files.calls.length = 0;
      await clock.tickAsync(3_600_000);
      expect(files.calls).to.deep.equal([`write ${SYNCED}`]);
    } finally {
      clock.restore();
    }
    const text = new TextDecoder().decode(files.get(SYNCED)).split('\n').at(-2);
    expect(text).to.contain('"index":3');
  });

  it('keeps the small files small, and their last line', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    const bound = 64 * 1024;
    let rewrites = 0;
    for (let term = 1; term <= 2_000; term++) {
      const before = files.get(B).length;
      await sync(store, aVote(term));
      if (files.get(B).length < before) rewrites++;
      expect(files.get(A).length).to.be.at.most(bound);
    }
    expect(rewrites).to.be.above(1);
    const { vote } = await recover(await openStore(files.powerCut()));
    expect(vote).to.deep.equal(aVote(2_000));
  });

  it('does not call back while an fsync has not', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    for (const [i, path] of [A, B, LOG].entries()) {
      store.append(linesFor(store, i + 1, 1));
      const reached = gate();
      const released = gate();
      const real = files.sync.bind(files);
      files.sync = async (fd) => {
        await real(fd);
        if (files.calls.at(-1) !== `fsync ${path}`) return;
        reached.open();
        await released.opened;
      };
      let done = false;
      const finished = sync(store, aVote(1)).then(() => (done = true));
      await reached.opened;
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(done, path).to.equal(false);
      released.open();
      await finished;
      files.sync = real;
    }
  });
});

describe('a disk that fails', () => {
  for (const [error, code] of [
    ['EIO', 'ERR_STORAGE_IO'],
    ['EROFS', 'ERR_STORAGE_IO'],
    ['ENOSPC', 'ERR_STORAGE_FULL'],
    ['EDQUOT', 'ERR_STORAGE_FULL'],
  ] as const) {
    it(`says ${code} for ${error}, and nothing ever after succeeds`, async () => {
      for (const failing of [`write ${A}`, `fsync ${B}`, `write ${LOG}`, `fsync ${LOG}`]) {
        const files = new ModelFiles();
        const store = await openStore(files);
        await recover(store);
        files.beforeCall = (call) => {
          if (call === failing) throw errno(error);
        };
        store.append(linesFor(store, 1, 1));
        expect(await codeOf(sync(store, aVote(1))), failing).to.equal(code);
        files.beforeCall = () => undefined;
        files.calls.length = 0;
        // An fsync retried would succeed: the kernel has marked the lost pages clean (ATC'20).
        expect(await codeOf(sync(store, aVote(1))), failing).to.equal(code);
        store.append(linesFor(store, 2, 1));
        expect(await codeOf(sync(store)), failing).to.equal(code);
        expect(files.calls).to.deep.equal([]);
      }
    });
  }

  it('is told at the start with its errno, and never taken for an empty directory', async () => {
    for (const error of ['EACCES', 'EMFILE', 'EIO', 'ELOOP']) {
      const files = new ModelFiles();
      const store = await openStore(files);
      await recover(store);
      const before = files.paths().map((path) => files.get(path));
      const again = files.killed();
      again.readFile = (path) => Promise.reject(errno(error, path));
      expect(await codeOf(openStore(again)), error).to.equal('ERR_STORAGE_IO');
      expect(files.paths().map((path) => files.get(path))).to.deep.equal(before);
    }
  });

  it('leaves no descriptor open after a stop', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 1));
    store.sync(aVote(1), () => undefined);
    store.stop();
    await store.closed();
    expect(files.openFiles).to.equal(0);
    const failing = files.killed();
    const second = await openStore(failing);
    await recover(second);
    failing.beforeCall = () => {
      throw errno('EIO');
    };
    expect(await codeOf(sync(second, aVote(2)))).to.equal('ERR_STORAGE_IO');
    second.stop();
    await second.closed();
    expect(failing.openFiles).to.equal(0);
  });
});

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

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
    for (let cut = 20; cut < 60; cut += 3) {
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

async function until(files: ModelFiles, cut: number, run: () => Promise<void>): Promise<boolean> {
  let calls = 0;
  files.beforeCall = () => {
    if (calls++ >= cut) throw errno('EIO', 'power cut');
  };
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
