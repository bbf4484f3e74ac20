/**
 * The model of one key of the key-value store: a register that can be empty, with revisions.
 *
 * A revision that nobody recorded is unknown until an answer tells it. What is known is that
 * revisions of a key grow, so each state carries the largest one that is known as its `floor`.
 */
import { endOf, textOf, type HistoryOperation } from './history.ts';
import type { Model } from './model.ts';

/** A key as the model sees it. */
export interface KvState {
  /** As text; null: there is no value. */
  readonly value: string | null;
  /** Null: not known, or there is no value. */
  readonly revision: number | null;
  readonly floor: number;
}

/** One operation on a key, and what its caller was told. */
export interface KvStep {
  readonly isRead: boolean;
  /** What is written or was read, as text; null for nothing. */
  readonly value: string | null;
  readonly revision: number | null;
  /** The revision replaced; null for none; undefined when not recorded. */
  readonly previous: number | null | undefined;
}

/** `put`, `get`, `delete` and `cas` of one key. A `cas` that is ok is a put over what it expected. */
export const kvModel: Model<KvState, KvStep> = {
  initial: { value: null, revision: null, floor: -1 },

  refuse(operation) {
    const { op, outcome, value, found, revision, previous, expected } = operation;
    const isOk = outcome === 'ok';
    switch (op) {
      case 'put':
        if (value === undefined) return 'a put has a "value"';
        return found === undefined ? null : '"found" belongs to a get';
      case 'cas':
        if (value === undefined) return 'a cas has a "value"';
        if (expected === undefined) return 'a cas has "expected": a revision, or null';
        return previous === undefined || previous === expected
          ? null
          : 'a cas that is ok has replaced what it expected';
      case 'delete':
        if (value !== undefined) return 'a delete has no "value"';
        return found === undefined ? null : '"found" belongs to a get';
      case 'get':
        if (previous !== undefined) return '"previous" belongs to a put or a delete';
        if (found === false && (value !== undefined || revision !== undefined)) {
          return 'a get that found nothing has neither "value" nor "revision"';
        }
        return isOk && found !== false && value === undefined
          ? 'a get that is ok has a "value", or "found": false'
          : null;
      default:
        return `"op" is put, get, delete or cas, not ${JSON.stringify(op)}`;
    }
  },

  prepare({ op, outcome, value, revision, previous, expected }) {
    const isRead = op === 'get';
    const isKnown = outcome === 'ok';
    if (isRead && !isKnown) return null;
    return {
      isRead,
      value: value === undefined ? null : textOf(value),
      revision: isKnown ? (revision ?? null) : null,
      // A cas of which nothing is known counts as a put: what made its compare true may be unknown,
      // too, and the search looks at one unknown before an answer (model.ts#Hiding).
      previous: isKnown ? (op === 'cas' ? expected : previous) : undefined,
    };
  },

  apply(state, step) {
    return step.isRead ? afterRead(state, step) : afterWrite(state, step);
  },

  isRead: ({ isRead }) => isRead,
  keyOf: ({ value, revision, floor }) => `${revision ?? ''},${floor},${value ?? ''}`,
  effectOf: ({ value }) => value ?? '',
  hiding: {
    shown: ({ value }) => value ?? '',
    awaited: ({ isRead, value }) => (isRead ? (value ?? '') : null),
    unreadEffectOf: ({ value }) => (value === null ? '' : 'put'),
    sees(answer, effect) {
      if (answer.isRead) return answer.value === effect.value;
      const { previous } = answer;
      return previous !== undefined && (previous === null) === (effect.value === null);
    },
  },

  rank: ({ isRead, revision }) => (isRead ? Infinity : (revision ?? Infinity)),

  describe(operation) {
    const { op, outcome, value, revision } = operation;
    const what = value === undefined ? 'nothing' : textOf(value);
    const { expected } = operation;
    const over = expected === null ? 'none' : `@${expected ?? '?'}`;
    const asked = op === 'put' ? `put ${what}` : op === 'cas' ? `cas ${what} over ${over}` : op;
    if (outcome !== 'ok') return `${asked} → ${outcome}`;
    const at = revision === undefined ? '' : ` @${revision}`;
    if (op === 'get') return `get → ${what}${at}`;
    const { previous } = operation;
    const replaced =
      previous === undefined ? '' : `, over ${previous === null ? 'none' : `@${previous}`}`;
    return `${asked} → ok${at}${replaced}`;
  },

  alternatives(operation, others) {
    const writes = others.filter(({ op, outcome }) => op !== 'get' && outcome !== 'failed');
    const { client, op, key, invokedAtMs, outcome, value, revision } = operation;
    const bare = { client, op, key, invokedAtMs, returnedAtMs: endOf(operation), outcome };
    if (op === 'get') {
      const puts = writes.filter((write) => write.op !== 'delete');
      const seen = puts.map((put) => ({ ...bare, ...resultOf(put, operation) }));
      return distinct([...seen, { ...bare, found: false }]);
    }
    const known = value === undefined ? bare : { ...bare, value };
    const at = revision === undefined ? {} : { revision };
    const revisions = writes.flatMap((write) => write.revision ?? []);
    const replaced = [null, ...revisions].map((previous) => ({ ...known, ...at, previous }));
    return operation.previous === undefined ? [known] : distinct([...replaced, known]);
  },
};

function afterRead(state: KvState, { value, revision }: KvStep): KvState | null {
  if (value !== state.value) return null;
  if (revision === null || value === null) return state;
  if (state.revision !== null) return revision === state.revision ? state : null;
  return revision > state.floor ? { value, revision, floor: revision } : null;
}

function afterWrite(state: KvState, { value, revision, previous }: KvStep): KvState | null {
  let { floor } = state;
  if (previous === null && state.value !== null) return null;
  if (typeof previous === 'number') {
    if (state.value === null) return null;
    const fits = state.revision === null ? previous > floor : previous === state.revision;
    if (!fits) return null;
    floor = previous;
  }
  if (revision !== null && revision <= floor) return null;
  return { value, revision: value === null ? null : revision, floor: revision ?? floor };
}

/** What a get of this put would have answered, as precisely as `operation` was. */
function resultOf({ value, revision, outcome }: HistoryOperation, operation: HistoryOperation) {
  const isPrecise = operation.revision !== undefined && outcome === 'ok';
  return {
    ...(value === undefined ? {} : { value }),
    ...(isPrecise && revision !== undefined ? { revision } : {}),
  };
}

function distinct(operations: readonly HistoryOperation[]): HistoryOperation[] {
  return [...new Map(operations.map((one) => [kvModel.describe(one), one])).values()];
}
