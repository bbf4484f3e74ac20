/**
 * The client's methods for the key-value store, as calls of the machine `kv`: application values in
 * and out (values.ts), the store's own shapes (docs/formats.md#key-value-store) between.
 */
import { maxListLimit, type StoredValue } from '../../replicated/kv-protocol.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type * as api from './api.ts';
import { revisionOf } from './arguments.ts';
import type { CallOptions } from './call-options.ts';
import { casFailed, touchFailed } from './errors.ts';
import { readTerms, type Call } from './request.ts';
import { decodeValue, encodeValue } from './values.ts';
import type { Watching } from './watch.ts';

export interface KvOptions {
  /** Rejects with a `StatecraftError`. */
  readonly ask: (call: Call, options: CallOptions) => Promise<api.Answered>;
  readonly watch: (
    about: Watching,
    signal: AbortSignal | undefined,
  ) => ReturnType<api.Client['watch']>;
}

type KvMethods = Pick<
  api.Client,
  'put' | 'delete' | 'cas' | 'touch' | 'txn' | 'get' | 'list' | 'range' | 'watch'
>;

export function kvMethods({ ask, watch }: KvOptions): KvMethods {
  async function command(asked: Json, options: CallOptions): Promise<unknown> {
    return (await ask({ op: 'command', machine: 'kv', command: asked }, options)).result;
  }

  async function list(asked: Json, options: api.ReadOptions): Promise<api.Listed> {
    const query = { list: asked };
    const call = { op: 'read', machine: 'kv', query, ...readTerms(options) } as const;
    const { index, result } = await ask(call, options);
    const { entries, more, next } = result as unknown as StoredList;
    const read = entries.map((each) => ({ key: each.key, ...versioned(each) }));
    return { entries: read, more, next, revision: index };
  }

  return {
    async put(key, value, { ttlMs, ...options } = {}) {
      const put = { key, value: encoded(value), ...ending(ttlMs) };
      return (await command({ put }, options)) as api.Modified;
    },
    async delete(key, options = {}) {
      return (await command({ delete: { key } }, options)) as api.Modified;
    },
    async cas(key, expected, value, { ttlMs, ...options } = {}) {
      const revision = revisionOf(expected);
      const asked = { cas: { key, revision, value: encoded(value), ...ending(ttlMs) } };
      const result = (await command(asked, options)) as StoredCas;
      if (!result.ok) throw casFailed(key, result.current);
      return { revision: result.revision, previous: result.previous };
    },
    async touch(key, revision, ttlMs, options = {}) {
      const touch = { key, revision, ttlMs };
      const result = (await command({ touch }, options)) as StoredTouch;
      if (!result.ok) throw touchFailed(key, result.current);
    },
    async txn(txn, options = {}) {
      const asked = {
        if: (txn.if ?? []).map(encodeCompare),
        then: (txn.then ?? []).map(encodeOperation),
        else: (txn.else ?? []).map(encodeOperation),
      };
      const { ok, revision, results } = (await command({ txn: asked }, options)) as StoredTxn;
      return { ok, revision, results: results.map(decodeOutcome) };
    },
    async get(key, options = {}) {
      const query = { get: { key } };
      const call = { op: 'read', machine: 'kv', query, ...readTerms(options) } as const;
      const { result } = await ask(call, options);
      return result === null ? null : versioned(result as unknown as Stored);
    },
    list: (prefix, { limit = maxListLimit, start = '', ...options } = {}) =>
      list({ prefix, start, limit }, options),
    range: ({ start = '', end }, { limit = maxListLimit, ...options } = {}) =>
      list({ start, limit, end: end ?? null }, options),
    watch: (select, { from, progress = false, signal } = {}) =>
      watch(
        { machine: 'kv', select: { ...select }, from: from ?? null, progress, decode: decodeEvent },
        signal,
      ),
  };
}

interface Stored {
  readonly value: StoredValue;
  readonly revision: number;
}
interface StoredList {
  readonly entries: readonly (Stored & { readonly key: string })[];
  readonly more: boolean;
  readonly next: string | null;
}
type StoredCas = ({ readonly ok: true } & api.Modified) | { ok: false; current: number | null };
interface StoredTouch {
  readonly ok: boolean;
  readonly current: number | null;
}
interface StoredTxn {
  readonly ok: boolean;
  readonly revision: number;
  readonly results: readonly (api.Modified | Stored | null)[];
}
type StoredEvent =
  | StoredPut
  | { readonly type: 'delete'; key: string; previous: number; readonly reason?: 'expired' };
type StoredPut = Extract<api.WatchEvent, { readonly type: 'put' }> & {
  readonly value: StoredValue;
};

/** A copy of its own, as JSON. */
function encoded(value: unknown): Json {
  return { ...encodeValue(value) };
}

function versioned({ value, revision }: Stored): api.Versioned {
  return { value: decodeValue(value), revision };
}

function encodeCompare(compare: api.TxnCompare): Json {
  if (!('value' in compare)) return { ...compare };
  return { key: compare.key, value: encoded(compare.value) };
}

function encodeOperation(operation: api.TxnOperation): Json {
  if (!('put' in operation)) return { ...operation };
  const { key, value, ttlMs } = operation.put;
  return { put: { key, value: encoded(value), ...ending(ttlMs) } };
}

/** A field that is left out when there is nothing in it. */
function ending(ttlMs: number | undefined): { readonly ttlMs?: number } {
  return ttlMs === undefined ? {} : { ttlMs };
}

function decodeOutcome(outcome: api.Modified | Stored | null): api.TxnOutcome {
  return outcome !== null && 'value' in outcome ? versioned(outcome) : outcome;
}

function decodeEvent(event: Json): api.WatchEvent {
  const told = event as unknown as StoredEvent;
  if (told.type === 'put') return { ...told, value: decodeValue(told.value) };
  return { ...told, reason: told.reason ?? 'deleted' };
}
