/**
 * Looking into JSON that others wrote: shapes, equality, size and a checksum, trusting no key.
 *
 * Keys such as `__proto__` are ordinary: only own properties count, and nothing is ever assigned by
 * a key that came from outside.
 */
import type { Json } from './state-machine.ts';

type JsonObject = Readonly<Record<string, Json>>;

/** Whether `value` is an object, not an array. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first key of `value` that is not in `known`; null when there is none. */
export function unknownKey(value: JsonObject, known: readonly string[]): string | null {
  return Object.keys(value).find((key) => !known.includes(key)) ?? null;
}

/** The own property `key`, so that `__proto__` and `constructor` read as absent, not inherited. */
export function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Whether two values are equal; the order of an object's keys does not matter. */
export function sameJson(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    const others = right as readonly Json[];
    return (
      left.length === others.length &&
      (left as readonly Json[]).every((item, i) => sameJson(item, others[i] ?? null))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => {
      const [mine, theirs] = [own(left, key), own(right, key)];
      return mine !== undefined && theirs !== undefined && sameJson(mine, theirs);
    })
  );
}

/** About how many characters `value` has as JSON, without making them. */
export function sizeOf(value: Json): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let size = 2;
  if (isObject(value)) {
    for (const key of Object.keys(value)) size += key.length + 4 + sizeOf(own(value, key) ?? null);
  } else {
    for (const item of value) size += sizeOf(item) + 1;
  }
  return size;
}

/**
 * FNV-1a over the structure, continued from `hash`: a cheap detector of states that differ, not a
 * decision and not cryptographic. Object keys count in their order.
 */
export function foldHash(hash: number, value: Json): number {
  if (typeof value === 'string') return foldText(step(hash, 1), value);
  if (typeof value !== 'object' || value === null) return foldText(step(hash, 2), String(value));
  if (Array.isArray(value)) {
    let folded = step(hash, 3);
    for (const item of value as readonly Json[]) folded = foldHash(folded, item);
    return step(folded, 4);
  }
  let folded = step(hash, 5);
  for (const [key, item] of Object.entries(value)) folded = foldHash(foldText(folded, key), item);
  return step(folded, 6);
}

function foldText(hash: number, text: string): number {
  let folded = step(hash, text.length);
  for (let i = 0; i < text.length; i += 1) folded = step(folded, text.charCodeAt(i));
  return folded;
}

function step(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193) >>> 0;
}
