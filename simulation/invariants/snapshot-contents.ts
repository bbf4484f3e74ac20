/**
 * What a state holds, as one text to compare: by the items of a snapshot (docs/formats.md#snapshots),
 * and by the reference. Sessions the least recently used first, keys in order.
 */
import type { LogIndex } from '../../machines/messages.ts';

/** `[seq, index, result]`, in the order of the log. */
type Kept = readonly [seq: number, index: LogIndex, result: unknown];

export interface SessionContents {
  readonly id: LogIndex;
  readonly ttlMs: number;
  readonly lastUsedMs: number;
  readonly doneBelow: number;
  readonly results: readonly Kept[];
}

/** `[key, revision, value]`, and when it ends, if ever. */
export type KeyContents = readonly [key: string, index: LogIndex, value: string, ...number[]];

/** It must not change afterwards: it is made into a text only when something is compared to it. */
export interface Contents {
  readonly sessions: readonly SessionContents[];
  readonly keys: readonly KeyContents[];
}

export function textOf({ sessions, keys }: Contents): string {
  const inOrder = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ sessions, keys: inOrder });
}

/** Of a snapshot. */
export function contentsOf(items: readonly object[]): Contents {
  const sessions: (Omit<SessionContents, 'results'> & { results: Kept[] })[] = [];
  const keys: KeyContents[] = [];
  for (const each of items) {
    const { session, result, item } = each as RawItem;
    if (session !== undefined) {
      const { id, ttlMs, lastUsedMs, doneBelow } = session;
      sessions.push({ id, ttlMs, lastUsedMs, doneBelow, results: [] });
    } else if (result !== undefined) {
      const [of, ...kept] = result;
      sessions.find(({ id }) => id === of)?.results.push(kept);
    } else if (Array.isArray(item)) {
      const [key, index, value, ...end] = item as unknown as RawKey;
      keys.push([key, index, value.json, ...end]);
    }
  }
  return { sessions, keys };
}

type RawKey = readonly [string, LogIndex, { readonly json: string }, ...number[]];

interface RawItem {
  readonly session?: Omit<SessionContents, 'results'>;
  readonly result?: readonly [id: LogIndex, seq: number, index: LogIndex, value: unknown];
  readonly item?: unknown;
}
