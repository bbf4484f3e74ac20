/** Compare-and-set and transactions: all or nothing, at one revision, bounded, and the same everywhere. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createKv } from '../../replicated/kv.ts';
import { maxTxnItems } from '../../replicated/kv-protocol.ts';
import type { Json, StateMachine } from '../../replicated/state-machine.ts';

const put = (key: string, json: Json): Json => ({ put: { key, value: { json } } });
const remove = (key: string): Json => ({ delete: { key } });
const get = (key: string): Json => ({ get: { key } });
const cas = (key: string, revision: number | null, json: Json): Json => {
  return { cas: { key, revision, value: { json } } };
};
const txn = (compares: readonly Json[], then: readonly Json[], otherwise: readonly Json[] = []) => {
  return { txn: { if: compares, then, else: otherwise } };
};

/** A store in which `a` is 1 at revision 1 and `b` is 2 at revision 2. */
function aStore(): StateMachine {
  const kv = createKv();
  kv.apply(put('a', 1), 1, 0);
  kv.apply(put('b', 2), 2, 0);
  return kv;
}

const valueOf = (kv: StateMachine, key: string): unknown =>
  (kv.query(get(key)) as { value: { json: Json } } | null)?.value.json;

describe('kv: cas', () => {
  it('sets a key that still has the revision, and leaves one that has not', () => {
    const kv = aStore();

    expect(kv.apply(cas('a', 1, 'new'), 3, 0)).to.deep.equal({
      ok: true,
      revision: 3,
      previous: 1,
    });
    expect(kv.apply(cas('a', 1, 'late'), 4, 0)).to.deep.equal({ ok: false, current: 3 });
    expect(valueOf(kv, 'a')).to.equal('new');
  });

  it('creates a key once: null is the revision of what is not there', () => {
    const kv = aStore();

    expect(kv.apply(cas('c', null, 1), 3, 0)).to.deep.equal({
      ok: true,
      revision: 3,
      previous: null,
    });
    expect(kv.apply(cas('c', null, 2), 4, 0)).to.deep.equal({ ok: false, current: 3 });
    expect(kv.apply(cas('d', 7, 2), 5, 0)).to.deep.equal({ ok: false, current: null });
    expect(valueOf(kv, 'd')).to.equal(undefined);
  });

  it('is no ABA: the same value at a later revision does not match', () => {
    const kv = aStore();
    kv.apply(put('a', 0), 3, 0);
    kv.apply(put('a', 1), 4, 0);

    expect(kv.apply(cas('a', 1, 'x'), 5, 0)).to.deep.equal({ ok: false, current: 4 });
  });
});

describe('kv: txn', () => {
  it('does all of `then` at one revision when all compares hold', () => {
    const kv = aStore();
    const compares = [
      { key: 'a', revision: 1 },
      { key: 'b', value: { json: 2 } },
      { key: 'c', exists: false },
      { key: 'a', exists: true },
    ];

    const result = kv.apply(
      txn(compares, [put('c', 3), remove('a'), get('b')], [put('x', 0)]),
      5,
      0,
    );

    expect(result).to.deep.equal({
      ok: true,
      revision: 5,
      results: [
        { revision: 5, previous: null },
        { revision: 5, previous: 1 },
        { value: { json: 2 }, revision: 2 },
      ],
    });
    expect([valueOf(kv, 'a'), valueOf(kv, 'c'), valueOf(kv, 'x')]).to.deep.equal([
      undefined,
      3,
      undefined,
    ]);
  });

  const failing: [string, Json][] = [
    ['a revision that has passed', { key: 'a', revision: 2 }],
    ['a revision of nothing', { key: 'c', revision: 1 }],
    ['another value', { key: 'a', value: { json: 2 } }],
    ['the value of nothing', { key: 'c', value: { json: null } }],
    ['a value with another annotation', { key: 'a', value: { json: 1, meta: {} } }],
    ['what is there', { key: 'a', exists: false }],
    ['what is not there', { key: 'c', exists: true }],
  ];
  for (const [what, compare] of failing) {
    it(`does only \`else\` when one compare fails: ${what}`, () => {
      const kv = aStore();

      const result = kv.apply(
        txn([{ key: 'b', exists: true }, compare], [put('a', 9)], [get('a')]),
        5,
        0,
      );

      expect(result).to.deep.include({ ok: false, results: [{ value: { json: 1 }, revision: 1 }] });
    });
  }

  it('compares values by what they say, whatever the order of their fields', () => {
    const kv = createKv();
    kv.apply(put('k', { a: [1, { x: null }], b: 'y' }), 1, 0);
    const same = { key: 'k', value: { json: { b: 'y', a: [1, { x: null }] } } };
    const longer = { key: 'k', value: { json: { b: 'y', a: [1, { x: null }], c: 1 } } };
    const hostile = JSON.parse('{"key":"k","value":{"json":{"a":1,"__proto__":2}}}') as Json;

    expect(kv.apply(txn([same], []), 2, 0)).to.include({ ok: true });
    expect(kv.apply(txn([longer], []), 3, 0)).to.include({ ok: false });
    expect(kv.apply(txn([hostile], []), 4, 0)).to.include({ ok: false });
  });

  it('holds when there is nothing to compare, and takes fields that are not given as empty', () => {
    expect(aStore().apply({ txn: { then: [get('a')] } }, 3, 0)).to.include({ ok: true });
    expect(aStore().apply({ txn: {} }, 3, 0)).to.deep.equal({ ok: true, revision: 3, results: [] });
  });

  it('changes nothing when its gets would answer with too much', () => {
    const kv = aStore();
    for (const key of ['x', 'y']) kv.apply(put(key, 'x'.repeat(200_000)), 3, 0);

    const result = kv.apply(txn([], [put('a', 'changed'), get('x'), get('y')]), 5, 0);

    expect(result).to.have.nested.property('error.code', 'ERR_TOO_LARGE');
    expect(result).to.have.nested.property('error.outcome', 'not-applied');
    expect(valueOf(kv, 'a')).to.equal(1);
  });

  const many = Array.from({ length: maxTxnItems + 1 }, (_, i) => get(`k${i}`));
  const refused: [Json, RegExp][] = [
    [{ cas: { key: 'k', value: { json: 1 } } }, /"revision" must be an integer from 1 up/],
    [cas('k', 0, 1), /"revision" must be an integer from 1 up/],
    [cas('k', 1.5, 1), /"revision"/],
    [{ cas: { key: 'k', revision: null, value: 1 } }, /superjson output/],
    [{ cas: { key: 'k', revision: null, value: { json: 1 }, ttl: 1 } }, /"ttl" in "cas"/],
    [{ txn: [] }, /"txn" takes an object/],
    [{ txn: { when: [] } }, /unknown field "when" in "txn"/],
    [{ txn: { if: {} } }, /"if" must be an array/],
    [txn([1], []), /in "if": a compare is an object/],
    [txn([{ key: 'k' }], []), /has one of/],
    [txn([{ key: 'k', revision: 1, exists: true }], []), /has one of/],
    [txn([{ key: 'k', exists: 'yes' }], []), /"exists" must be true or false/],
    [txn([{ key: 'k', version: 1 }], []), /unknown field "version" in a compare/],
    [txn([{ key: 5, exists: true }], []), /"key" must be a string/],
    [txn([], [{ txn: {} }]), /in "then": an operation is/],
    [txn([], [], [{ put: { key: 'k' } }]), /in "else": "value" must be/],
    [txn([], [get('k'), put('k', 1)]), /a key occurs twice in "then"/],
    [txn([], many), /"then" has more than 128 items/],
    [get('k'), /a command is/],
  ];
  for (const [command, reason] of refused) {
    it(`refuses ${JSON.stringify(command).slice(0, 70)} with a reason, and changes nothing`, () => {
      const kv = aStore();

      expect(kv.refuse(command)).to.match(reason);
      expect(kv.apply(command, 3, 0)).to.have.nested.property('error.code', 'ERR_INVALID_COMMAND');
      expect(kv.query({ list: { limit: 10 } })).to.deep.equal(
        aStore().query({ list: { limit: 10 } }),
      );
    });
  }

  it('is what a naive map says, and the same on every server and after every snapshot', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    const key = fc.constantFrom('a', 'b', 'c', '__proto__');
    const value = fc.integer({ min: 0, max: 2 });
    const operation = fc.oneof(
      fc.tuple(key, value).map(([k, v]) => put(k, v)),
      key.map(remove),
      key.map(get),
    );
    const branch = fc
      .uniqueArray(operation, { selector: (item) => keyOf(item), maxLength: 3 })
      .map((items): readonly Json[] => items);
    const compare = fc.oneof(
      fc.tuple(key, fc.integer({ min: 1, max: 8 })).map(([k, revision]) => ({ key: k, revision })),
      fc.tuple(key, value).map(([k, json]) => ({ key: k, value: { json } })),
      fc.tuple(key, fc.boolean()).map(([k, exists]) => ({ key: k, exists })),
    );
    const step = fc.tuple(fc.array(compare, { maxLength: 2 }), branch, branch);

    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const [kv, replayed] = [createKv(), createKv()];
        const naive = new Map<string, { json: unknown; revision: number }>();
        steps.forEach(([compares, then, otherwise], i) => {
          const index = i + 1;
          const holds = compares.every((one) => {
            const item = naive.get(one.key);
            if ('exists' in one) return (item !== undefined) === one.exists;
            return 'revision' in one
              ? item?.revision === one.revision
              : item !== undefined && item.json === one.value.json;
          });
          const command = txn(compares, then, otherwise);
          const result = kv.apply(command, index, 0);
          for (const item of holds ? then : otherwise) {
            const { put: written, delete: removed } = item as Record<string, { key: string }>;
            if (written !== undefined) {
              const { json } = (written as unknown as { value: { json: unknown } }).value;
              naive.set(written.key, { json, revision: index });
            }
            if (removed !== undefined) naive.delete(removed.key);
          }
          expect(result).to.include({ ok: holds, revision: index });
          replayed.restore(JSON.parse(JSON.stringify([...replayed.snapshot()])) as Json[]);
          expect(replayed.apply(command, index, 0)).to.deep.equal(result);
        });
        const listed = kv.query({ list: { limit: 10 } }) as {
          entries: { key: string; revision: number; value: { json: unknown } }[];
        };
        expect(
          listed.entries.map(({ key: k, revision, value: { json } }) => [k, { json, revision }]),
        ).to.deep.equal([...naive].sort(([left], [right]) => (left < right ? -1 : 1)));
        expect([...replayed.snapshot()]).to.deep.equal([...kv.snapshot()]);
      }),
      { seed },
    );
  });
});

function keyOf(operation: Json): string {
  return Object.values(operation as Record<string, { key: string }>)[0]!.key;
}
