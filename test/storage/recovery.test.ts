/**
 * What a start makes of damaged files: a torn last batch is cut, anything else is refused, and never
 * is an entry that was promised missing from a log that is given back.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { encodeLines } from '../../storage/lines.ts';
import type { Recovered } from '../../storage/store.ts';
import { FIRST, SECOND, SYNCED, ascii, faultOf, filesWith, start, textAt } from './damage.ts';
import { ModelFiles } from './model-files.ts';
import { aVote, codeOf, linesFor, openStore, recover, someEntries, sync } from './support.ts';

/** Where in `bytes` the synced line of each batch begins. */
function batchStarts(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  const buffer = Buffer.from(bytes);
  for (let at = buffer.indexOf('{"synced"'); at >= 0; at = buffer.indexOf('{"synced"', at + 1)) {
    starts.push(at);
  }
  return starts;
}

describe('a torn last batch', () => {
  let files: ModelFiles;
  let whole: Uint8Array;
  let last: number;
  let text: string[];

  before(async () => {
    files = await filesWith([2, 3, 3]);
    whole = files.get(FIRST);
    last = batchStarts(whole)[2]!;
    ({ text } = await start(files));
    expect(text.length).to.equal(8);
  });

  /** Every entry before the last batch, and after it only whole ones. */
  const expectCut = async (bytes: Uint8Array, hint: string): Promise<Recovered> => {
    const damaged = files.killed();
    damaged.put(FIRST, bytes);
    const once = await start(damaged);
    expect(once.recovered.lastIndex, hint).to.be.within(5, 8);
    expect(once.text, hint).to.deep.equal(text.slice(0, once.recovered.lastIndex));
    const twice = await start(once.files);
    expect(twice.text, `${hint}, started again`).to.deep.equal(once.text);
    expect(twice.recovered.tornBytes).to.equal(0);
    return once.recovered;
  };

  it('is cut wherever a power cut may have ended it, and the server starts', async () => {
    for (let size = last; size < whole.length; size++) {
      const { lastIndex, tornBytes } = await expectCut(whole.slice(0, size), `cut at ${size}`);
      const kept = text.slice(5, lastIndex).join('\n').length;
      expect(tornBytes, `cut at ${size}`).to.be.at.most(size - last);
      expect(kept).to.be.at.most(size - last);
    }
  });

  it('is cut where a run of NULs begins', async () => {
    for (let size = last; size < whole.length; size++) {
      await expectCut(whole.slice().fill(0, size), `NULs from ${size}`);
    }
  });

  it('is cut where garbage begins', async () => {
    for (let size = last; size < whole.length; size += 3) {
      const bytes = whole.slice();
      for (let at = size; at < bytes.length; at++) bytes[at] = (at * 7919) & 255;
      await expectCut(bytes, `garbage from ${size}`);
    }
  });

  it('is cut at a hole, when only records of the same batch follow (etcd #6378)', async () => {
    for (let size = last; size < whole.length; size += 5) {
      await expectCut(whole.slice().fill(0, size, size + 40), `hole at ${size}`);
    }
  });

  it('is cut when the power went while its segment was being made', async () => {
    const full = await filesWith([2, 3], { segmentBytes: 300 });
    expect(full.paths()).to.include(SECOND);
    const bytes = full.get(SECOND);
    const header = bytes.indexOf(0x0a) + 1;
    for (const size of [0, 1, header - 1, header, header + 20]) {
      const torn = full.killed();
      torn.put(SECOND, bytes.slice(0, size));
      const { recovered, files: after } = await start(torn);
      expect(recovered.lastIndex, `size ${size}`).to.equal(2);
      expect((await start(after)).recovered.lastIndex).to.equal(2);
    }
  });
});

describe('damage that is not a torn write', () => {
  it('is refused at every byte before the last batch, with file and offset', async () => {
    const files = await filesWith([2, 2, 1]);
    const whole = files.get(FIRST);
    const [, , last] = batchStarts(whole);
    for (let at = 0; at < last!; at++) {
      const damaged = files.killed();
      const bytes = whole.slice();
      bytes[at]! ^= 4;
      damaged.put(FIRST, bytes);
      const fault = await faultOf(damaged);
      expect(fault.code, `byte ${at}`).to.be.oneOf(['ERR_LOG_CORRUPT', 'ERR_FORMAT_UNKNOWN']);
      expect(fault.file).to.equal(FIRST);
      expect(fault.offset).to.be.at.most(at);
      expect(fault.message).to.contain(FIRST);
    }
  });

  it('is refused when a whole line is lost, doubled or swapped', async () => {
    const files = await filesWith([3, 1]);
    const lines = textAt(files, FIRST).split('\n').slice(0, -1);
    const [header, synced, one, two, three, ...rest] = lines as [string, ...string[]];
    for (const body of [
      [one, three],
      [one, one, two, three],
      [two, one, three],
      [one, two],
    ]) {
      const damaged = files.killed();
      damaged.put(FIRST, ascii([header, synced, ...body, ...rest, ''].join('\n')));
      expect((await faultOf(damaged)).code).to.equal('ERR_LOG_CORRUPT');
    }
  });

  it('is refused when a hole ends in the next batch, whose own synced line it swallowed', async () => {
    const files = await filesWith([2, 4]);
    const bytes = files.get(FIRST).slice();
    const second = batchStarts(bytes)[1]!;
    const damaged = files.killed();
    damaged.put(FIRST, bytes.fill(0, second - 10, second + 30));
    expect((await faultOf(damaged)).code).to.equal('ERR_LOG_CORRUPT');
  });

  it('is refused before a segment whose making was cut short: all of it had been on the disk', async () => {
    const files = await filesWith([2, 3], { segmentBytes: 300 });
    files.put(SECOND, files.get(SECOND).slice(0, 5));
    files.put(FIRST, files.get(FIRST).slice(0, -30));
    expect(await faultOf(files)).to.include({ code: 'ERR_LOG_CORRUPT', file: FIRST });
  });

  it('is refused when the log is shorter than its proof of sync, even cut at a line end', async () => {
    const files = await filesWith([2, 3]);
    const cut = files.killed();
    // A start writes the proof of all that it gives back.
    const { files: proved } = await start(cut);
    const bytes = proved.get(SECOND);
    const lines = textAt(proved, SECOND).split('\n');
    proved.put(SECOND, ascii([...lines.slice(0, -2), ''].join('\n')));
    const fault = await faultOf(proved);
    expect(fault.code).to.equal('ERR_LOG_CORRUPT');
    expect(fault.message).to.contain('was on the disk through 5');
    proved.put(SECOND, bytes);
    expect((await start(proved)).recovered.lastIndex).to.equal(5);
  });

  it('is refused when a segment is missing: the newest, one between, or all', async () => {
    const files = await filesWith([3, 3, 3, 3], { segmentBytes: 300 });
    const { files: proved } = await start(files);
    const segments = proved.paths().filter((path) => path.includes('/log-'));
    // The start wrote the last batch anew, and removed the segment that it was in.
    expect(segments.length).to.equal(4);
    for (const lost of segments) {
      const damaged = proved.killed();
      damaged.delete(lost);
      expect((await faultOf(damaged)).code, lost).to.equal('ERR_LOG_CORRUPT');
    }
    for (const path of segments) proved.delete(path);
    expect((await faultOf(proved)).code).to.equal('ERR_LOG_CORRUPT');
    proved.delete(SYNCED);
    const fault = await faultOf(proved);
    expect(fault.code).to.be.oneOf(['ERR_LOG_CORRUPT', 'ERR_VOTE_STATE_LOST']);
  });

  it('is refused when a term goes back or an entry comes twice, checksums or not', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 5, 2));
    const older = encodeLines(
      { firstIndex: 3, term: 4, time: 40, seed: store.checksumAt(2) },
      someEntries(1),
      crc32,
    );
    store.append(older);
    await sync(store, aVote(5));
    store.append(linesFor(store, 4, 5));
    await sync(store);
    expect((await faultOf(files)).message).to.contain('older term');
  });

  it('is refused when replicated time goes back, checksums or not', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 5, 2));
    const head = { firstIndex: 3, term: 5, time: 49, seed: store.checksumAt(2) };
    store.append(encodeLines(head, someEntries(1), crc32));
    await sync(store, aVote(5));
    store.append(linesFor(store, 4, 5));
    await sync(store);
    expect((await faultOf(files)).message).to.contain('earlier time');
  });
});

describe('rot under a running server', () => {
  it('never reaches a peer: what is read back verifies, or nothing is ever written again', async () => {
    const files = new ModelFiles();
    const store = await openStore(files, { cacheBytes: 500 });
    await recover(store);
    for (let index = 1; index < 20; index += 2) {
      store.append(linesFor(store, index, 1, 2));
      await sync(store, aVote(1));
    }
    expect(store.read(1, 4, 1e6).ends.length).to.equal(4);
    const bytes = files.get(FIRST).slice();
    bytes[batchStarts(bytes)[1]! - 30]! ^= 1;
    files.put(FIRST, bytes);
    expect(() => store.read(1, 4, 1e6)).to.throw(FIRST);
    store.append(linesFor(store, 21, 1));
    expect(await codeOf(sync(store))).to.equal('ERR_LOG_CORRUPT');
  });
});

describe('an overwritten suffix', () => {
  it('is never resurrected (etcd WAL #22442)', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 1, 9, 'old'));
    await sync(store, aVote(1));
    store.append(linesFor(store, 4, 2, 2, 'new'));
    await sync(store, aVote(2));
    store.append(linesFor(store, 6, 2, 1, 'new'));
    await sync(store);
    const { recovered, text, files: after } = await start(files.killed());
    expect(recovered.lastIndex).to.equal(6);
    expect(text.slice(3).every((line) => line.includes('"new"'))).to.equal(true);
    expect((await start(after)).text).to.deep.equal(text);
  });

  it('is not even looked at: damage in it harms nobody', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 1, 9, 'old'));
    await sync(store, aVote(1));
    store.append(linesFor(store, 4, 2, 1, 'new'));
    await sync(store, aVote(2));
    const bytes = files.get(FIRST).slice();
    files.put(FIRST, bytes.fill(0, bytes.length - 60));
    expect((await start(files.killed())).recovered.lastIndex).to.equal(4);
  });

  it('stays overwritten when the new lines were torn: the header alone cuts', async () => {
    const files = new ModelFiles();
    const store = await openStore(files);
    await recover(store);
    store.append(linesFor(store, 1, 1, 9, 'old'));
    await sync(store, aVote(1));
    store.append(linesFor(store, 4, 2, 1, 'new'));
    await sync(store, aVote(2));
    const bytes = files.get(SECOND);
    files.put(SECOND, bytes.slice(0, bytes.indexOf(0x0a) + 1));
    expect((await start(files.killed())).recovered.lastIndex).to.equal(3);
  });

  it('leaves no files behind for ever', async () => {
    let files = await filesWith([3, 3]);
    for (let round = 0; round < 5; round++) ({ files } = await start(files));
    const segments = files.paths().filter((path) => path.includes('/log-'));
    expect(segments.length).to.be.at.most(3);
    expect((await start(files)).recovered.lastIndex).to.equal(6);
  });
});
