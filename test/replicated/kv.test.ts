/** The key-value store: strict at the border, total when applied, ordered, and safe from its keys. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createKv } from '../../replicated/kv.ts';
import { maxKeyBytes, maxListLimit } from '../../replicated/kv-protocol.ts';
import type { Json, StateMachine } from '../../replicated/state-machine.ts';

const put = (key: string, json: Json): Json => ({ put: { key, value: { json } } });
const remove = (key: string): Json => ({ delete: { key } });
const get = (key: string): Json => ({ get: { key } });
const list = (prefix: string, limit = maxListLimit): Json => ({ list: { prefix, limit } });

function keysOf(kv: StateMachine, prefix = ''): string[] {
  const answer = kv.query(list(prefix)) as { entries: { key: string }[] };
  return answer.entries.map(({ key }) => key);
}

describe('kv', () => {
  it('answers a put and a delete with their own revision and the one they replaced', () => {
    const kv = createKv();

    expect(kv.apply(put('a', 1), 3, 0)).to.deep.equal({ revision: 3, previous: null });
    expect(kv.apply(put('a', 2), 7, 0)).to.deep.equal({ revision: 7, previous: 3 });
    expect(kv.query(get('a'))).to.deep.equal({ value: { json: 2 }, revision: 7 });
    expect(kv.apply(remove('a'), 9, 0)).to.deep.equal({ revision: 9, previous: 7 });
    expect(kv.apply(remove('a'), 10, 0)).to.deep.equal({ revision: 10, previous: null });
    expect(kv.query(get('a'))).to.equal(null);
  });

  it('keeps a value opaque: superjson output comes back as it went in', () => {
    const kv = createKv();
    const value = { json: ['1'], meta: { values: { 0: ['bigint'] }, v: 1 } };

    kv.apply({ put: { key: 'k', value } }, 1, 0);

    expect(kv.query(get('k'))).to.deep.equal({ value, revision: 1 });
  });

  it('lists a prefix in order of UTF-16 code units, whatever the order of the puts', () => {
    const kv = createKv();
    ['b', 'a/2', 'a/10', 'a', 'B', 'a/', 'ä', '😀', '\uFFFF'].forEach((key, i) =>
      kv.apply(put(key, i), i + 1, 0),
    );

    expect(keysOf(kv)).to.deep.equal(['B', 'a', 'a/', 'a/10', 'a/2', 'b', 'ä', '😀', '\uFFFF']);
    expect(keysOf(kv, 'a/')).to.deep.equal(['a/', 'a/10', 'a/2']);
    expect(keysOf(kv, 'c')).to.deep.equal([]);
  });

  it('says when a limit, or the bound on the size of an answer, left keys out', () => {
    const kv = createKv();
    for (let i = 1; i <= 4; i += 1) kv.apply(put(`k${i}`, 'x'.repeat(600_000)), i, 0);

    expect(kv.query(list('k', 1))).to.include({ more: true, next: 'k2' });
    expect(keysOf(kv)).to.deep.equal(['k1', 'k2']);
    expect(kv.query(list('k4', 1))).to.include({ more: false, next: null });
  });

  it('lists a range, its start within and its end without, and both within a prefix', () => {
    const kv = createKv();
    ['a', 'b', 'b/1', 'b/2', 'c'].forEach((key, i) => kv.apply(put(key, i), i + 1, 0));
    const keys = (asked: Record<string, Json>): string[] => {
      const answer = kv.query({ list: { limit: maxListLimit, ...asked } });
      return (answer as { entries: { key: string }[] }).entries.map(({ key }) => key);
    };

    expect(keys({ start: 'b', end: 'c' })).to.deep.equal(['b', 'b/1', 'b/2']);
    expect(keys({ start: 'b/2' })).to.deep.equal(['b/2', 'c']);
    expect(keys({ end: 'b' })).to.deep.equal(['a']);
    expect(keys({ prefix: 'b/', start: 'b/2', end: 'z' })).to.deep.equal(['b/2']);
    expect(keys({ prefix: 'b/', start: 'c' })).to.deep.equal([]);
    expect(keys({ start: 'c', end: 'a' })).to.deep.equal([]);
    expect(keys({})).to.have.lengthOf(5);
  });

  it('pages through a prefix by `next`, each key once', () => {
    const kv = createKv();
    for (let i = 0; i < 25; i += 1) kv.apply(put(`k/${i}`, i), i + 1, 0);
    const seen: string[] = [];

    for (let start: string | null = ''; start !== null;) {
      const page = kv.query({ list: { prefix: 'k/', start, limit: 10 } }) as {
        entries: { key: string }[];
        next: string | null;
      };
      seen.push(...page.entries.map(({ key }) => key));
      start = page.next;
    }

    expect(seen).to.deep.equal(keysOf(kv, 'k/'));
  });

  it('takes __proto__, constructor and the empty string as ordinary keys and pollutes nothing', () => {
    const kv = createKv();
    const before = Object.getOwnPropertyNames(Object.prototype);
    const hostile = ['__proto__', 'constructor', 'prototype', 'toString', '', '\0'];

    hostile.forEach((key, i) => {
      expect(kv.query(get(key))).to.equal(null);
      expect(kv.refuse(put(key, { polluted: true }))).to.equal(null);
      kv.apply(put(key, { polluted: true }), i + 1, 0);
    });

    expect(keysOf(kv)).to.deep.equal([...hostile].sort());
    expect(Object.getOwnPropertyNames(Object.prototype)).to.deep.equal(before);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  const refused: [Json, RegExp][] = [
    [null, /a command is/],
    ['put', /a command is/],
    [{}, /a command is/],
    [JSON.parse('{"__proto__": {"put": {}}}') as Json, /a command is/],
    [{ put: null }, /"put" takes an object/],
    [{ put: { key: 'k', value: { json: 1 } }, delete: { key: 'k' } }, /"delete" beside "put"/],
    [{ put: { key: 'k', value: { json: 1 }, ttl: 5 } }, /unknown field "ttl" in "put"/],
    [JSON.parse('{"delete": {"key": "k", "__proto__": 1}}') as Json, /unknown field "__proto__"/],
    [{ delete: {} }, /"key" must be a string/],
    [remove('\uD800'), /lone surrogate/],
    [remove('x'.repeat(maxKeyBytes + 1)), /longer than 1024 bytes/],
    [remove('ä'.repeat(maxKeyBytes / 2) + 'x'), /longer than 1024 bytes/],
    [{ put: { key: 'k', value: 5 } }, /superjson output/],
    [{ put: { key: 'k', value: {} } }, /superjson output/],
    [{ put: { key: 'k', value: { json: 1, extra: 2 } } }, /unknown field "extra" in "value"/],
    [{ put: { key: 'k', value: { json: 1, meta: [] } } }, /"meta" must be an object/],
  ];
  for (const [command, reason] of refused) {
    it(`refuses ${JSON.stringify(command).slice(0, 60)} with a reason, and applies it as an error`, () => {
      const kv = createKv();

      expect(kv.refuse(command)).to.match(reason);
      expect(kv.apply(command, 1, 0)).to.have.nested.property('error.code', 'ERR_INVALID_COMMAND');
      expect([...kv.snapshot()]).to.deep.equal([]);
    });
  }

  it('accepts a key of exactly 1 KiB in UTF-8', () => {
    expect(createKv().refuse(remove('ä'.repeat(maxKeyBytes / 2)))).to.equal(null);
  });

  it('answers a malformed query with an error, not an exception', () => {
    for (const query of [
      null,
      {},
      { get: {} },
      list('', 0),
      list('', maxListLimit + 1),
      { list: { limit: 1, end: 5 } },
    ]) {
      const answer = createKv().query(query);
      expect(answer).to.have.nested.property('error.code', 'ERR_INVALID_QUERY');
    }
  });

  it('is total: any JSON is either refused and an error, or accepted and applied', () => {
    const seed = Date.now();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const kv = createKv();
        for (const command of [value, { put: value }, { put: { key: 'k', value } }] as Json[]) {
          const error = (kv.apply(command, 1, 0) as { error?: unknown }).error;
          expect(kv.refuse(command) !== null).to.equal(error !== undefined);
        }
      }),
      { seed },
    );
  });

  it('restores from its snapshot to an equal store, and a snapshot is of its moment', () => {
    const kv = createKv();
    kv.apply(put('b', { deep: [1] }), 1, 0);
    kv.apply(put('a', 2), 2, 0);
    const snapshot = kv.snapshot();

    // When it changes before anyone reads the snapshot
    kv.apply(remove('a'), 3, 0);
    const items = JSON.parse(JSON.stringify([...snapshot])) as Json[];
    const restored = createKv();
    restored.apply(put('leftover', 0), 1, 0);
    restored.restore(items);

    expect(items).to.deep.equal([
      { lastRevision: 2 },
      ['a', 2, { json: 2 }],
      ['b', 1, { json: { deep: [1] } }],
    ]);
    expect([...restored.snapshot()]).to.deep.equal(items);
  });

  it('refuses to restore what is no snapshot, and stays as it was', () => {
    const kv = createKv();
    kv.apply(put('a', 1), 1, 0);

    expect(() => kv.restore([['b', 2, { json: 1 }], ['c']])).to.throw('ERR_SNAPSHOT_CORRUPT');
    expect(keysOf(kv)).to.deep.equal(['a']);
  });
});
