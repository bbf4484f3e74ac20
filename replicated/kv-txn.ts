/**
 * Transactions of the key-value store: all of `if` hold, then `then`, else `else`, at one index.
 *
 * Within a branch a key occurs once, so the order of its operations means nothing, a revision has at
 * most one event per key, and what `get` answers can be measured before anything is written.
 * What they do to the store is kv.ts's; `cas` (kv-protocol.ts) is the short form of the commonest.
 */
import { isObject, own, unknownKey } from './json.ts';
import {
  argumentsOf,
  refuseKey,
  refuseRevision,
  refuseTtl,
  refuseValue,
  type Parsed,
} from './kv-shapes.ts';
import type { Json } from './state-machine.ts';

/** Compares in `if`, and operations in each branch. */
export const maxTxnItems = 128;

export type Compare =
  | { readonly kind: 'revision'; readonly key: string; readonly revision: number }
  | { readonly kind: 'value'; readonly key: string; readonly value: Json }
  | { readonly kind: 'exists'; readonly key: string; readonly exists: boolean };

export type Operation =
  /** `ttlMs`: it ends so long after, in replicated time; null: it stays. */
  | {
      readonly kind: 'put';
      readonly key: string;
      readonly value: Json;
      readonly ttlMs: number | null;
    }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'get'; readonly key: string };

export interface Txn {
  readonly kind: 'txn';
  readonly if: readonly Compare[];
  readonly then: readonly Operation[];
  readonly else: readonly Operation[];
}

/** `{"txn": {"if"?: […], "then"?: […], "else"?: […]}}`; null: another command. */
export function parseTxn(command: Json): Parsed<Txn> | null {
  const txn = argumentsOf(command, 'txn', ['if', 'then', 'else']);
  if (txn === null || typeof txn === 'string') return txn;
  const compares = parseItems('if', own(txn, 'if'), parseCompare);
  if (typeof compares === 'string') return compares;
  const accepted = parseBranch('then', own(txn, 'then'));
  if (typeof accepted === 'string') return accepted;
  const otherwise = parseBranch('else', own(txn, 'else'));
  if (typeof otherwise === 'string') return otherwise;
  return { kind: 'txn', if: compares, then: accepted, else: otherwise };
}

/** `{"put": {"key", "value", "ttlMs"?}}`, `{"delete": {"key"}}` or `{"get": {"key"}}`; null: none of them. */
export function parseOperation(item: Json): Parsed<Operation> | null {
  for (const kind of ['put', 'delete', 'get'] as const) {
    const given = argumentsOf(item, kind, kind === 'put' ? ['key', 'value', 'ttlMs'] : ['key']);
    if (typeof given === 'string') return given;
    if (given === null) continue;
    const key = own(given, 'key');
    const wrong = refuseKey('key', key);
    if (wrong !== null) return wrong;
    if (kind !== 'put') return { kind, key: key as string };
    const [value, ttlMs] = [own(given, 'value'), own(given, 'ttlMs')];
    const unfit = refuseValue(value) ?? refuseTtl(ttlMs);
    if (unfit !== null) return unfit;
    return {
      kind,
      key: key as string,
      value: value as Json,
      ttlMs: (ttlMs ?? null) as number | null,
    };
  }
  return null;
}

/** `{"key"}` with one of `"revision"`, `"value"` and `"exists"`. */
function parseCompare(item: Json): Parsed<Compare> {
  if (!isObject(item)) return 'a compare is an object';
  const extra = unknownKey(item, ['key', 'revision', 'value', 'exists']);
  if (extra !== null) return `unknown field ${JSON.stringify(extra)} in a compare`;
  const key = own(item, 'key');
  const [revision, value, exists] = ['revision', 'value', 'exists'].map((name) => own(item, name));
  const wrong = refuseKey('key', key);
  if (wrong !== null) return wrong;
  if ([revision, value, exists].filter((one) => one !== undefined).length !== 1) {
    return 'a compare has one of "revision", "value" and "exists"';
  }
  const about = { key: key as string };
  if (exists !== undefined) {
    return typeof exists === 'boolean'
      ? { kind: 'exists', ...about, exists }
      : '"exists" must be true or false';
  }
  if (value !== undefined) return refuseValue(value) ?? { kind: 'value', ...about, value };
  return refuseRevision(revision) ?? { kind: 'revision', ...about, revision: revision as number };
}

function parseBranch(name: string, given: Json | undefined): Parsed<readonly Operation[]> {
  const none = 'an operation is {"put": {…}}, {"delete": {…}} or {"get": {…}}';
  const operations = parseItems(name, given, (item) => parseOperation(item) ?? none);
  if (typeof operations === 'string') return operations;
  const keys = new Set(operations.map(({ key }) => key));
  return keys.size === operations.length ? operations : `a key occurs twice in "${name}"`;
}

function parseItems<T>(
  name: string,
  given: Json | undefined,
  parse: (item: Json) => Parsed<T>,
): Parsed<readonly T[]> {
  if (given === undefined) return [];
  if (!Array.isArray(given)) return `"${name}" must be an array`;
  if (given.length > maxTxnItems) return `"${name}" has more than ${maxTxnItems} items`;
  const parsed: T[] = [];
  for (const item of given as readonly Json[]) {
    const one = parse(item);
    if (typeof one === 'string') return `in "${name}": ${one}`;
    parsed.push(one);
  }
  return parsed;
}
