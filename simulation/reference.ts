/**
 * A second, independent reading of the committed log: sessions, keys and time, written from the promises
 * alone and without the code of `replicated/`, to judge the answers that clients got.
 *
 * It keeps every version of every key, so that a read can be checked at the index it was served from,
 * and what changed at each index, so that a watch can be.
 */
import type { LogIndex } from '../machines/messages.ts';
import type { Contents, KeyContents } from './invariants/snapshot-contents.ts';
import type { Json } from '../replicated/state-machine.ts';

/** One version of a key: from `index` on it holds `value`; undefined: it was deleted, or has ended. */
export interface Version {
  readonly index: LogIndex;
  readonly value: string | undefined;
  /** Replicated time at which it ends. */
  readonly deadlineMs: number;
}

export interface FirstEffect {
  readonly index: LogIndex;
  /** What its client must be told. */
  readonly result: Json;
}

/** A change as a watch tells it. */
export type ReferenceEvent =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: string;
      readonly previous: LogIndex | null;
    }
  | {
      readonly type: 'delete';
      readonly key: string;
      readonly previous: LogIndex;
      readonly reason?: 'expired';
    };

interface Session {
  readonly ttlMs: number;
  lastUsedMs: number;
  doneBelow: number;
  /** Results that its client may still ask for, by seq. */
  readonly results: Map<number, FirstEffect>;
}

/** Keys that may end at one index. */
const mostEndings = 1_000;

export class Reference {
  /** Those that are open, the least recently used first. */
  readonly #open = new Map<LogIndex, Session>();
  /** By session and seq, also of sessions that are over. */
  readonly #effects = new Map<string, FirstEffect>();
  readonly #versions = new Map<string, Version[]>();
  readonly #events = new Map<LogIndex, ReferenceEvent[]>();
  /** Sessions that were ever opened. */
  readonly #sessions = new Set<LogIndex>();
  /** The last index at which anything changed. */
  lastChange: LogIndex = 0;
  /** Sessions that ended by time, and keys. */
  expired = { sessions: 0, keys: 0 };

  /** Takes the next committed entry, as parsed from its line, and its time. */
  commit(index: LogIndex, entry: unknown, timeMs = 0): void {
    this.#end(index, timeMs);
    const {
      kind,
      session,
      seq,
      doneBelow,
      command,
      ttlMs = Infinity,
      maxSessions,
    } = entry as RawEntry;
    if (kind === 'session') {
      while (this.#open.size >= (maxSessions ?? Infinity))
        this.#open.delete([...this.#open.keys()][0] ?? 0);
      this.#open.set(index, { ttlMs, lastUsedMs: timeMs, doneBelow: 1, results: new Map() });
      this.#sessions.add(index);
    }
    const table = kind === 'command' ? this.#open.get(session) : undefined;
    if (table === undefined) return; // Refused: no session, or it is over.
    this.#open.delete(session);
    this.#open.set(session, table);
    table.lastUsedMs = timeMs;
    table.doneBelow = Math.max(table.doneBelow, doneBelow);
    for (const old of table.results.keys()) if (old < doneBelow) table.results.delete(old);
    const name = `${session}/${seq}`;
    if (seq < table.doneBelow || this.#effects.has(name)) return; // Late, or a retry.
    const effect = { index, result: this.#apply(index, timeMs, command) };
    this.#effects.set(name, effect);
    table.results.set(seq, effect);
  }

  /** What time has ended, before the entry does anything. */
  #end(index: LogIndex, timeMs: number): void {
    for (const [id, { lastUsedMs, ttlMs }] of this.#open) {
      if (lastUsedMs + ttlMs > timeMs) continue;
      this.#open.delete(id);
      this.expired.sessions += 1;
    }
    const due = [...this.#versions.keys()]
      .map((key) => ({ key, deadlineMs: this.#current(key)?.deadlineMs ?? Infinity }))
      .filter(({ deadlineMs }) => deadlineMs <= timeMs)
      .sort((a, b) => a.deadlineMs - b.deadlineMs || (a.key < b.key ? -1 : 1));
    for (const { key } of due.slice(0, mostEndings)) {
      this.#remove(index, key, { reason: 'expired' });
      this.expired.keys += 1;
    }
  }

  #apply(index: LogIndex, timeMs: number, command: RawCommand): Json {
    const { put, cas, txn, touch } = command;
    if (put !== undefined) return this.#put(index, timeMs, put);
    if (cas !== undefined) {
      const current = this.#current(cas.key)?.index ?? null;
      if (current !== cas.revision) return { ok: false, current };
      return { ok: true, ...this.#put(index, timeMs, cas) };
    }
    if (touch !== undefined) return this.#touch(timeMs, touch);
    if (txn !== undefined) return this.#claim(index, timeMs, txn);
    return { revision: index, previous: this.#remove(index, command.delete?.key ?? '', {}) };
  }

  /** The one kind of transaction that simulated clients send: create a key, or look at it. */
  #claim(index: LogIndex, timeMs: number, { then: [claim] }: NonNullable<RawCommand['txn']>): Json {
    const held = this.#current(claim.put.key);
    if (held === undefined) {
      return { ok: true, revision: index, results: [this.#put(index, timeMs, claim.put)] };
    }
    const seen = { value: { json: held.value ?? '' }, revision: held.index };
    return { ok: false, revision: index, results: [seen] };
  }

  #touch(timeMs: number, { key, revision, ttlMs }: NonNullable<RawCommand['touch']>): Json {
    const held = this.#current(key);
    const current = held?.index ?? null;
    if (held === undefined || current !== revision) return { ok: false, current };
    this.#versions.get(key)?.splice(-1, 1, { ...held, deadlineMs: timeMs + ttlMs });
    return { ok: true, current };
  }

  #put(index: LogIndex, timeMs: number, { key, value, ttlMs }: RawPut) {
    const previous = this.#current(key)?.index ?? null;
    this.#push(key, { index, value: value.json, deadlineMs: timeMs + (ttlMs ?? Infinity) });
    this.#tell(index, { type: 'put', key, value: value.json, previous });
    return { revision: index, previous };
  }

  #remove(index: LogIndex, key: string, why: { readonly reason?: 'expired' }): LogIndex | null {
    const previous = this.#current(key)?.index ?? null;
    if (previous === null) return null;
    this.#push(key, { index, value: undefined, deadlineMs: Infinity });
    this.#tell(index, { type: 'delete', key, previous, ...why });
    return previous;
  }

  #push(key: string, version: Version): void {
    const versions = this.#versions.get(key) ?? [];
    this.#versions.set(key, versions);
    versions.push(version);
  }

  #tell(index: LogIndex, event: ReferenceEvent): void {
    this.lastChange = index;
    this.#events.set(index, [...(this.#events.get(index) ?? []), event]);
  }

  #current(key: string): Version | undefined {
    const last = this.#versions.get(key)?.at(-1);
    return last?.value === undefined ? undefined : last;
  }

  /** Where (session, seq) took effect; undefined when it has not. */
  effectOf(session: LogIndex, seq: number): FirstEffect | undefined {
    return this.#effects.get(`${session}/${seq}`);
  }

  /** All that a server must hold by now. */
  contents(): Contents {
    const sessions = [...this.#open].map(([id, { ttlMs, lastUsedMs, doneBelow, results }]) => {
      const kept = [...results].map(([seq, { index, result }]) => [seq, index, result] as const);
      return { id, ttlMs, lastUsedMs, doneBelow, results: kept };
    });
    const keys = [...this.#versions.keys()].flatMap((key): KeyContents[] => {
      const { index, value, deadlineMs } = this.#current(key) ?? {};
      if (index === undefined || value === undefined || deadlineMs === undefined) return [];
      return [deadlineMs === Infinity ? [key, index, value] : [key, index, value, deadlineMs]];
    });
    return { sessions, keys };
  }

  isSession(index: LogIndex): boolean {
    return this.#sessions.has(index);
  }

  /** What changed at `index`, in order. */
  eventsAt(index: LogIndex): readonly ReferenceEvent[] {
    return this.#events.get(index) ?? [];
  }

  /** What `key` held once entry `index` was applied; undefined for nothing. */
  versionAt(key: string, index: LogIndex): Version | undefined {
    const last = (this.#versions.get(key) ?? []).findLast((version) => version.index <= index);
    return last?.value === undefined ? undefined : last;
  }
}

interface RawPut {
  readonly key: string;
  readonly value: { readonly json: string };
  readonly ttlMs?: number;
}

interface RawCommand {
  readonly put?: RawPut;
  readonly delete?: { readonly key: string };
  readonly cas?: RawPut & { readonly revision: LogIndex | null };
  readonly touch?: { readonly key: string; readonly revision: LogIndex; readonly ttlMs: number };
  readonly txn?: { readonly then: readonly [{ readonly put: RawPut }] };
}

interface RawEntry {
  readonly kind: string;
  readonly session: LogIndex;
  readonly seq: number;
  readonly doneBelow: number;
  readonly command: RawCommand;
  readonly ttlMs?: number;
  readonly maxSessions?: number;
}
