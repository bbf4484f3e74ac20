/**
 * The session table: a client's retried command takes effect once (paper §8, thesis §6.3).
 *
 * It belongs to the log, above the named machines: every decision here depends on applied entries
 * alone, so that every server keeps, refuses and evicts the same. For each session it keeps the
 * first result of every sequence number from `doneBelow` on. A session that has had no command for
 * its `ttlMs` of replicated time expires: at the same index on every server, whatever their clocks.
 */
import type { CommandEntry, SessionEntry } from './entry.ts';
import { isObject, own } from './json.ts';
import type { AppliedResult, SessionRefusal } from './results.ts';
import type { Json, Restoring } from './state-machine.ts';

/** Results kept for one session; a client with fewer commands in flight never meets it. */
export const maxResultsPerSession = 4096;

interface Kept {
  readonly index: number;
  readonly value: Json;
}

interface Session {
  /** How many snapshots the table had given when this object was made. */
  readonly view: number;
  /** Both in milliseconds of replicated time. */
  readonly ttlMs: number;
  lastUsedMs: number;
  doneBelow: number;
  /** The first result of each seq, in the order of the log. */
  readonly results: Map<number, Kept>;
}

export interface Sessions {
  /** Time has come to `timeMs`: the ids of the sessions that have expired, and are forgotten now. */
  expire(timeMs: number): readonly number[];
  /** Opens the session whose id is the entry's index; may evict the least recently used ones. */
  open(entry: SessionEntry, index: number, timeMs: number): void;
  /** The first result of (session, seq): kept from before, or made now by `run`. */
  once(entry: CommandEntry, index: number, timeMs: number, run: () => Json): AppliedResult;
  readonly count: number;
  /**
   * An item per session, the least recently used first, and after each one per result: as of now,
   * though they are read later. What is changed meanwhile is copied first, a session at a time.
   */
  snapshot(): Iterable<Json>;
  /** Builds a table from such items; it takes this one's place when it is finished. */
  restore(): Restoring;
}

export function createSessions(): Sessions {
  // A Map iterates in order of insertion: used last, inserted last.
  let sessions = new Map<number, Session>();
  /** Snapshots given. A session older than the last of them is in it, and must not change. */
  let views = 0;
  /** No session expires before; walking a Map's front at each entry would cost more. */
  let notBeforeMs = 0;

  return {
    get count() {
      return sessions.size;
    },

    expire(timeMs) {
      if (timeMs < notBeforeMs) return [];
      // All are looked at: one that was used later may have been opened with a shorter ttl.
      const expired: number[] = [];
      notBeforeMs = Infinity;
      for (const [id, session] of sessions) {
        const deadlineMs = session.lastUsedMs + session.ttlMs;
        if (deadlineMs <= timeMs) expired.push(id);
        else notBeforeMs = Math.min(notBeforeMs, deadlineMs);
      }
      for (const id of expired) sessions.delete(id);
      return expired;
    },

    open({ ttlMs, maxSessions }, index, timeMs) {
      for (const leastRecentlyUsed of sessions.keys()) {
        if (sessions.size < maxSessions) break;
        sessions.delete(leastRecentlyUsed);
      }
      const results = new Map<number, Kept>();
      sessions.set(index, { view: views, ttlMs, lastUsedMs: timeMs, doneBelow: 1, results });
      notBeforeMs = Math.min(notBeforeMs, timeMs + ttlMs);
    },

    once(entry, index, timeMs, run) {
      const found = sessions.get(entry.session);
      if (found === undefined) return refusal('ERR_SESSION_EXPIRED', entry);
      const session =
        found.view === views ? found : { ...found, view: views, results: new Map(found.results) };
      sessions.delete(entry.session);
      sessions.set(entry.session, session);
      session.lastUsedMs = timeMs;

      discardBelow(session, entry.doneBelow);
      // A late duplicate of a command that its client knows to be done: running it would repeat it.
      if (entry.seq < session.doneBelow) return refusal('ERR_RESULT_DISCARDED', entry);
      const first = session.results.get(entry.seq);
      if (first !== undefined) return { ok: true, ...first };
      if (session.results.size >= maxResultsPerSession) return refusal('ERR_SESSION_FULL', entry);

      const kept: Kept = { index, value: run() };
      session.results.set(entry.seq, kept);
      return { ok: true, ...kept };
    },

    snapshot() {
      views += 1;
      return itemsOf([...sessions]);
    },

    restore() {
      const built = new Map<number, Session>();
      return {
        add: (item) => addItem(built, item),
        finish() {
          sessions = built;
          views = 0;
          notBeforeMs = 0;
        },
      };
    },
  };
}

function* itemsOf(sessions: readonly (readonly [number, Session])[]): Iterable<Json> {
  for (const [id, { ttlMs, lastUsedMs, doneBelow, results }] of sessions) {
    yield { session: { id, ttlMs, lastUsedMs, doneBelow } };
    for (const [seq, { index, value }] of results) yield { result: [id, seq, index, value] };
  }
}

/** Drops what the client has; walks the shorter of the numbers passed and the results kept. */
function discardBelow(session: Session, doneBelow: number): void {
  const { results } = session;
  if (doneBelow <= session.doneBelow) return;
  if (doneBelow - session.doneBelow <= results.size) {
    for (let seq = session.doneBelow; seq < doneBelow; seq += 1) results.delete(seq);
  } else {
    for (const seq of results.keys()) if (seq < doneBelow) results.delete(seq);
  }
  session.doneBelow = doneBelow;
}

function refusal(code: SessionRefusal, { session, seq }: CommandEntry): AppliedResult {
  return { ok: false, code, message: reasons[code](session, seq) };
}

const reasons: Record<SessionRefusal, (session: number, seq: number) => string> = {
  ERR_SESSION_EXPIRED: (session, seq) =>
    `Session ${session} is not open (expired, evicted, or never opened), so nobody knows any more whether ` +
    `its command ${seq} was applied by an earlier try. Open a new session.`,
  ERR_RESULT_DISCARDED: (session, seq) =>
    `The result of command ${seq} of session ${session} was discarded, because the client said ` +
    'that it has it. Use a new seq for a new command.',
  ERR_SESSION_FULL: (session, seq) =>
    `Session ${session} keeps ${maxResultsPerSession} results, so command ${seq} was not applied. ` +
    'Raise doneBelow to release results.',
};

function addItem(sessions: Map<number, Session>, item: Json): void {
  const { session, result } = isObject(item)
    ? { session: own(item, 'session'), result: own(item, 'result') }
    : {};
  if (session !== undefined) addSession(sessions, session);
  else addResult(sessions, result);
}

function addSession(sessions: Map<number, Session>, session: Json): void {
  const names = ['id', 'ttlMs', 'lastUsedMs', 'doneBelow'] as const;
  const numbers = names.map((name) => (isObject(session) ? own(session, name) : undefined));
  if (!numbers.every((value) => typeof value === 'number')) {
    throw new Error(`ERR_SNAPSHOT_CORRUPT: a session is not {${names.join(', ')}}`);
  }
  const [id = 0, ttlMs = 0, lastUsedMs = 0, doneBelow = 0] = numbers;
  sessions.set(id, { view: 0, ttlMs, lastUsedMs, doneBelow, results: new Map() });
}

function addResult(sessions: Map<number, Session>, result: Json | undefined): void {
  const [id, seq, index, value] = Array.isArray(result) ? (result as readonly Json[]) : [];
  const session = typeof id === 'number' ? sessions.get(id) : undefined;
  const isWhole = typeof seq === 'number' && typeof index === 'number' && value !== undefined;
  if (session === undefined || !isWhole) {
    throw new Error('ERR_SNAPSHOT_CORRUPT: a result is not [session, seq, index, value]');
  }
  session.results.set(seq, { index, value });
}
