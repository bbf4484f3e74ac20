/**
 * Which keys of the key-value store end when: in order of their deadlines, so that nobody looks
 * through all keys, and equal on every server, also among keys with one deadline.
 *
 * Deadlines are replicated time. What happens when one has passed is kv.ts's.
 */
import { createOrderedMap } from './ordered-map.ts';

/** Digits of the largest safe integer: numbers of equal width sort as text. */
const digits = 16;

export interface Deadlines {
  /** `key` had the deadline `before`, and has `after`; null: none. */
  move(key: string, before: number | null, after: number | null): void;
  /** The keys whose deadline is `timeMs` or earlier, earliest first, at most `limit` of them. */
  due(timeMs: number, limit: number): readonly string[];
  /** The earliest deadline; null when there is none. */
  next(): number | null;
}

export function createDeadlines(): Deadlines {
  const keys = createOrderedMap<string>();
  const place = (deadlineMs: number, key: string): string =>
    deadlineMs.toString().padStart(digits, '0') + key;

  return {
    move(key, before, after) {
      if (before !== null) keys.delete(place(before, key));
      if (after !== null) keys.set(place(after, key), key);
    },
    due(timeMs, limit) {
      const found: string[] = [];
      for (const [at, key] of keys.entries('')) {
        if (found.length === limit || Number(at.slice(0, digits)) > timeMs) break;
        found.push(key);
      }
      return found;
    },
    next() {
      for (const [at] of keys.entries('')) return Number(at.slice(0, digits));
      return null;
    },
  };
}
