/**
 * The commands and queries of the key-value store: strict shapes in, readable reasons out.
 *
 * A value is what superjson made of the application's value at the client's edge, `{json, meta?}`,
 * and stays opaque: the store never opens it. The parts are kv-shapes.ts's, transactions kv-txn.ts's,
 * what may be watched kv-select.ts's.
 */
import { own } from './json.ts';
import {
  argumentsOf,
  refuseKey,
  refuseRevision,
  refuseTtl,
  refuseValue,
  type Fields,
  type Parsed,
} from './kv-shapes.ts';
import { parseOperation, parseTxn, type Operation, type Txn } from './kv-txn.ts';
import type { Json } from './state-machine.ts';

export { maxKeyBytes, type StoredValue } from './kv-shapes.ts';
export { maxTxnItems } from './kv-txn.ts';
export { isErrorResult, type ErrorResult } from './results.ts';

/** Entries in the answer to one `list`. */
export const maxListLimit = 1000;

export type KvCommand =
  | Exclude<Operation, { readonly kind: 'get' }>
  /** `revision`: what the key must have; null: there must be no such key. */
  | {
      readonly kind: 'cas';
      readonly key: string;
      readonly revision: number | null;
      readonly value: Json;
      readonly ttlMs: number | null;
    }
  /** Lets a key that still has `revision` live for `ttlMs` from now on; its revision stays. */
  | {
      readonly kind: 'touch';
      readonly key: string;
      readonly revision: number;
      readonly ttlMs: number;
    }
  | Txn;

export interface GetQuery {
  readonly kind: 'get';
  readonly key: string;
}

/** Keys that start with `prefix`, from `start` on, and below `end` unless that is null. */
export interface ListQuery {
  readonly kind: 'list';
  readonly prefix: string;
  readonly start: string;
  readonly end: string | null;
  readonly limit: number;
}

/**
 * `{"put": {"key", "value": {"json", "meta"?}, "ttlMs"?}}`, `{"delete": {"key"}}`,
 * `{"cas": {"key", "revision": number | null, "value", "ttlMs"?}}`,
 * `{"touch": {"key", "revision", "ttlMs"}}` or `{"txn": {"if", "then", "else"}}`.
 */
export function parseCommand(command: Json): Parsed<KvCommand> {
  // First what is most frequent: the log is applied at this speed.
  const operation = parseOperation(command);
  if (typeof operation === 'string') return operation;
  if (operation !== null && operation.kind !== 'get') return operation;
  const cas = argumentsOf(command, 'cas', ['key', 'revision', 'value', 'ttlMs']);
  if (cas !== null) return typeof cas === 'string' ? cas : parseCas(cas);
  const touch = argumentsOf(command, 'touch', ['key', 'revision', 'ttlMs']);
  if (touch !== null) return typeof touch === 'string' ? touch : parseTouch(touch);
  const none =
    'a command is {"put": {…}}, {"delete": {…}}, {"cas": {…}}, {"touch": {…}} or {"txn": {…}}';
  return parseTxn(command) ?? none;
}

/** `{"get": {"key"}}` or `{"list": {"prefix"?, "start"?, "end"?, "limit"}}`. */
export function parseQuery(query: Json): Parsed<GetQuery | ListQuery> {
  const get = argumentsOf(query, 'get', ['key']);
  if (get !== null) {
    if (typeof get === 'string') return get;
    const key = own(get, 'key');
    return refuseKey('key', key) ?? { kind: 'get', key: key as string };
  }
  const list = argumentsOf(query, 'list', ['prefix', 'start', 'end', 'limit']);
  if (list !== null) return typeof list === 'string' ? list : parseList(list);
  return 'a query is {"get": {…}} or {"list": {…}}';
}

function parseCas(given: Fields): Parsed<KvCommand> {
  const names = ['key', 'revision', 'value', 'ttlMs'];
  const [key, revision, value, ttlMs] = names.map((name) => own(given, name));
  const wrong =
    refuseKey('key', key) ??
    (revision === null ? null : refuseRevision(revision)) ??
    refuseValue(value) ??
    refuseTtl(ttlMs);
  return (
    wrong ?? {
      kind: 'cas',
      key: key as string,
      revision: revision as number | null,
      value: value as Json,
      ttlMs: (ttlMs ?? null) as number | null,
    }
  );
}

function parseTouch(given: Fields): Parsed<KvCommand> {
  const [key, revision, ttlMs] = ['key', 'revision', 'ttlMs'].map((name) => own(given, name));
  const wrong =
    refuseKey('key', key) ??
    refuseRevision(revision) ??
    (ttlMs === undefined ? '"touch" needs "ttlMs"' : refuseTtl(ttlMs));
  return (
    wrong ?? {
      kind: 'touch',
      key: key as string,
      revision: revision as number,
      ttlMs: ttlMs as number,
    }
  );
}

function parseList(given: Fields): Parsed<ListQuery> {
  const {
    prefix = '',
    start = '',
    end = null,
    limit,
  } = {
    prefix: own(given, 'prefix'),
    start: own(given, 'start'),
    end: own(given, 'end'),
    limit: own(given, 'limit'),
  };
  const wrong =
    refuseKey('prefix', prefix) ??
    refuseKey('start', start) ??
    (end === null ? null : refuseKey('end', end)) ??
    refuseLimit(limit);
  if (wrong !== null) return wrong;
  return {
    kind: 'list',
    prefix: prefix as string,
    start: start as string,
    end: end as string | null,
    limit: limit as number,
  };
}

function refuseLimit(limit: Json | undefined): string | null {
  const fits = Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= maxListLimit;
  return fits ? null : `"limit" must be an integer from 1 to ${maxListLimit}`;
}
