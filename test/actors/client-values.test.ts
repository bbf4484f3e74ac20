/** Values at the client's edge: what passes comes back as it was, and nothing else passes. */
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeValue, encodeValue, maxValueDepth } from '../../actors/client/values.ts';
import type { StoredValue } from '../../replicated/kv-protocol.ts';

/** Through the store and back: only JSON crosses. */
function through(value: unknown): unknown {
  return decodeValue(JSON.parse(JSON.stringify(encodeValue(value))) as StoredValue);
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe('values', () => {
  const values: [string, unknown][] = [
    ['null', null],
    ['undefined', undefined],
    ['NaN', NaN],
    ['-Infinity', -Infinity],
    ['a bigint', 12345678901234567890n],
    ['a Date', new Date(86_400_000)],
    ['a Map in a Set in an object', { a: new Set([new Map([[1n, new Date(0)]])]) }],
    ['undefined as a member', { a: undefined, b: [undefined, 1] }],
    ['keys with dots and backslashes', { 'a.b': 1n, 'c\\.d': new Date(0), '': NaN }],
  ];
  for (const [name, value] of values) {
    it(`gives ${name} back as it was`, () => {
      expect(through(value)).to.deep.equal(value);
    });
  }

  it('gives -0 back as -0', () => {
    expect(Object.is(through(-0), -0)).to.equal(true);
  });

  it('gives any JSON back as it was, and stores it without annotation', () => {
    const seed = Date.now();
    const forbidden = /"(__proto__|constructor|prototype)":/;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: maxValueDepth - 1 }), (value) => {
        fc.pre(!forbidden.test(JSON.stringify(value)));
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        expect(encodeValue(json)).to.deep.equal({ json });
        expect(through(json)).to.deep.equal(json);
      }),
      { seed },
    );
  });

  it('stores a value that occurs twice twice, and restores both', () => {
    const date = new Date(5);

    expect(through({ a: [date], b: date })).to.deep.equal({ a: [date], b: date });
    expect(encodeValue([date, date]).meta).not.to.have.property('referentialEqualities');
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  const refused: [string, unknown][] = [
    ['a function', { f: () => 1 }],
    ['a symbol', [Symbol('s')]],
    ['a symbol as a key', { [Symbol('s')]: 1 }],
    ['an error', new Error('e')],
    ['a regular expression', /x/],
    ['a URL', new Map([[1, new URL('http://a')]])],
    [
      'an instance of a class',
      new (class Point {
        x = 1;
      })(),
    ],
    ['bytes', new Uint8Array(1)],
    ['an invalid Date', new Date(NaN)],
    ['a cycle', cycle],
    ['an array with gaps', Array(3)],
    ['a value nested too deep', nested(maxValueDepth + 1)],
    ['the key __proto__', JSON.parse('{"__proto__": 1}')],
    ['the key constructor', { constructor: 1 }],
  ];
  for (const [name, value] of refused) {
    it(`refuses ${name} with ERR_INVALID_VALUE`, () => {
      expect(() => encodeValue(value))
        .to.throw()
        .with.property('code', 'ERR_INVALID_VALUE');
    });
  }

  it('takes a value that nests as deep as it may, also of Maps', () => {
    let maps: unknown = 1;
    for (let i = 0; i < maxValueDepth; i += 1) maps = new Map([['k', maps]]);

    expect(through(nested(maxValueDepth))).to.deep.equal(nested(maxValueDepth));
    expect(through(maps)).to.deep.equal(maps);
  });

  const hostile: [string, unknown][] = [
    ['an annotation of a class', { json: {}, meta: { values: [['class', 'X']] } }],
    ['an annotation of an Error', { json: { e: {} }, meta: { values: { e: ['Error'] } } }],
    ['a regular expression', { json: '/(a+)+$/', meta: { values: ['regexp'] } }],
    ['a path into __proto__', { json: {}, meta: { values: { '__proto__.x': ['bigint'] } } }],
    ['a bigint that is none', { json: 'x', meta: { values: ['bigint'] } }],
    ['annotations that are no tree', { json: 'x', meta: { values: 5 } }],
    [
      'the key __proto__',
      JSON.parse('{"json":{"__proto__":{"x":1}},"meta":{"values":{"a":["map"]}}}'),
    ],
  ];
  for (const [name, stored] of hostile) {
    it(`refuses to read ${name} that another client wrote, and pollutes nothing`, () => {
      expect(() => decodeValue(stored as StoredValue))
        .to.throw()
        .with.property('code', 'ERR_INVALID_VALUE');
      expect(({} as Record<string, unknown>)['x']).to.equal(undefined);
    });
  }
});
