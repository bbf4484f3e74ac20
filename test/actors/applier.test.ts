/** The applier: every committed entry once, in order, in turns of bounded length. */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { createApplier, type Applied } from '../../actors/applier.ts';
import type { Fault } from '../../machines/events.ts';
import { encodeEntry, type Entry } from '../../replicated/entry.ts';
import { encodeLines, sliceLines } from '../../storage/lines.ts';

/** A log of `count` entries whose command is their index, and an applier of it held in the hand. */
function anApplier({
  count = 10,
  maxApplyPerTurn = 4,
  linesPerRead = 3,
  bad = '',
  past = new Error('EIO'),
  commandChars = 0,
  finish = (): void => undefined,
} = {}) {
  const texts = Array.from({ length: count }, (_, i) => {
    const seq = i + 1;
    const command = commandChars === 0 ? seq : 'x'.repeat(commandChars);
    const entry = { kind: 'command', session: 1, seq, doneBelow: 1, machine: 'm', command };
    return encodeEntry(entry as Entry);
  });
  if (bad !== '') texts[count - 1] = bad;
  const log = encodeLines({ firstIndex: 1, term: 7, time: 50, seed: 0 }, texts, (bytes, seed) =>
    crc32(bytes, seed),
  );
  const deferred: (() => void)[] = [];
  const batches: (readonly Applied[])[] = [];
  const faults: Fault[] = [];
  const order: unknown[] = [];
  const applier = createApplier({
    store: {
      read: (from, to) => {
        if (to > count) throw past;
        return sliceLines(log, from, Math.min(to, from + linesPerRead - 1));
      },
      loadSnapshot: (_, done) => done(null),
    },
    state: {
      apply: (entry, index) => {
        order.push(entry.kind === 'command' ? entry.command : entry.kind);
        return { ok: true, index, value: null };
      },
      restore: () => ({ add: () => undefined, finish }),
    },
    limits: { maxApplyPerTurn },
    defer: (task) => deferred.push(task),
    onApplied: (results) => batches.push(results),
    onRestored: () => undefined,
    onFault: (fault) => faults.push(fault),
  });
  return {
    applier,
    batches: () => batches.map((batch) => batch.map(({ index }) => index)),
    results: () => batches.flat(),
    order,
    faults,
    deferred,
    turn: () => deferred.shift()?.(),
  };
}

describe('applier', () => {
  it('Figure 2: applies log[lastApplied + 1 … commitIndex] in order, and reports a turn at once', () => {
    const { applier, batches, order, results, turn } = anApplier();

    applier.apply(2);
    applier.apply(3);
    turn();

    expect(order).to.deep.equal([1, 2, 3]);
    expect(batches()).to.deep.equal([[1, 2, 3]]);
    expect(results()[2]).to.deep.equal({
      index: 3,
      term: 7,
      result: { ok: true, index: 3, value: null },
    });
    expect(applier.lastApplied).to.equal(3);
  });

  it('applies at most maxApplyPerTurn in a turn and leaves the rest to later ones', () => {
    const { applier, batches, turn, deferred } = anApplier({ maxApplyPerTurn: 4 });

    applier.apply(10);
    for (let i = 0; i < 3; i += 1) turn();

    expect(batches()).to.deep.equal([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ]);
    expect(deferred).to.deep.equal([]);
  });

  it('ends a turn after a MiB of large entries, so that heartbeats are not held up for all of them', () => {
    const { applier, batches, turn, deferred } = anApplier({
      ...{ count: 5, maxApplyPerTurn: 5, linesPerRead: 1, commandChars: 600 << 10 },
    });

    applier.apply(5);
    for (let i = 0; i < 3; i += 1) turn();

    expect(batches()).to.deep.equal([[1, 2], [3, 4], [5]]);
    expect(deferred).to.deep.equal([]);
  });

  it('applies nothing twice when the commit index is told again, or a lower one late', () => {
    const { applier, order, turn, deferred } = anApplier();
    applier.apply(3);
    turn();

    applier.apply(3);
    applier.apply(1);

    expect(deferred).to.deep.equal([]);
    expect(order).to.deep.equal([1, 2, 3]);
    expect(applier.commitIndex).to.equal(3);
  });

  it('thesis §6.4: calls a reader once its index is applied, after the batch was reported', () => {
    const { applier, batches, turn } = anApplier();
    const seen: unknown[] = [];
    const reader = (name: string) => (lastApplied: number) =>
      seen.push([name, lastApplied, batches().length]);

    applier.whenApplied(0, reader('at once'));
    applier.whenApplied(5, reader('five'));
    applier.whenApplied(2, reader('two'));
    applier.apply(6);
    turn();
    turn();

    expect(seen).to.deep.equal([
      ['at once', 0, 0],
      ['two', 4, 1],
      ['five', 6, 2],
    ]);
  });

  it('bounds the readers that wait', () => {
    const { applier } = anApplier();
    const accepted = Array.from({ length: 2000 }, () => applier.whenApplied(9, () => undefined));

    expect(accepted.filter(Boolean)).to.have.lengthOf(1024);
    expect(accepted.at(-1)).to.equal(null);
    expect(
      applier.whenApplied(0, () => undefined),
      'it waits for nothing',
    ).not.to.equal(null);
  });

  it('forgets the readers that give up, so that those for an index that never comes fill no place', () => {
    const { applier, turn } = anApplier();
    const seen: number[] = [];
    for (let i = 0; i < 2000; i += 1) applier.whenApplied(9, () => seen.push(i))?.();

    expect(applier.whenApplied(1, (at) => seen.push(at))).not.to.equal(null);
    applier.apply(10);
    for (let i = 0; i < 3; i += 1) turn();

    expect(seen).to.deep.equal([4]);
  });

  it('stops with the code of a machine that cannot take its snapshot, which it may find at its end', () => {
    const { applier, faults } = anApplier({
      finish: () => {
        throw new Error('ERR_SNAPSHOT_CORRUPT: an item is missing');
      },
    });

    applier.restore(5);

    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_SNAPSHOT_CORRUPT']);
    expect(applier.lastApplied).to.equal(0);
    applier.apply(6);
    expect(applier.whenApplied(0, () => undefined)).to.equal(null);
  });

  it('stops with ERR_UNKNOWN_ENTRY before an entry that it does not know, and skips nothing', () => {
    const { applier, batches, faults, turn } = anApplier({ count: 2, bad: '{"kind":"future"}' });

    applier.apply(2);
    turn();
    applier.apply(2);

    expect(batches()).to.deep.equal([[1]]);
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_UNKNOWN_ENTRY']);
    expect(applier.lastApplied).to.equal(1);
  });

  it('stops with ERR_LOG_CORRUPT when a committed entry cannot be read back', () => {
    const { applier, faults, turn, deferred } = anApplier({ count: 2 });

    applier.apply(3);
    turn();

    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_LOG_CORRUPT']);
    expect(deferred).to.deep.equal([]);
  });

  it('keeps the code of a disk that failed: who runs it must not throw a good log away', () => {
    const past = Object.assign(new Error('too many open files'), { code: 'ERR_STORAGE_IO' });
    const { applier, faults, turn } = anApplier({ count: 2, past });

    applier.apply(3);
    turn();

    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_STORAGE_IO']);
    expect(faults[0]?.message).to.include('too many open files');
  });

  it('applies and calls nothing after stop, though a turn was under way', () => {
    const { applier, order, turn } = anApplier();
    const seen: number[] = [];
    applier.whenApplied(1, (at) => seen.push(at));
    applier.apply(3);

    applier.stop();
    turn();

    expect(order).to.deep.equal([]);
    expect(seen).to.deep.equal([]);
    expect(applier.whenApplied(0, (at) => seen.push(at))).to.equal(null);
  });
});
