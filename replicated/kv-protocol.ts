/**
 * The commands and queries of the key-value store: strict shapes in, readable reasons out.
 *
 * A value is what superjson made of the application's value at the client's edge, `{json, meta?}`,
 * and stays opaque: the store never opens it. Any string is a key, `''` and `__proto__` too, except
 * one with a lone surrogate, which has no UTF-8 form. Unknown fields are refused, so that an option
 * of a later version is never silently ignored by an earlier one.
 */
import { isObject, own, unknownKey } from './json.ts';
import type { Json } from './state-machine.ts';

export { isErrorResult } from './results.ts';

/** Bytes of a key in UTF-8. */
export const maxKeyBytes = 1024;
/** Entries in the answer to one `list`. */
export const maxListLimit = 1000;

/** superjson's output. */
export interface StoredValue {
  readonly json: Json;
  readonly meta?: Json;
}

export type KvCommand =
  | { readonly kind: 'put'; readonly key: string; readonly value: Json }
  | { readonly kind: 'delete'; readonly key: string };

export type KvQuery =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'list'; readonly prefix: string; readonly limit: number };

/** The parsed thing, or a string: why it is refused. */
export type Parsed<T> = T | string;

/** `{"put": {"key", "value": {"json", "meta"?}}}` or `{"delete": {"key"}}`. */
export function parseCommand(command: Json): Parsed<KvCommand> {
  const put = argumentsOf(command, 'put', ['key', 'value']);
  if (put !== null) {
    if (typeof put === 'string') return put;
    const key = own(put, 'key');
    const value = own(put, 'value');
    const wrong = refuseKey('key', key) ?? refuseValue(value);
    return wrong ?? { kind: 'put', key: key as string, value: value as Json };
  }
  const remove = argumentsOf(command, 'delete', ['key']);
  if (remove !== null) {
    if (typeof remove === 'string') return remove;
    const key = own(remove, 'key');
    return refuseKey('key', key) ?? { kind: 'delete', key: key as string };
  }
  return 'a command is {"put": {…}} or {"delete": {…}}';
}

/** `{"get": {"key"}}` or `{"list": {"prefix", "limit"}}`. */
export function parseQuery(query: Json): Parsed<KvQuery> {
  const get = argumentsOf(query, 'get', ['key']);
  if (get !== null) {
    if (typeof get === 'string') return get;
    const key = own(get, 'key');
    return refuseKey('key', key) ?? { kind: 'get', key: key as string };
  }
  const list = argumentsOf(query, 'list', ['prefix', 'limit']);
  if (list !== null) {
    if (typeof list === 'string') return list;
    const prefix = own(list, 'prefix');
    const limit = own(list, 'limit');
    const wrong = refuseKey('prefix', prefix) ?? refuseLimit(limit);
    return wrong ?? { kind: 'list', prefix: prefix as string, limit: limit as number };
  }
  return 'a query is {"get": {…}} or {"list": {…}}';
}

/** The arguments when `message` is `{[name]: {…}}` alone; a reason; or null: not this one. */
function argumentsOf(
  message: Json,
  name: string,
  known: readonly string[],
): Readonly<Record<string, Json>> | string | null {
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
function refuseKey(name: string, key: Json | undefined): string | null {
  if (typeof key !== 'string') return `"${name}" must be a string`;
  if (key.length > maxKeyBytes || (key.length * 3 > maxKeyBytes && utf8Length(key) > maxKeyBytes)) {
    return `"${name}" is longer than ${maxKeyBytes} bytes in UTF-8`;
  }
  // With the u flag, a pair is one code point and only a lone half matches.
  return /\p{Surrogate}/u.test(key) ? `"${name}" has a lone surrogate, so no UTF-8 form` : null;
}

function refuseValue(value: Json | undefined): string | null {
  if (!isObject(value) || own(value, 'json') === undefined) {
    return '"value" must be superjson output: {"json", "meta"?}';
  }
  const extra = unknownKey(value, ['json', 'meta']);
  if (extra !== null) return `unknown field ${JSON.stringify(extra)} in "value"`;
  const meta = own(value, 'meta');
  return meta === undefined || isObject(meta) ? null : '"meta" must be an object';
}

function refuseLimit(limit: Json | undefined): string | null {
  const fits = Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= maxListLimit;
  return fits ? null : `"limit" must be an integer from 1 to ${maxListLimit}`;
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
