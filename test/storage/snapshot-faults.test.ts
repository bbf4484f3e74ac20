/**
 * Snapshots on a disk that is full, fails or rots: what is given up, what is final, what is
 * refused.
 */
import { expect } from 'chai';
import { join } from 'node:path';
import type { DiskStore } from '../../storage/disk-store.ts';
import type { SnapshotInfo } from '../../storage/snapshots/snapshot-store.ts';
import { ModelFiles, errno } from './model-files.ts';
import {
  aSnapshot,
  chunksOf,
  grow,
  install,
  load,
  receive,
  save,
  settled,
  sinkAt,
  someItems,
} from './snapshot-support.ts';
import { DIR, aVote, codeOf, openStore, recover, sync } from './support.ts';

const FILE = join(DIR, 'snapshot-000000000005.jsonl');
const temporary = (files: ModelFiles): string[] => files.paths().filter((p) => p.endsWith('.tmp'));

/** A store with six entries of term 1. */
async function aStore(files: ModelFiles): Promise<DiskStore> {
  const store = await openStore(files, { segmentBytes: 300 });
  await recover(store);
  for (const first of [1, 3, 5]) await grow(store, first, 2);
  return store;
}

/** Fails every call of `kind` on a path that has `part` in it. */
function failing(files: ModelFiles, code: string, kind: string, part: string): void {
  files.beforeCall = (call) => {
    if (call.startsWith(kind) && call.includes(part)) throw errno(code, call);
  };
}

/** The disk is full for calls that begin with `call`, from the moment a file has been renamed. */
function fullOnceRenamed(files: ModelFiles, call: string): void {
  let renamed = false;
  files.beforeCall = (made) => {
    renamed ||= made.startsWith('rename');
    if (renamed && made.startsWith(call)) throw errno('ENOSPC', made);
  };
}

describe('a full disk', () => {
  for (const kind of ['open', 'write', 'fsync', 'rename']) {
    it(`at "${kind}" of a snapshot gives up the snapshot, and nothing else`, async () => {
      const files = new ModelFiles();
      const store = await aStore(files);
      failing(files, 'ENOSPC', kind, 'snapshot-');
      expect(await codeOf(save(store, 5, someItems(9)))).to.equal('ERR_STORAGE_FULL');
      expect(temporary(files)).to.deep.equal([]);
      expect(store.snapshot()).to.equal(null);
      await grow(store, 7, 1);
      // When there is space again
      files.beforeCall = () => undefined;
      const saved = await save(store, 5, someItems(9));
      expect(await recover(await openStore(files.powerCut()))).to.deep.include({
        snapshot: saved,
        lastIndex: 7,
      });
    });
  }

  it('while a snapshot is received gives up that one, and the log goes on', async () => {
    const files = new ModelFiles();
    const store = await aStore(files);
    const { info, chunks } = aSnapshot({ index: 20, term: 1, time: 0, checksum: 9 }, someItems(9));
    failing(files, 'ENOSPC', 'write', 'snapshot-');
    expect(await codeOf(receive(store, info, chunks))).to.equal('ERR_STORAGE_FULL');
    expect(temporary(files)).to.deep.equal([]);
    await grow(store, 7, 1);
    files.beforeCall = () => undefined;
    await install(store, info, chunks, false);
    expect(store.firstIndex()).to.equal(21);
  });
});

describe('a disk that fails under a snapshot', () => {
  for (const kind of ['open', 'write', 'fsync', 'rename']) {
    it(`at "${kind}" has failed for good: no later sync is believed`, async () => {
      const files = new ModelFiles();
      const store = await aStore(files);
      failing(files, 'EIO', kind, 'snapshot-');
      expect(await codeOf(save(store, 5, someItems(9)))).to.equal('ERR_STORAGE_IO');
      files.beforeCall = () => undefined;
      expect(await codeOf(sync(store, aVote(2)))).to.equal('ERR_STORAGE_IO');
    });
  }

  it('after the rename has failed for good, full or not: the snapshot may be there', async () => {
    const files = new ModelFiles();
    const store = await aStore(files);
    fullOnceRenamed(files, `fsync ${DIR}`);
    expect(await codeOf(save(store, 5, someItems(9)))).to.equal('ERR_STORAGE_IO');
    expect(await codeOf(sync(store, aVote(2)))).to.equal('ERR_STORAGE_IO');
  });

  it('as the log gives way to a received one has failed for good: none may ask for another', async () => {
    const files = new ModelFiles();
    const store = await aStore(files);
    const { info, chunks } = aSnapshot({ index: 20, term: 1, time: 0, checksum: 9 }, someItems(9));
    fullOnceRenamed(files, 'open');
    expect(await codeOf(install(store, info, chunks, false))).to.equal('ERR_STORAGE_IO');
    // Then space is free again, and the server starts again
    files.beforeCall = () => undefined;
    expect(await codeOf(sync(store, aVote(2)))).to.equal('ERR_STORAGE_IO');
    store.stop();
    await store.closed();
    expect(await recover(await openStore(files))).to.deep.include({
      snapshot: info,
      lastIndex: 20,
    });
  });

  it('before it, by a full disk, gives up no snapshot alone: the store is not there for the next', async () => {
    const files = new ModelFiles();
    const store = await aStore(files);
    failing(files, 'ENOSPC', 'write', 'log-');
    expect(await codeOf(grow(store, 7, 1))).to.equal('ERR_STORAGE_FULL');
    files.beforeCall = () => undefined;
    const { info, chunks } = aSnapshot({ index: 20, term: 1, time: 0, checksum: 9 }, someItems(9));
    expect(await codeOf(install(store, info, chunks, false))).to.equal('ERR_STORAGE_IO');
  });

  it('while a segment is let go of has failed for good', async () => {
    const files = new ModelFiles();
    const store = await aStore(files);
    await save(store, 5, someItems(3));
    failing(files, 'EIO', 'remove', 'log-');
    expect(await codeOf(settled((done) => store.compact(5, done)))).to.equal('ERR_STORAGE_IO');
    expect(await codeOf(sync(store, aVote(2)))).to.equal('ERR_STORAGE_IO');
  });

  it('leaves no descriptor open, nor what a stop or an abort cut short', async () => {
    const files = new ModelFiles();
    const store = await aStore(files);
    const aborted = sinkAt(store, 5);
    aborted.write(someItems(3), () => undefined);
    aborted.abort();
    await save(store, 4, someItems(3));
    expect(temporary(files)).to.deep.equal([]);
    const source = store.openSnapshot()!;
    await settled<Uint8Array>((done) => source.read(0, 10, done));
    sinkAt(store, 5).write(someItems(3), () => undefined);
    store.stop();
    source.close();
    await store.closed();
    expect(files.openFiles).to.equal(0);
    await recover(await openStore(files));
    expect(temporary(files)).to.deep.equal([]);
  });

  it('leaves no descriptor open of one that was being sent: a server that has failed closes nothing', async () => {
    for (const fails of [false, true]) {
      const files = new ModelFiles();
      const store = await aStore(files);
      await save(store, 4, someItems(3));
      const [first, second] = [store.openSnapshot()!, store.openSnapshot()!];
      await settled<Uint8Array>((done) => first.read(0, 10, done));
      second.read(0, 10, () => undefined);
      if (fails) {
        failing(files, 'EIO', 'write', 'vote-');
        expect(await codeOf(sync(store, aVote(2)))).to.equal('ERR_STORAGE_IO');
      }
      store.stop();
      await store.closed();
      expect(files.openFiles, fails ? 'failed' : 'stopped').to.equal(0);
      first.close();
    }
  });
});

describe('a snapshot at rest', () => {
  let files: ModelFiles;
  let info: SnapshotInfo;

  before(async () => {
    const whole = new ModelFiles();
    const store = await aStore(whole);
    await save(store, 3, someItems(2));
    info = await save(store, 5, someItems(6));
    await settled((done) => store.compact(5, done));
    files = whole.powerCut();
  });

  const damaged = (change: (bytes: Uint8Array) => Uint8Array): ModelFiles => {
    const copy = files.killed();
    copy.put(FILE, change(copy.get(FILE).slice()));
    return copy;
  };

  it('is refused whichever bit of it has flipped, with its file and an offset', async () => {
    const { length } = files.get(FILE);
    for (let at = 0; at < length; at++) {
      const copy = damaged((bytes) => {
        bytes[at]! ^= 1 << (at % 8);
        return bytes;
      });
      const fault = await recover(await openStore(copy)).then(
        () => null,
        (error: unknown) => error as { code: string; file: string; offset: number },
      );
      expect(fault?.code, `byte ${at}`).to.be.oneOf(['ERR_SNAPSHOT_CORRUPT', 'ERR_FORMAT_UNKNOWN']);
      expect(fault?.file).to.equal(FILE);
      expect(fault?.offset).to.be.within(0, at);
    }
  });

  it('is refused wherever it is cut, at line ends too, and when something was added', async () => {
    const { length } = files.get(FILE);
    for (let size = 0; size < length; size++) {
      const copy = damaged((bytes) => bytes.slice(0, size));
      expect(await codeOf(openStore(copy).then(recover)), `cut at ${size}`).to.equal(
        'ERR_SNAPSHOT_CORRUPT',
      );
    }
    const lines = new TextDecoder().decode(files.get(FILE)).split(/(?<=\n)/);
    for (let i = 0; i < lines.length; i++) {
      for (const changed of [lines.toSpliced(i, 1), lines.toSpliced(i, 0, lines[i]!)]) {
        const copy = damaged(() => new TextEncoder().encode(changed.join('')));
        expect(await codeOf(openStore(copy).then(recover)), `line ${i}`).to.equal(
          'ERR_SNAPSHOT_CORRUPT',
        );
      }
    }
  });

  it('is refused when it is another cluster’s, or has the name of another entry', async () => {
    const others = files.killed();
    const moved = others.get(FILE);
    others.delete(FILE);
    others.put(FILE.replace('5.jsonl', '6.jsonl'), moved);
    expect(await codeOf(openStore(others).then(recover))).to.equal('ERR_SNAPSHOT_CORRUPT');
  });

  it('is not passed over in silence for an older one that is intact', async () => {
    const copy = damaged((bytes) => bytes.slice(0, -5));
    const older = aSnapshot({ index: 3, term: 1, time: 0, checksum: 1 }, []);
    copy.put(FILE.replace('5.jsonl', '3.jsonl'), Buffer.concat(older.chunks));
    expect(await codeOf(openStore(copy).then(recover))).to.equal('ERR_SNAPSHOT_CORRUPT');
    expect(copy.paths()).to.include(FILE);
  });

  it('that is older goes when a newer one was found whole, and what is unfinished goes', async () => {
    const copy = files.killed();
    copy.put(FILE.replace('5.jsonl', '3.jsonl'), Buffer.from('nobody reads this'));
    copy.put(`${FILE.replace('5.jsonl', '6.jsonl')}.1.tmp`, Buffer.from('half'));
    expect((await recover(await openStore(copy))).snapshot).to.deep.equal(info);
    expect(copy.paths().filter((path) => path.includes('snapshot'))).to.deep.equal([FILE]);
  });

  it('is missed when the log does not reach down without it, or not down to it', async () => {
    const without = files.killed();
    without.delete(FILE);
    expect(await codeOf(openStore(without).then(recover))).to.equal('ERR_LOG_CORRUPT');
    const older = aSnapshot({ index: 3, term: 1, time: 0, checksum: 1 }, []);
    without.put(FILE.replace('5.jsonl', '3.jsonl'), Buffer.concat(older.chunks));
    expect(await codeOf(openStore(without).then(recover))).to.equal('ERR_LOG_CORRUPT');
  });

  it('with its whole log before it needs no compaction to be started from', async () => {
    const plain = new ModelFiles();
    const store = await aStore(plain);
    const saved = await save(store, 2, someItems(3));
    const found = await recover(await openStore(plain.powerCut()));
    expect(found).to.deep.include({ snapshot: saved, base: { index: 0, term: 0 }, lastIndex: 6 });
  });

  it('rots under a running server: it is neither loaded nor sent, and the server stops', async () => {
    for (const use of [load, chunksOf]) {
      const running = files.killed();
      const store = await openStore(running);
      await recover(store);
      running.put(
        FILE,
        running.get(FILE).map((byte, i) => (i === 300 ? byte ^ 1 : byte)),
      );
      expect(await codeOf(use(store))).to.equal('ERR_SNAPSHOT_CORRUPT');
      expect(await codeOf(sync(store, aVote(2)))).to.equal('ERR_SNAPSHOT_CORRUPT');
    }
  });
});
