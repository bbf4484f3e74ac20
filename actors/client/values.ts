/**
 * Application values at the client's edge: superjson in, superjson out, and nowhere else.
 *
 * Only JSON, Date, bigint, Map, Set, undefined, NaN, the infinities and -0 pass, in both directions:
 * what is read may have been written by anyone, and superjson would build errors, expressions or
 * classes from its annotations. Identity is not kept: a value that occurs twice is stored twice.
 */
import SuperJSON from 'superjson';
import type { StoredValue } from '../../replicated/kv-protocol.ts';
import type { Json } from '../../replicated/state-machine.ts';
import { StatecraftError } from '../errors.ts';

/** Containers within containers. */
export const maxValueDepth = 24;

/** An instance of our own: nobody else's registered classes or symbols reach it. */
const superjson = new SuperJSON({ dedupe: false });
/** The annotations of what passes; `number` is NaN, an infinity or -0. */
const types: ReadonlySet<unknown> = new Set([
  'Date',
  'bigint',
  'map',
  'set',
  'undefined',
  'number',
]);
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** ERR_INVALID_VALUE when something in it could not be read back as what it is. */
export function encodeValue(value: unknown): StoredValue {
  // JSON takes these as they are, and superjson would walk even them.
  if (typeof value === 'string' || typeof value === 'boolean') return { json: value };
  const reason = refuse(value, maxValueDepth);
  if (reason !== null) throw invalid(reason);
  const { json, meta } = superjson.serialize(value);
  if (meta?.values === undefined) return { json: json as Json };
  return { json: json as Json, meta: { values: meta.values as Json, v: meta.v ?? 1 } };
}

/** ERR_INVALID_VALUE when another client wrote what this one does not accept. */
export function decodeValue({ json, meta }: StoredValue): unknown {
  if (meta === undefined) return json;
  const reason = refuse(json, Infinity);
  if (reason !== null) throw invalid(`what is stored ${reason}`);
  const { values, v } = meta as { readonly values?: Json; readonly v?: Json };
  if (values === undefined) return json;
  if (!onlyKnownTypes(values)) throw invalid('what is stored has an annotation of another type');
  try {
    return superjson.deserialize({ json, meta: { values, v } } as never);
  } catch (error) {
    throw invalid('what is stored does not fit its annotations', error);
  }
}

/** Why `value` cannot be stored, as the end of a sentence; null when it can. */
function refuse(value: unknown, depth: number): string | null {
  if (typeof value === 'function' || typeof value === 'symbol') return `holds a ${typeof value}`;
  if (typeof value !== 'object' || value === null) return null;
  // A cycle ends here, too.
  if (depth === 0) return `nests deeper than ${maxValueDepth}, or holds itself`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'holds an invalid Date' : null;
  if (Array.isArray(value)) {
    const dense = Object.keys(value).length === value.length;
    return dense ? firstReason(value, depth) : 'holds an array with gaps or fields';
  }
  if (value instanceof Map) return firstReason([...value].flat(), depth);
  if (value instanceof Set) return firstReason([...value], depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 'holds an instance of a class';
  if (Object.getOwnPropertySymbols(value).length > 0) return 'has a symbol as a key';
  const forbidden = Object.keys(value).find((key) => forbiddenKeys.has(key));
  if (forbidden !== undefined) return `has the key ${JSON.stringify(forbidden)}`;
  return firstReason(Object.values(value), depth);
}

function firstReason(items: readonly unknown[], depth: number): string | null {
  for (const item of items) {
    const reason = refuse(item, depth - 1);
    if (reason !== null) return reason;
  }
  return null;
}

/** superjson's annotation tree: `[type, inner?]`, or inner nodes by path. */
function onlyKnownTypes(tree: Json | undefined): boolean {
  if (Array.isArray(tree)) {
    const [type, inner] = tree as readonly Json[];
    return types.has(type) && (inner === undefined || onlyKnownTypes(inner));
  }
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.values(tree).every((inner) => onlyKnownTypes(inner));
}

function invalid(reason: string, cause?: unknown): StatecraftError {
  const message =
    `The value ${reason}. Values are JSON, Date, bigint, Map, Set, undefined and any number, ` +
    'without the keys __proto__, constructor and prototype.';
  return new StatecraftError('ERR_INVALID_VALUE', message, { cause });
}
