/**
 * Everything the log drives (§2, §5.3): the session table and the named state machines, one value
 * with one `apply`, one snapshot and one running hash.
 *
 * `apply` is total: an entry that names an unknown machine, or whose machine throws, has a
 * deterministic error as its result, now and at every replay. Applying in the order of the log,
 * without gaps, is the applier's affair. Runs in browsers, too.
 */
import type { Entry } from './entry.ts';
import { foldHash, isObject, own } from './json.ts';
import { errorResult, type AppliedResult } from './results.ts';
import { createSessions } from './sessions.ts';
import type { Changes, Json, StateMachine } from './state-machine.ts';

export interface ReplicatedOptions {
  /** By name; equal on all servers of a cluster. */
  readonly machines: Readonly<Record<string, StateMachine>>;
}

export interface ReplicatedState {
  /** Why `command` must not be appended for `machine`, for its sender to read; null: it may. */
  refuse(machine: string, command: Json): string | null;
  /**
   * Applies the entry at `index`, made at replicated time `timeMs`; never throws. The value of a
   * session is its id.
   */
  apply(entry: Entry, index: number, timeMs: number): AppliedResult;
  /** When, in replicated time, a machine has something to do; null: nothing is planned. */
  nextDeadlineMs(): number | null;
  /** Answers from the present state; never throws. ERR_UNKNOWN_MACHINE, ERR_MACHINE_THREW. */
  query(machine: string, query: Json): Json;
  /** What `machine` changed lately; null: there is none of that name, or it cannot be watched. */
  changes(machine: string): Changes | null;
  /** A checksum of all that was applied and answered: equal on servers that applied the same. */
  stateHash(): number;
  /** Clients' sessions. */
  readonly sessionCount: number;
  /** The whole state, as of now even if it is read later: a header, then one item per line. */
  snapshot(): Iterable<Json>;
  /** Replaces everything. Throws ERR_SNAPSHOT_CORRUPT or ERR_UNKNOWN_MACHINE: do not serve then. */
  restore(items: Iterable<Json>): void;
}

export function createReplicatedState(options: ReplicatedOptions): ReplicatedState {
  // A Map: a name such as `__proto__` is unknown, not inherited.
  const machines = new Map(Object.entries(options.machines));
  const sessions = createSessions();
  const ticking = [...machines].filter(([, machine]) => machine.tick !== undefined);
  let hash = 0;

  function run(entry: Entry, index: number, timeMs: number): AppliedResult {
    switch (entry.kind) {
      case 'noop':
      case 'tick':
      // Who takes part is the log's affair, from the entry's appending on; nothing is left to do (§6).
      case 'configuration':
        return { ok: true, index, value: null };
      case 'session':
        sessions.open(entry, index, timeMs);
        return { ok: true, index, value: index };
      case 'command':
        return sessions.once(entry, index, timeMs, () =>
          guarded(entry.machine, (machine) => machine.apply(entry.command, index, timeMs)),
        );
      default:
        return entry satisfies never;
    }
  }

  function guarded(name: string, use: (machine: StateMachine) => Json): Json {
    const machine = machines.get(name);
    if (machine === undefined) return errorResult('ERR_UNKNOWN_MACHINE', unknown(name, machines));
    try {
      return use(machine);
    } catch {
      // What was thrown may differ between servers (a stack, an engine's words): it stays out.
      return errorResult('ERR_MACHINE_THREW', `The state machine ${JSON.stringify(name)} threw.`);
    }
  }

  return {
    refuse(name, command) {
      const machine = machines.get(name);
      if (machine === undefined) return unknown(name, machines);
      try {
        return machine.refuse(command);
      } catch (error) {
        return `${name} could not check it: ${String(error)}`;
      }
    },

    apply(entry, index, timeMs) {
      // First what time has ended, then what is asked: a session that is opened now is not evicted
      // in favour of one that is over, and a late retry meets no table that still knows it.
      const expired = sessions.expire(timeMs);
      if (expired.length > 0) hash = foldHash(hash, expired);
      for (const [name] of ticking) {
        const done = guarded(name, (machine) => machine.tick?.(timeMs, index) ?? null);
        if (done !== null) hash = foldHash(hash, done);
      }
      const result = run(entry, index, timeMs);
      hash = foldHash(foldHash(hash, index), result.ok ? result.value : result.code);
      return result;
    },

    nextDeadlineMs() {
      const planned = ticking.map(([, machine]) => machine.nextDeadlineMs?.() ?? null);
      const deadlines = planned.filter((deadline) => deadline !== null);
      return deadlines.length === 0 ? null : Math.min(...deadlines);
    },
    query: (name, query) => guarded(name, (machine) => machine.query(query)),
    changes: (name) => machines.get(name)?.changes ?? null,
    stateHash: () => hash,
    get sessionCount() {
      return sessions.count;
    },

    snapshot() {
      const header: Json[] = [{ hash }, ...sessions.snapshot().map((session) => ({ session }))];
      const parts = [...machines].map(([name, machine]) => ({ name, items: machine.snapshot() }));
      return snapshotOf(header, parts);
    },

    restore(items) {
      const parts = readParts(items, machines);
      sessions.restore(parts.sessions);
      for (const [name, machine] of machines) machine.restore(parts.items.get(name) ?? []);
      hash = parts.hash;
    },
  };
}

function unknown(name: string, machines: ReadonlyMap<string, StateMachine>): string {
  const known = [...machines.keys()].join(', ');
  return `There is no state machine ${JSON.stringify(name)} here; there is: ${known}.`;
}

function* snapshotOf(
  header: readonly Json[],
  parts: readonly { readonly name: string; readonly items: Iterable<Json> }[],
): Iterable<Json> {
  yield* header;
  for (const { name, items } of parts) for (const item of items) yield { machine: name, item };
}

interface Parts {
  hash: number;
  readonly sessions: Json[];
  /** By machine. */
  readonly items: Map<string, Json[]>;
}

/** Reads all before anything is replaced, so that damage is found while the old state stands. */
function readParts(items: Iterable<Json>, machines: ReadonlyMap<string, StateMachine>): Parts {
  const parts: Parts = { hash: 0, sessions: [], items: new Map() };
  for (const line of items) {
    if (!isObject(line)) throw new Error('ERR_SNAPSHOT_CORRUPT: an item is not an object');
    const { hash, session, machine, item } = {
      hash: own(line, 'hash'),
      session: own(line, 'session'),
      machine: own(line, 'machine'),
      item: own(line, 'item'),
    };
    if (typeof hash === 'number') parts.hash = hash;
    else if (session !== undefined) parts.sessions.push(session);
    else if (typeof machine === 'string' && item !== undefined) {
      if (!machines.has(machine))
        throw new Error(`ERR_UNKNOWN_MACHINE: ${unknown(machine, machines)}`);
      const list = parts.items.get(machine) ?? [];
      parts.items.set(machine, list);
      list.push(item);
    } else throw new Error('ERR_SNAPSHOT_CORRUPT: an item is of no known kind');
  }
  return parts;
}
