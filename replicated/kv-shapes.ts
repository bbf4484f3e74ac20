/**
 * The parts that commands, queries and selections of the key-value store are made of: keys, values
 * and argument objects, each with a readable reason when it is none.
 *
 * Any string is a key, `''` and `__proto__` too, except one with a lone surrogate, which has no UTF-8
 * form. Unknown fields are refused, so that an option of a later version is never silently ignored
 * by an earlier one. What the parts make together is kv-protocol.ts's and kv-txn.ts's.
 */
import { isObject, own, unknownKey } from './json.ts';
import type { Json } from './state-machine.ts';

/** Bytes of a key in UTF-8. */
export const maxKeyBytes = 1024;

/** superjson's output. */
export interface StoredValue {
  readonly json: Json;
  readonly meta?: Json;
}

/** The parsed thing, or a string: why it is refused. */
export type Parsed<T> = T | string;

export type Fields = Readonly<Record<string, Json>>;

/** The arguments when `message` is `{[name]: {…}}` alone; a reason; or null: not this one. */
export function argumentsOf(
  message: Json,
  name: string,
  known: readonly string[],
): Parsed<Fields> | null {
  if (!isObject(message)) return null;
  const given = own(message, name);
  if (given === undefined) return null;
  const beside = unknownKey(message, [name]);
  if (beside !== null) return `unknown field ${JSON.stringify(beside)} beside "${name}"`;
  if (!isObject(given)) return `"${name}" takes an object`;
  const extra = unknownKey(given, known);
  return extra === null ? given : `unknown field ${JSON.stringify(extra)} in "${name}"`;
}

/** Why `key` is no key; null when it is one. `name` is what the reason calls it. */
export function refuseKey(name: string, key: Json | undefined): string | null {
  if (typeof key !== 'string') return `"${name}" must be a string`;
  if (key.length > maxKeyBytes || (key.length * 3 > maxKeyBytes && utf8Length(key) > maxKeyBytes)) {
    return `"${name}" is longer than ${maxKeyBytes} bytes in UTF-8`;
  }
  // With the u flag, a pair is one code point and only a lone half matches.
  return /\p{Surrogate}/u.test(key) ? `"${name}" has a lone surrogate, so no UTF-8 form` : null;
}

export function refuseValue(value: Json | undefined): string | null {
  if (!isObject(value) || own(value, 'json') === undefined) {
    return '"value" must be superjson output: {"json", "meta"?}';
  }
  const extra = unknownKey(value, ['json', 'meta']);
  if (extra !== null) return `unknown field ${JSON.stringify(extra)} in "value"`;
  const meta = own(value, 'meta');
  return meta === undefined || isObject(meta) ? null : '"meta" must be an object';
}

/** Why `revision` is no index of the log; null when it is one. */
export function refuseRevision(revision: Json | undefined): string | null {
  const fits = Number.isSafeInteger(revision) && Number(revision) >= 1;
  return fits ? null : '"revision" must be an integer from 1 up';
}

/** Ten years in milliseconds: the longest time to live. */
export const maxTtlMs = 315_360_000_000;

/** Why `ttlMs` is no time to live; null when it is one, or left out. */
export function refuseTtl(ttlMs: Json | undefined): string | null {
  if (ttlMs === undefined) return null;
  const fits = Number.isInteger(ttlMs) && Number(ttlMs) >= 1 && Number(ttlMs) <= maxTtlMs;
  return fits ? null : `"ttlMs" must be an integer from 1 to ${maxTtlMs}`;
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
