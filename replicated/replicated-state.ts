/**
 * Everything the log drives (§2, §5.3): the session table and the named state machines, one value
 * with one `apply`, one snapshot and one running hash.
 *
 * `apply` is total: an entry that names an unknown machine, or whose machine throws, has a
 * deterministic error as its result, now and at every replay. Applying in the order of the log,
 * without gaps, is the applier's affair. Runs in browsers, too.
 */
import type { Entry } from './entry.ts';
import { foldHash } from './json.ts';
import { errorResult, type AppliedResult } from './results.ts';
import { createSessions } from './sessions.ts';
import { restoreState, stateItems, unknown, type StateRestoring } from './state-snapshot.ts';
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
  /**
   * The whole state, as of now even if it is read later, bit by bit: `sliceOf` gives its items as
   * text. The call takes a moment however large the state is.
   */
  snapshot(): Iterable<Json>;
  /** Builds the state of a snapshot beside the present one, which stands until it is finished. */
  restore(): StateRestoring;
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
      const header = { hash };
      const parts = [...machines].map(([name, machine]) => ({ name, items: machine.snapshot() }));
      return stateItems(header, sessions.snapshot(), parts);
    },

    restore() {
      const restoring = restoreState(sessions, machines);
      return {
        add: (items) => restoring.add(items),
        finish() {
          hash = restoring.finish();
        },
      };
    },
  };
}
