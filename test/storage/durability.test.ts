/**
 * When things reach the disk: the order of the system calls, and what a call that fails does.
 */
import { expect } from 'chai';
import sinon from 'sinon';
import { ModelFiles, errno } from './model-files.ts';
import { DIR, aVote, codeOf, linesFor, openStore, recover, sync } from './support.ts';

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

  it('as one file is closed keeps neither the others nor the lock, and is told', async () => {
    // The log, both copies of the vote, the proof of sync, a snapshot on its way, and the lock.
    const openAtStop = 6;
    for (let failing = 0; failing < openAtStop; failing++) {
      const files = new ModelFiles();
      const store = await openStore(files);
      await recover(store);
      store.append(linesFor(store, 1, 1));
      await sync(store, aVote(1));
      const meta = { index: 1, term: 1, time: 10, checksum: store.checksumAt(1), extra: {} };
      await new Promise((done) => store.saveSnapshot(meta).write(['{}'], done));
      expect(files.openFiles).to.equal(openAtStop);
      const close = files.close.bind(files);
      let closed = 0;
      files.close = async (fd) => {
        await close(fd);
        if (closed++ === failing) throw errno('EIO');
      };
      store.stop();
      expect(await codeOf(store.closed()), `close ${failing}`).to.equal('ERR_STORAGE_IO');
      expect(files.openFiles, `close ${failing}`).to.equal(0);
    }
  });

  it('as a full segment is closed leaves no descriptor to be closed twice', async () => {
    const files = new ModelFiles();
    const store = await openStore(files, { segmentBytes: 1 });
    await recover(store);
    const close = files.close.bind(files);
    files.close = async (fd) => {
      await close(fd);
      files.close = close;
      throw errno('EIO');
    };
    store.append(linesFor(store, 1, 1));
    expect(await codeOf(sync(store, aVote(1)))).to.equal('ERR_STORAGE_IO');
    store.stop();
    expect(await codeOf(store.closed()), 'its number may be another file’s by now').to.equal(
      'none',
    );
    expect(files.openFiles).to.equal(0);
  });
});

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
