/**
 * What simulated clients ask for: which kind of operation comes next, on which key, and how it is
 * said in the store's own words. How it is sent, repeated and judged is client.ts's and the
 * checker's.
 */
import type { LogIndex } from '../../machines/messages.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { Operation, OperationKind } from '../invariants/clients.ts';
import type { Workload } from '../options/workload-options.ts';
import type { Random } from '../random.ts';

/** The one lock that clients contend for. */
const lockKey = 'lock';
/** Begins the keys that end by themselves. */
const endingPrefix = 't';

/** Whether a key may end by itself, so that who looks at answers alone cannot judge it. */
export function mayEnd(key: string): boolean {
  return key === lockKey || key.startsWith(endingPrefix);
}

export function drawKind(
  random: Random,
  { getShare, deleteShare, leases }: Workload,
): OperationKind {
  const draw = random.next();
  if (draw < getShare) return 'get';
  if (leases !== undefined) {
    const { casShare, ttlShare, lockShare } = leases;
    const second = random.split('leases').next();
    if (second < casShare) return 'cas';
    if (second < casShare + ttlShare) return 'lease';
    if (second < casShare + ttlShare + lockShare) return 'lock';
  }
  return draw < getShare + deleteShare ? 'delete' : 'put';
}

export function drawKey(random: Random, kind: OperationKind, { keys, leases }: Workload): string {
  const n = random.int(1, keys);
  if (kind === 'lock' || kind === 'touch') return lockKey;
  // Who reads looks at all of them.
  const ends =
    kind === 'lease' || (kind === 'get' && leases !== undefined && random.split('of').chance(0.3));
  if (ends) return `${endingPrefix}${n}`;
  // One key is a name that a plain object would take for its own.
  return n === 1 ? '__proto__' : `k${n}`;
}

/** The command of an operation that is no `get`. */
export function commandOf({ kind, key, value, expected }: Operation, ttlMs: number): Json {
  const put = { key, value: { json: value } };
  switch (kind) {
    case 'put':
      return { put };
    case 'lease':
      return { put: { ...put, ttlMs } };
    case 'cas':
      return { cas: { key, revision: expected, value: put.value } };
    case 'lock': {
      const ending = { put: { ...put, ttlMs } };
      return {
        txn: { if: [{ key, exists: false }], then: [ending], else: [{ get: { key } }] },
      };
    }
    case 'touch':
      return { touch: { key, revision: expected, ttlMs } };
    case 'delete':
    case 'get':
      return { delete: { key } };
    default:
      return kind satisfies never;
  }
}

/** What a client remembers from the answers that it got: revisions, and the token of its lock. */
export class Memory {
  /** The revision of the lock that it holds, as far as it knows; null: it holds none. */
  token: LogIndex | null = null;
  readonly #revisions = new Map<string, LogIndex | null>();

  /** What a `cas` of this key should expect. */
  revisionOf(key: string): LogIndex | null {
    return this.#revisions.get(key) ?? null;
  }

  learn({ kind, key, expected }: Operation, result: Json): void {
    const { ok, revision, current, previous } = (result ?? {}) as Learned;
    if (kind === 'lock') this.token = ok === true ? (revision ?? null) : null;
    else if (kind === 'touch') {
      if (ok !== true && this.token === expected) this.token = null;
    } else if (kind === 'cas' && ok !== true) this.#revisions.set(key, current ?? null);
    else if (kind === 'delete' || result === null) this.#revisions.set(key, null);
    else if (previous !== undefined || kind === 'get') this.#revisions.set(key, revision ?? null);
  }
}

interface Learned {
  readonly ok?: boolean;
  readonly revision?: LogIndex;
  readonly current?: LogIndex | null;
  readonly previous?: LogIndex | null;
}
