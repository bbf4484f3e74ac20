/**
 * What happened to the key-value store lately, for those who watch it: the events of each index, in
 * order, bounded by number and by size, the oldest forgotten first.
 *
 * It is fed by `apply` alone, so it holds committed changes only, and it is no part of the state: a
 * server that restarts has what it applied since. Who is told, and when, is
 * actors/gateway/watchers.ts's.
 */
import { sizeOf } from './json.ts';
import { parseSelect } from './kv-select.ts';
import type { Change, ChangeReader, Changes, Json } from './state-machine.ts';

/** Events kept. */
export const maxHistoryEvents = 65_536;
/** About how many characters of JSON they have together. */
export const maxHistoryChars = 16 << 20;

/**
 * `value` of a put is superjson's output; `previous` is the revision that was replaced, or null.
 */
export type KvEvent =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: Json;
      readonly previous: number | null;
    }
  /** `expired`: its time to live was over, nobody deleted it. */
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly previous: number;
      readonly reason?: 'expired';
    };

interface Kept {
  readonly revision: number;
  readonly events: readonly KvEvent[];
  readonly chars: number;
}

export interface History extends Changes {
  /**
   * Events of one index, not below any before, after those that it has already; none is nothing.
   */
  add(revision: number, events: readonly KvEvent[]): void;
  /** Forgets all; nothing at `lastRevision` or below will be known. */
  reset(lastRevision: number): void;
}

export function createHistory(
  bounds = { maxEvents: maxHistoryEvents, maxChars: maxHistoryChars },
): History {
  let kept: Kept[] = [];
  /** Where the kept ones begin; what is before it is dropped when it is half of all. */
  let start = 0;
  let events = 0;
  let chars = 0;
  let oldest = 1;

  function forget(): void {
    while (events > bounds.maxEvents || chars > bounds.maxChars) {
      const first = kept[start];
      if (first === undefined) return;
      start += 1;
      events -= first.events.length;
      chars -= first.chars;
      oldest = first.revision + 1;
    }
    if (start * 2 > kept.length) {
      kept = kept.slice(start);
      start = 0;
    }
  }

  /** Position of the first change at `from` or later. */
  function seek(from: number): number {
    let [low, high] = [start, kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((kept[middle]?.revision ?? from) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function read(selects: (key: string) => boolean): ChangeReader {
    return (from, maxChars) => {
      const changes: Change[] = [];
      let read = 0;
      for (let i = seek(from); i < kept.length; i += 1) {
        const change = kept[i];
        if (change === undefined) break;
        const { revision } = change;
        if (read > maxChars) return { changes, next: revision };
        const selected = change.events.filter(({ key }) => selects(key));
        if (selected.length === 0) continue;
        changes.push({ revision, events: selected });
        read += change.chars;
      }
      return { changes, next: null };
    };
  }

  return {
    get oldest() {
      return oldest;
    },
    add(revision, added) {
      if (added.length === 0) return;
      const size = added.reduce((sum, event) => sum + sizeOf(event), 0);
      const last = kept.at(-1);
      if (last?.revision !== revision) kept.push({ revision, events: added, chars: size });
      else {
        const all = [...last.events, ...added];
        kept[kept.length - 1] = { revision, events: all, chars: last.chars + size };
      }
      events += added.length;
      chars += size;
      forget();
    },
    reset(lastRevision) {
      kept = [];
      [start, events, chars] = [0, 0, 0];
      oldest = lastRevision + 1;
    },
    select(select) {
      const selects = parseSelect(select);
      return typeof selects === 'string' ? selects : read(selects);
    },
  };
}
