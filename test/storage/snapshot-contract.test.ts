/**
 * What a store promises about snapshots (§7), asked of both twins.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { checkLines, lastIndexOf } from '../../storage/lines.ts';
import type { SnapshotInfo } from '../../storage/snapshots/snapshot-store.ts';
import type { Store } from '../../storage/store.ts';
import {
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
import { aVote, codeOf, linesFor, recover, sync } from './support.ts';
import { twins, type Twin } from './twins.ts';

for (const [name, twinOf] of twins) {
  describe(`snapshots of a store ${name}`, () => {
    let twin: Twin;
    let store: Store;
    /** Another server's: a snapshot of entry 20, of term 2, in chunks. */
    let info: SnapshotInfo;
    let chunks: Uint8Array[];
    let theirs: string[];

    const reopen = async (): Promise<ReturnType<typeof recover>> => {
      await twin.close();
      store = await twin.open();
      return recover(store);
    };
    /** Small batches, so that there are segments to let go of. */
    const fill = async (from: number, to: number, term = 1, what?: string): Promise<void> => {
      for (let index = from; index <= to; index += 5) {
        await grow(store, index, Math.min(5, to - index + 1), term, what);
      }
    };

    before(async () => {
      const other = twinOf();
      store = await other.open();
      await recover(store);
      await fill(1, 10);
      await fill(11, 30, 2);
      theirs = someItems(40, 'their');
      info = await save(store, 20, theirs, 2);
      chunks = await chunksOf(store);
      await other.close();
      other.remove();
    });

    beforeEach(async () => {
      twin = twinOf();
      store = await twin.open();
      await recover(store);
    });

    afterEach(async () => {
      await twin.close();
      twin.remove();
    });

    it('gives back what was saved, at once and after a restart', async () => {
      await fill(1, 12);
      expect(store.snapshot()).to.equal(null);
      const items = someItems(100);
      const saved = await save(store, 7, items);
      expect(saved).to.include({ index: 7, term: 1, checksum: store.checksumAt(7) });
      expect(saved.extra).to.deep.equal({ voters: ['a'] });
      expect(store.snapshot()).to.deep.equal(saved);
      expect(await load(store)).to.deep.equal(items);
      const recovered = await reopen();
      expect(recovered.snapshot).to.deep.equal(saved);
      expect(recovered).to.deep.include({ base: { index: 0, term: 0 }, lastIndex: 12 });
      expect(await load(store)).to.deep.equal(items);
    });

    it('of equal states are equal to the byte, whichever server made them', async () => {
      await fill(1, 10);
      await fill(11, 22, 2);
      expect(await save(store, 20, theirs, 2)).to.deep.equal(info);
      expect(Buffer.concat(await chunksOf(store, 77))).to.deep.equal(Buffer.concat(chunks));
    });

    it('may hold nothing, and an item that is larger than a slice', async () => {
      await fill(1, 5);
      const sink = sinkAt(store, 2);
      await settled((done) => sink.write([], done));
      await settled((done) => sink.finish(done));
      expect(await load(store)).to.deep.equal([]);
      const whole = await chunksOf(store, 1e6);
      const source = store.openSnapshot()!;
      for (const offset of [0, whole[0]!.length]) {
        const bytes = await settled<Uint8Array>((done) => source.read(offset, 1e6, done));
        expect(bytes?.length).to.equal(offset === 0 ? whole[0]!.length : 0);
      }
      source.close();
      const items = [JSON.stringify('x'.repeat(300_000)), ...someItems(2)];
      await save(store, 3, items);
      await reopen();
      expect(await load(store)).to.deep.equal(items);
    });

    it('are of durable entries of this log only, rise, and are made one at a time', async () => {
      await fill(1, 5);
      store.append(linesFor(store, 6, 1, 1));
      expect(() => sinkAt(store, 6)).to.throw(RangeError);
      const meta = { index: 4, term: 1, time: 0, checksum: 1, extra: {} };
      expect(() => store.saveSnapshot(meta)).to.throw('not the one');
      await save(store, 4, []);
      expect(() => sinkAt(store, 4)).to.throw(RangeError);
      const sink = sinkAt(store, 5);
      expect(() => store.receiveSnapshot(info)).to.throw('being written');
      sink.abort();
    });

    it('leave nothing behind when they are given up, and another may begin at once', async () => {
      await fill(1, 5);
      const sink = sinkAt(store, 5);
      let called = false;
      sink.write(someItems(3), () => (called = true));
      sink.abort();
      const saved = await save(store, 5, someItems(2));
      expect(called).to.equal(false);
      expect(store.snapshot()).to.deep.equal(saved);
      expect((await reopen()).snapshot).to.deep.equal(saved);
    });

    it('let go of the log before them, whole segments of it, the oldest first', async () => {
      await fill(1, 200);
      const wholeLog = store.bytesSince(0);
      await save(store, 150, someItems(9));
      expect(() => store.compact(151, () => undefined)).to.throw(RangeError);
      await settled((done) => store.compact(150, done));
      const first = store.firstIndex();
      expect(first).to.be.within(60, 151);
      expect(store.bytesSince(first - 1)).to.be.below(wholeLog);
      const lines = store.read(first, 200, 1e6);
      expect(checkLines(lines, [{ firstIndex: 1, term: 1 }], [], crc32)).to.equal(null);
      expect(lines.seed).to.equal(store.checksumAt(first - 1));
      const before = store.checksumAt(200);
      const recovered = await reopen();
      expect(recovered.base.term).to.equal(1);
      expect(recovered.base.index).to.be.within(first - 1, 150);
      expect(recovered.lastIndex).to.equal(200);
      expect(store.firstIndex()).to.equal(recovered.base.index + 1);
      expect(store.checksumAt(200)).to.equal(before);
      await fill(201, 210);
      expect((await reopen()).lastIndex).to.equal(210);
    });

    it('compact nothing that is not wholly covered', async () => {
      await fill(1, 200);
      await save(store, 199, []);
      await settled((done) => store.compact(3, done));
      expect(store.firstIndex()).to.be.at.most(4);
      expect(lastIndexOf(store.read(store.firstIndex(), 200, 1e6))).to.equal(200);
    });

    it('§7 take the place of a log that is behind', async () => {
      await fill(1, 6);
      await sync(store, aVote(2));
      await install(store, info, chunks, false);
      expect(store.snapshot()).to.deep.equal(info);
      expect(store.firstIndex()).to.equal(21);
      expect(store.checksumAt(20)).to.equal(info.checksum);
      await grow(store, 21, 3, 2);
      const recovered = await reopen();
      expect(recovered).to.deep.include({ snapshot: info, base: { index: 20, term: 2 } });
      expect(recovered).to.deep.include({ lastIndex: 23, runs: [{ firstIndex: 21, term: 2 }] });
      expect(await load(store)).to.deep.equal(theirs);
    });

    it('§7 take the place of a log of another history, all of it', async () => {
      await fill(1, 40, 1, 'other');
      await sync(store, aVote(2));
      await install(store, info, chunks, false);
      expect(store.firstIndex()).to.equal(21);
      expect(() => store.read(22, 22, 1)).to.throw(RangeError);
      expect((await reopen()).lastIndex).to.equal(20);
      await grow(store, 21, 2, 2);
      expect((await reopen()).lastIndex).to.equal(22);
    });

    it('§7 keep the entries after them of a log that has their last one', async () => {
      await fill(1, 10);
      await fill(11, 25, 2);
      await install(store, info, chunks, true);
      expect(store.snapshot()).to.deep.equal(info);
      expect(store.firstIndex()).to.equal(1);
      const recovered = await reopen();
      expect(recovered).to.deep.include({ snapshot: info, lastIndex: 25 });
      expect(await load(store)).to.deep.equal(theirs);
      await settled((done) => store.compact(20, done));
      expect((await reopen()).lastIndex).to.equal(25);
    });

    it('§7 neither drop entries that follow them nor keep those of another history', async () => {
      await fill(1, 10);
      await fill(11, 25, 2);
      expect(await codeOf(install(store, info, chunks, false))).to.equal('ERR_DIVERGED');
      expect(await reopen()).to.deep.include({ snapshot: null, lastIndex: 25 });
      store.append(linesFor(store, 15, 3, 10, 'other'));
      await sync(store, aVote(3));
      expect(await codeOf(install(store, info, chunks, true))).to.equal('ERR_DIVERGED');
      expect(await reopen()).to.deep.include({ snapshot: null, lastIndex: 24 });
    });

    it('drop what was appended and not yet synced, where they take the place of the log', async () => {
      await fill(1, 4);
      await sync(store, aVote(2));
      store.append(linesFor(store, 5, 2, 2));
      await install(store, info, chunks, false);
      await sync(store, aVote(3));
      expect(store.firstIndex()).to.equal(21);
      expect((await reopen()).lastIndex).to.equal(20);
    });

    it('are no sooner on the disk than their term, and let votes through meanwhile', async () => {
      await fill(1, 4);
      const receiver = await receive(store, info, chunks);
      const installed = settled((done) => receiver.finish(false, done));
      await sync(store, aVote(1));
      await sync(store, aVote(1, 'b'));
      expect(store.snapshot()).to.equal(null);
      await sync(store, aVote(2));
      await installed;
      expect(store.snapshot()).to.deep.equal(info);
      expect((await reopen()).lastIndex).to.equal(20);
    });

    it('are refused when a chunk was bent, lost or doubled, and the store lives on', async () => {
      await fill(1, 4);
      await sync(store, aVote(2));
      const bent = chunks.map((chunk, i) => (i === 5 ? chunk.map((byte) => byte ^ 4) : chunk));
      const others = [
        bent,
        chunks.toSpliced(3, 1),
        chunks.toSpliced(3, 0, chunks[3]!),
        chunks.slice(0, -1),
        [],
      ];
      for (const received of others) {
        const receiver = await receive(store, info, received);
        const code = await codeOf(settled((done) => receiver.finish(false, done)));
        expect(code).to.equal('ERR_SNAPSHOT_CORRUPT');
        expect(store.snapshot()).to.equal(null);
      }
      await grow(store, 5, 1, 2);
      await install(store, info, chunks, false);
      expect(await load(store)).to.deep.equal(theirs);
    });

    it('are refused when they are whole, but not those that were announced', async () => {
      await sync(store, aVote(2));
      const changes = [
        ...[{ index: 19 }, { term: 1 }, { time: 5 }, { checksum: 3 }, { hash: 3 }],
        ...[{ sizeBytes: 3 }, { extra: { voters: ['b'] } }],
      ];
      for (const change of changes) {
        const receiver = await receive(store, { ...info, ...change }, chunks);
        const code = await codeOf(settled((done) => receiver.finish(false, done)));
        expect(code, JSON.stringify(change)).to.equal('ERR_SNAPSHOT_CORRUPT');
      }
    });

    it('take their chunks in order only, and none that is older than what is there', async () => {
      const receiver = await receive(store, info, chunks.slice(0, 2));
      expect(receiver.offset).to.equal(200);
      expect(() => receiver.write(0, chunks[0]!, () => undefined)).to.throw(RangeError);
      receiver.abort();
      await sync(store, aVote(2));
      await install(store, info, chunks, false);
      expect(() => store.receiveSnapshot(info)).to.throw(RangeError);
    });

    it('stay readable while newer ones take their place, and go when nobody reads them', async () => {
      await fill(1, 20);
      await save(store, 5, someItems(30, 'old'));
      const whole = Buffer.concat(await chunksOf(store));
      const source = store.openSnapshot()!;
      const first = await settled<Uint8Array>((done) => source.read(0, 100, done));
      await save(store, 10, someItems(2));
      await save(store, 15, someItems(2));
      const rest = await settled<Uint8Array>((done) => source.read(100, 1e6, done));
      expect(Buffer.concat([first!, rest!])).to.deep.equal(whole);
      source.close();
      expect((await reopen()).snapshot?.index).to.equal(15);
    });

    it('are refused, with the reason, by a state that does not understand them', async () => {
      await fill(1, 5);
      await save(store, 5, someItems(4));
      const refuse = (): never => {
        throw new Error('ERR_UNKNOWN_MACHINE: seats');
      };
      const loaded = settled((done) => store.loadSnapshot(refuse, done));
      const fault = await loaded.catch((error: unknown) => error as Error & { code: string });
      expect(fault).to.include({ code: 'ERR_SNAPSHOT_CORRUPT' });
      expect((fault as Error).message).to.include('ERR_UNKNOWN_MACHINE: seats');
    });

    it('call nobody back once the store is stopped', async () => {
      await fill(1, 5);
      const called: string[] = [];
      await save(store, 4, someItems(3));
      store.loadSnapshot(
        () => called.push('items'),
        () => called.push('loaded'),
      );
      const sink = sinkAt(store, 5);
      await settled((done) => sink.write(someItems(3), done));
      called.length = 0;
      sink.finish(() => called.push('finish'));
      await twin.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(called).to.deep.equal([]);
      store = await twin.open();
      await recover(store);
    });
  });
}
