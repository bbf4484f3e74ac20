/** What the store remembers of its changes: in order, whole, bounded, and honest about what is gone. */
import { expect } from 'chai';
import { createHistory } from '../../replicated/kv-history.ts';
import { createKv } from '../../replicated/kv.ts';
import type { Change, Json, StateMachine } from '../../replicated/state-machine.ts';

const put = (key: string, json: Json = 0): Json => ({ put: { key, value: { json } } });
const remove = (key: string): Json => ({ delete: { key } });

function changesOf(kv: StateMachine, select: Json, from = 1, maxChars = 1 << 20) {
  const reader = kv.changes!.select(select);
  if (typeof reader === 'string') throw new Error(reader);
  return reader(from, maxChars);
}

/** `5:put a,delete b` for each change. */
const inWords = (changes: readonly Change[]): string[] =>
  changes.map(({ revision, events }) => {
    const words = events.map((event) => {
      const { type, key } = event as { type: string; key: string };
      return `${type} ${key}`;
    });
    return `${revision}:${words.join()}`;
  });

describe('kv: changes', () => {
  it('tells puts and deletes with what they replaced, and nothing of what changed nothing', () => {
    const kv = createKv();
    kv.apply(put('a', 1), 1, 0);
    kv.apply(put('a', 2), 4, 0);
    kv.apply(remove('a'), 5, 0);
    kv.apply(remove('a'), 6, 0);
    kv.apply({ cas: { key: 'a', revision: 9, value: { json: 1 } } }, 7, 0);
    kv.apply({ put: {} }, 8, 0);

    expect(changesOf(kv, { prefix: '' })).to.deep.equal({
      changes: [
        { revision: 1, events: [{ type: 'put', key: 'a', value: { json: 1 }, previous: null }] },
        { revision: 4, events: [{ type: 'put', key: 'a', value: { json: 2 }, previous: 1 }] },
        { revision: 5, events: [{ type: 'delete', key: 'a', previous: 4 }] },
      ],
      next: null,
    });
  });

  it('keeps the events of one transaction together, as far as they are selected', () => {
    const kv = createKv();
    kv.apply({ txn: { then: [put('a'), put('b'), put('c')] } }, 3, 0);

    expect(inWords(changesOf(kv, { prefix: '' }).changes)).to.deep.equal(['3:put a,put b,put c']);
    expect(inWords(changesOf(kv, { start: 'b' }).changes)).to.deep.equal(['3:put b,put c']);
    expect(inWords(changesOf(kv, { start: 'a', end: 'b' }).changes)).to.deep.equal(['3:put a']);
    expect(inWords(changesOf(kv, { key: 'c' }).changes)).to.deep.equal(['3:put c']);
    expect(changesOf(kv, { key: 'd' }).changes).to.deep.equal([]);
  });

  it('reads in portions that lose and repeat nothing', () => {
    const kv = createKv();
    for (let index = 1; index <= 20; index += 1)
      kv.apply(put(`k${index}`, 'x'.repeat(99)), index, 0);
    const seen: number[] = [];

    for (let from: number | null = 3; from !== null;) {
      const portion = changesOf(kv, { prefix: 'k' }, from, 300);
      expect(portion.changes).to.have.lengthOf.at.most(3);
      seen.push(...portion.changes.map(({ revision }) => revision));
      from = portion.next;
    }

    expect(seen).to.deep.equal(Array.from({ length: 18 }, (_, i) => i + 3));
  });

  it('forgets the oldest past its number of events or its size, whole indices at a time', () => {
    const byNumber = createKv(createHistory({ maxEvents: 3, maxChars: 1 << 20 }));
    byNumber.apply({ txn: { then: [put('a'), put('b')] } }, 2, 0);
    byNumber.apply(put('c'), 5, 0);
    expect(byNumber.changes!.oldest).to.equal(1);
    byNumber.apply(put('d'), 9, 0);
    expect(byNumber.changes!.oldest).to.equal(3);
    expect(inWords(changesOf(byNumber, { prefix: '' }).changes)).to.deep.equal([
      '5:put c',
      '9:put d',
    ]);

    const bySize = createKv(createHistory({ maxEvents: 100, maxChars: 700 }));
    for (let index = 1; index <= 50; index += 1) bySize.apply(put('k', 'x'.repeat(400)), index, 0);
    expect(bySize.changes!.oldest).to.equal(50);
  });

  it('knows after a restore that it knows nothing of before', () => {
    const kv = createKv();
    kv.apply(put('a'), 3, 0);
    kv.apply(put('b'), 7, 0);
    kv.apply(remove('b'), 9, 0);
    const restored = createKv();
    restored.restore([...kv.snapshot()]);

    // The delete is in no item, and still nobody may be told that nothing happened since 3.
    expect(restored.changes!.oldest).to.equal(10);
    restored.apply(put('c'), 12, 0);
    expect(inWords(changesOf(restored, { prefix: '' }, 10).changes)).to.deep.equal(['12:put c']);
  });

  const refused: [Json, RegExp][] = [
    [null, /a selection is/],
    [{}, /a selection is/],
    [{ key: 'a', prefix: 'a' }, /a selection is/],
    [{ end: 'a' }, /a selection is/],
    [{ key: 5 }, /"key" must be a string/],
    [{ glob: '*' }, /unknown field "glob"/],
    [{ start: 'b', end: 'a' }, /"start" must be below "end"/],
  ];
  for (const [select, reason] of refused) {
    it(`refuses to select ${JSON.stringify(select)}`, () => {
      expect(createKv().changes!.select(select)).to.match(reason);
    });
  }
});
