/**
 * The built-in key-value store: the state machine `kv`, in memory, ordered by key.
 *
 * A revision is the log index of the command that last modified a key, so revisions grow with the
 * log and are equal on every server. `put` and `delete` answer
 * `{"revision", "previous"}`: their own index, and the revision that they replaced or null.
 * Keys and shapes are the affair of kv-protocol.ts.
 */
import { maxKeyBytes, parseCommand, parseQuery } from './kv-protocol.ts';
import { createOrderedMap, type OrderedMap } from './ordered-map.ts';
import { errorResult } from './results.ts';
import type { Json, StateMachine } from './state-machine.ts';

/** About how many characters of JSON one `list` answers with; always at least one entry. */
const maxListChars = 1 << 20;

interface Item {
  readonly value: Json;
  readonly revision: number;
}

/** An empty store. */
export function createKv(): StateMachine {
  let items = createOrderedMap<Item>();

  return {
    refuse(command) {
      const parsed = parseCommand(command);
      return typeof parsed === 'string' ? parsed : null;
    },

    apply(command, index) {
      const parsed = parseCommand(command);
      if (typeof parsed === 'string') return errorResult('ERR_INVALID_COMMAND', parsed);
      const replaced =
        parsed.kind === 'put'
          ? items.set(parsed.key, { value: parsed.value, revision: index })
          : items.delete(parsed.key);
      return { revision: index, previous: replaced?.revision ?? null };
    },

    /** `get`: `{"value", "revision"}` or null. `list`: `{"entries": [{"key", …}], "more"}`. */
    query(query) {
      const parsed = parseQuery(query);
      if (typeof parsed === 'string') return errorResult('ERR_INVALID_QUERY', parsed);
      if (parsed.kind === 'list') return list(items, parsed.prefix, parsed.limit);
      const item = items.get(parsed.key);
      return item === undefined ? null : { value: item.value, revision: item.revision };
    },

    /** One `[key, revision, value]` per key, in key order: the state of this moment. */
    snapshot() {
      return snapshotOf(items.clone());
    },

    restore(snapshot) {
      const restored = createOrderedMap<Item>();
      for (const item of snapshot) {
        const [key, revision, value] = Array.isArray(item) ? (item as readonly Json[]) : [];
        if (typeof key !== 'string' || typeof revision !== 'number' || value === undefined) {
          throw new Error('ERR_SNAPSHOT_CORRUPT: an item of kv is not [key, revision, value]');
        }
        restored.set(key, { value, revision });
      }
      items = restored;
    },
  };
}

function* snapshotOf(items: OrderedMap<Item>): Iterable<Json> {
  for (const [key, { revision, value }] of items.entries('')) yield [key, revision, value];
}

/** `more`: the limit, or the bound on the answer's size, left out keys with this prefix. */
function list(items: OrderedMap<Item>, prefix: string, limit: number): Json {
  const entries: Json[] = [];
  let chars = 0;
  for (const [key, { value, revision }] of items.entries(prefix)) {
    if (!key.startsWith(prefix)) break;
    if (entries.length === limit || chars > maxListChars) return { entries, more: true };
    chars += JSON.stringify(value).length + maxKeyBytes;
    entries.push({ key, value, revision });
  }
  return { entries, more: false };
}
