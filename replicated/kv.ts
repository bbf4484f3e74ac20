/**
 * The built-in key-value store: the state machine `kv`, in memory, ordered by key.
 *
 * A revision is the log index of the command that last modified a key, so revisions grow with the
 * log and are equal on every server. A compare that fails is a result (`"ok": false`), not an error.
 * Keys with a time to live end when an entry is applied whose replicated time is past their deadline:
 * at the same index everywhere, and not before. Keys and shapes are the affair of kv-protocol.ts, what
 * ends when that of kv-deadlines.ts, lately changed keys that of kv-history.ts,
 * its items in a snapshot that of kv-snapshot.ts.
 */
import { sameJson, sizeOf } from './json.ts';
import { createDeadlines } from './kv-deadlines.ts';
import { createHistory, type KvEvent } from './kv-history.ts';
import { maxKeyBytes, parseCommand, parseQuery } from './kv-protocol.ts';
import type { KvCommand, ListQuery } from './kv-protocol.ts';
import { kvBuilder, kvItems, type Item } from './kv-snapshot.ts';
import type { Compare, Operation, Txn } from './kv-txn.ts';
import { createOrderedMap, type OrderedMap } from './ordered-map.ts';
import { errorResult, refusedResult } from './results.ts';
import type { Json, Restoring, StateMachine } from './state-machine.ts';

/** About how many characters of JSON one `list` answers with; always at least one entry. */
const maxListChars = 1 << 20;
/** The same for the `get`s of a transaction, whose result is kept with its session. */
const maxTxnReadChars = 1 << 18;
/** Keys that end at one index; the rest at the next, so that no entry takes long. */
export const maxExpiredAtOnce = 1_000;

/** An empty store; `history` is given by tests of its bounds. */
export function createKv(history = createHistory()): StateMachine {
  let items = createOrderedMap<Item>();
  /** Index of the last command that changed anything. */
  let lastRevision = 0;
  let deadlines = createDeadlines();
  /** Replicated time, of the entry that is applied. */
  let nowMs = 0;

  function setItem(key: string, item: Item): Item | undefined {
    const replaced = items.set(key, item);
    deadlines.move(key, replaced?.deadlineMs ?? null, item.deadlineMs);
    return replaced;
  }

  function deleteItem(key: string): Item | undefined {
    const removed = items.delete(key);
    if (removed !== undefined) deadlines.move(key, removed.deadlineMs, null);
    return removed;
  }

  const deadlineIn = (ttlMs: number | null): number | null =>
    ttlMs === null ? null : nowMs + ttlMs;

  /** Commands are applied one at a time: `events` gathers what this one does. */
  function run(command: KvCommand, index: number, events: KvEvent[]): Json {
    switch (command.kind) {
      case 'put':
      case 'delete':
        return write(command, index, events);
      case 'cas': {
        const current = items.get(command.key)?.revision ?? null;
        if (current !== command.revision) return { ok: false, current };
        return { ok: true, ...write({ ...command, kind: 'put' }, index, events) };
      }
      case 'touch': {
        const item = items.get(command.key);
        const current = item?.revision ?? null;
        if (item === undefined || current !== command.revision) return { ok: false, current };
        setItem(command.key, { ...item, deadlineMs: deadlineIn(command.ttlMs) });
        return { ok: true, current };
      }
      case 'txn':
        return runTxn(command, index, events);
      default:
        return command satisfies never;
    }
  }

  function write(
    command: Exclude<Operation, { readonly kind: 'get' }>,
    index: number,
    events: KvEvent[],
  ): { readonly revision: number; readonly previous: number | null } {
    const { key } = command;
    if (command.kind === 'put') {
      const { value, ttlMs } = command;
      const item = { value, revision: index, deadlineMs: deadlineIn(ttlMs) };
      const previous = setItem(key, item)?.revision ?? null;
      events.push({ type: 'put', key, value, previous });
      return { revision: index, previous };
    }
    const previous = deleteItem(key)?.revision ?? null;
    if (previous !== null) events.push({ type: 'delete', key, previous });
    return { revision: index, previous };
  }

  function runTxn(txn: Txn, index: number, events: KvEvent[]): Json {
    const ok = txn.if.every(holds);
    const operations = ok ? txn.then : txn.else;
    // Measured before anything is written: a key occurs once, so no write changes what is read.
    const read = operations
      .filter(({ kind }) => kind === 'get')
      .reduce((sum, { key }) => sum + sizeOf(items.get(key)?.value ?? null), 0);
    if (read > maxTxnReadChars) {
      const message = `Its "get"s would answer with more than ${maxTxnReadChars} characters, so nothing was changed. Get fewer.`;
      return refusedResult('ERR_TOO_LARGE', message);
    }
    const results = operations.map((operation) =>
      operation.kind === 'get' ? get(operation.key) : write(operation, index, events),
    );
    return { ok, revision: index, results };
  }

  function holds(compare: Compare): boolean {
    const item = items.get(compare.key);
    switch (compare.kind) {
      case 'exists':
        return (item !== undefined) === compare.exists;
      case 'revision':
        return item?.revision === compare.revision;
      case 'value':
        return item !== undefined && sameJson(item.value, compare.value);
      default:
        return compare satisfies never;
    }
  }

  function get(key: string): Json {
    const item = items.get(key);
    return item === undefined ? null : { value: item.value, revision: item.revision };
  }

  function restoreInSteps(): Restoring {
    const built = kvBuilder();
    return {
      add: (item) => built.add(item),
      finish() {
        ({ items, lastRevision, deadlines } = built.contents);
        history.reset(lastRevision);
      },
    };
  }

  return {
    refuse(command) {
      const parsed = parseCommand(command);
      return typeof parsed === 'string' ? parsed : null;
    },

    /**
     * `put`, `delete`: `{"revision", "previous"}`, their own index and the revision that they
     * replaced or null. `cas`: that with `"ok": true`, or `{"ok": false, "current"}`. `txn`:
     * `{"ok", "revision", "results"}`, a result for each operation of the branch that was taken.
     * `touch`: `{"ok", "current"}`, the revision of the key, which does not change.
     */
    apply(command, index, timeMs) {
      nowMs = timeMs;
      const parsed = parseCommand(command);
      if (typeof parsed === 'string') return refusedResult('ERR_INVALID_COMMAND', parsed);
      const events: KvEvent[] = [];
      const result = run(parsed, index, events);
      if (events.length > 0) lastRevision = index;
      history.add(index, events);
      return result;
    },

    /** Ends what is due; gives its keys. */
    tick(timeMs, index) {
      if ((deadlines.next() ?? Infinity) > timeMs) return null;
      const keys = deadlines.due(timeMs, maxExpiredAtOnce);
      const events = keys.map((key): KvEvent => {
        const previous = deleteItem(key)?.revision ?? 0;
        return { type: 'delete', key, previous, reason: 'expired' };
      });
      lastRevision = index;
      history.add(index, events);
      return keys;
    },

    nextDeadlineMs: () => deadlines.next(),

    /** `get`: `{"value", "revision"}` or null. `list`: `{"entries": [{"key", …}], "more", "next"}`. */
    query(query) {
      const parsed = parseQuery(query);
      if (typeof parsed === 'string') return errorResult('ERR_INVALID_QUERY', parsed);
      return parsed.kind === 'list' ? list(items, parsed) : get(parsed.key);
    },

    snapshot: () => kvItems(items.clone(), lastRevision),

    restore(given) {
      const steps = restoreInSteps();
      for (const item of given) steps.add(item);
      steps.finish();
    },

    restoreInSteps,

    changes: history,
  };
}

/** `more`: the limit, or the bound on the answer's size, left out keys, of which `next` is the first. */
function list(items: OrderedMap<Item>, { prefix, start, end, limit }: ListQuery): Json {
  const entries: Json[] = [];
  let chars = 0;
  for (const [key, { value, revision }] of items.entries(start > prefix ? start : prefix)) {
    if (!key.startsWith(prefix) || (end !== null && key >= end)) break;
    if (entries.length === limit || chars > maxListChars) return { entries, more: true, next: key };
    chars += sizeOf(value) + maxKeyBytes;
    entries.push({ key, value, revision });
  }
  return { entries, more: false, next: null };
}
