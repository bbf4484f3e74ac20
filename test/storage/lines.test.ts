/**
 * The log line and batches of them: what is written, and that no damage passes for it.
 */
import { expect } from 'chai';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { crc32 } from '../../storage/crc32.ts';
import {
  checkLines,
  checksumOfLine,
  clusterSeed,
  concatLines,
  encodeLines,
  entryBytes,
  entryText,
  lastIndexOf,
  runsOf,
  sliceLines,
  splitLines,
} from '../../storage/lines.ts';
import { someEntries } from './support.ts';

const seed = clusterSeed('c1', crc32);
const first = { firstIndex: 1, term: 1, time: 0 };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('the log line', () => {
  it('is one JSON object with the checksum last, at a fixed width', () => {
    const lines = encodeLines(
      { firstIndex: 7, term: 2, time: 5120, seed: 0x5eed },
      ['{"kind":"noop"}'],
      crc32,
    );
    const body = '{"index":7,"term":2,"time":5120,"entry":{"kind":"noop"}';
    const crc = zlibCrc32(body, 0x5eed).toString(16).padStart(8, '0');
    expect(text(lines.bytes)).to.equal(`${body},"crc":"${crc}"}\n`);
    expect(JSON.parse(text(lines.bytes))).to.deep.equal({
      index: 7,
      term: 2,
      time: 5120,
      entry: { kind: 'noop' },
      crc,
    });
    expect(checksumOfLine(lines, 0).toString(16).padStart(8, '0')).to.equal(crc);
  });

  it('continues the checksum of the line before, so equal checksums mean equal history', () => {
    const [a, b] = ['{"n":1}', '{"n":2}'];
    const both = encodeLines({ ...first, seed }, [a, b], crc32);
    const second = encodeLines(
      { ...first, firstIndex: 2, seed: checksumOfLine(both, 0) },
      [b],
      crc32,
    );
    const other = encodeLines(
      { ...first, firstIndex: 2, seed: checksumOfLine(both, 0) ^ 1 },
      [b],
      crc32,
    );
    expect(checksumOfLine(second, 0)).to.equal(checksumOfLine(both, 1));
    expect(checksumOfLine(other, 0)).not.to.equal(checksumOfLine(both, 1));
  });

  it('never begins a chain with 0, lest zeroed bytes verify', () => {
    expect(clusterSeed('', crc32)).to.equal(1);
    expect(clusterSeed('c1', crc32)).to.equal(zlibCrc32('c1'));
  });

  it('gives back what went in, whatever the characters', () => {
    const entries = ['{"a":"é€😀\\n\\u2028"}', '{}', '{"x":{"crc":"00000000"}}'];
    const lines = encodeLines({ firstIndex: 10, term: 3, time: 0, seed }, entries, crc32);
    expect(entries.map((_, i) => entryText(lines, i))).to.deep.equal(entries);
    expect(text(entryBytes(lines, 2))).to.equal(entries[2]);
    expect(lastIndexOf(lines)).to.equal(12);
  });

  it('refuses an entry whose text would break the line', () => {
    expect(() => encodeLines({ ...first, seed }, ['{\n}'], crc32)).to.throw('line break');
  });

  it('has one checksum in the browser and in Node', () => {
    const bytes = Uint8Array.from({ length: 999 }, (_, i) => (i * 31) & 255);
    for (const from of [0, 1, 0xffffffff]) {
      expect(crc32(bytes, from)).to.equal(zlibCrc32(bytes, from));
    }
  });
});

describe('lines', () => {
  const lines = encodeLines({ firstIndex: 5, term: 2, time: 70, seed }, someEntries(4), crc32);

  it('are split where they end, and refused when the last one does not', () => {
    expect(splitLines(lines.bytes, 5, seed)).to.deep.equal(lines);
    expect(splitLines(lines.bytes.subarray(0, -1), 5, seed)).to.equal(null);
    expect(splitLines(new Uint8Array(), 5, seed)?.ends).to.deep.equal([]);
  });

  it('are sliced on the same buffer and joined again', () => {
    const middle = sliceLines(lines, 6, 7);
    expect(middle.bytes.buffer).to.equal(lines.bytes.buffer);
    expect(middle.seed).to.equal(checksumOfLine(lines, 0));
    expect(checkLines(middle, [{ firstIndex: 1, term: 2 }], [], crc32)).to.equal(null);
    const parts = concatLines([sliceLines(lines, 5, 5), middle, sliceLines(lines, 8, 8)]);
    expect(parts).to.deep.equal(lines);
    expect(sliceLines(lines, 9, 8).ends).to.deep.equal([]);
    expect(() => sliceLines(lines, 4, 5)).to.throw(RangeError);
  });

  it('tell their terms', () => {
    const later = encodeLines(
      { firstIndex: 9, term: 4, time: 90, seed: checksumOfLine(lines, 3) },
      someEntries(3),
      crc32,
    );
    expect(runsOf(concatLines([lines, later]))).to.deep.equal([
      { firstIndex: 5, term: 2 },
      { firstIndex: 9, term: 4 },
    ]);
  });

  it('are refused for the wrong index, the wrong term, or a gap in what was announced', () => {
    const check = (...runs: { firstIndex: number; term: number }[]): string | undefined =>
      checkLines(lines, runs, [], crc32)?.message;
    expect(check({ firstIndex: 5, term: 2 })).to.equal(undefined);
    expect(check({ firstIndex: 5, term: 3 })).to.contain('entry 5 has term 2');
    expect(check({ firstIndex: 5, term: 2 }, { firstIndex: 7, term: 3 })).to.contain('entry 7');
    expect(check({ firstIndex: 6, term: 2 })).to.contain('entry 5');
    expect(check()).to.contain('entry 5');
    const moved = { ...lines, firstIndex: 6 };
    expect(checkLines(moved, [{ firstIndex: 1, term: 2 }], [], crc32)?.message).to.contain(
      'holds entry 5',
    );
  });

  it('are refused when one is older than the one before', () => {
    const earlier = encodeLines(
      { firstIndex: 9, term: 2, time: 69, seed: checksumOfLine(lines, 3) },
      someEntries(1),
      crc32,
    );
    const joined = concatLines([lines, earlier]);
    const fault = checkLines(joined, [{ firstIndex: 5, term: 2 }], [], crc32);
    expect(fault?.message).to.contain('entry 9 is older than the one before');
  });

  it('are refused when any single bit of them is flipped', () => {
    for (let bit = 0; bit < lines.bytes.length * 8; bit++) {
      const bytes = lines.bytes.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const fault = checkLines({ ...lines, bytes }, [{ firstIndex: 5, term: 2 }], [], crc32);
      expect(fault?.code, `bit ${bit}`).to.equal('ERR_BAD_LINE');
    }
  });

  it('are refused when one is lost, doubled or swapped', () => {
    const [a, b, c, d] = [5, 6, 7, 8].map((index) => sliceLines(lines, index, index).bytes);
    for (const order of [
      [a, c, d],
      [a, b, b, c, d],
      [b, a, c, d],
      [b, c, d],
    ]) {
      const split = splitLines(Buffer.concat(order.map((bytes) => bytes!)), 5, seed);
      expect(checkLines(split!, [{ firstIndex: 5, term: 2 }], [], crc32)?.code).to.equal(
        'ERR_BAD_LINE',
      );
    }
  });
});
