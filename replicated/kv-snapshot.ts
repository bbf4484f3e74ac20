/**
 * The key-value store as items of a snapshot, and back: the last revision, then one
 * `[key, revision, value, deadline?]` per key, in key order, so that equal stores give equal items.
 */
import { isObject, own } from './json.ts';
import { createDeadlines, type Deadlines } from './kv-deadlines.ts';
import { createOrderedMap, type OrderedMap } from './ordered-map.ts';
import type { Json } from './state-machine.ts';

export interface Item {
  readonly value: Json;
  readonly revision: number;
  /** Replicated time at which it ends; null: it stays. */
  readonly deadlineMs: number | null;
}

/** What the store consists of. */
export interface KvContents {
  readonly items: OrderedMap<Item>;
  /** Index of the last command that changed anything. */
  readonly lastRevision: number;
  readonly deadlines: Deadlines;
}

/** Reads `items` as it goes on: they must not change any more. */
export function* kvItems(items: OrderedMap<Item>, lastRevision: number): Iterable<Json> {
  if (lastRevision > 0) yield { lastRevision };
  for (const [key, { revision, value, deadlineMs }] of items.entries('')) {
    yield deadlineMs === null ? [key, revision, value] : [key, revision, value, deadlineMs];
  }
}

/** Builds a store beside the present one, item by item. `add` throws ERR_SNAPSHOT_CORRUPT. */
export function kvBuilder(): { add(item: Json): void; readonly contents: KvContents } {
  const items = createOrderedMap<Item>();
  const deadlines = createDeadlines();
  let lastRevision = 0;
  return {
    add(item) {
      const then = isObject(item) ? own(item, 'lastRevision') : undefined;
      if (typeof then === 'number') {
        lastRevision = then;
        return;
      }
      const parts = Array.isArray(item) ? (item as readonly Json[]) : [];
      const [key, revision, value, deadlineMs = null] = parts;
      const isWhole = typeof key === 'string' && typeof revision === 'number';
      const hasEnd = typeof deadlineMs === 'number';
      if (!isWhole || value === undefined || !(deadlineMs === null || hasEnd)) {
        const shape = '[key, revision, value, deadline?]';
        throw new Error(`ERR_SNAPSHOT_CORRUPT: an item of kv is not ${shape}`);
      }
      items.set(key, { value, revision, deadlineMs });
      deadlines.move(key, null, deadlineMs);
    },
    get contents() {
      return { items, lastRevision, deadlines };
    },
  };
}
