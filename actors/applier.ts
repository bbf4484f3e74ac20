/**
 * Slot `apply`: brings the replicated state up to the commit index (Figure 2, "Rules for all
 * servers": lastApplied), strictly in order and each entry once.
 *
 * Entries are read back from the store in chunks and applied in turns of the event loop of bounded
 * length, so that a server that catches up still answers heartbeats. What an entry means is
 * replicated/'s affair; who waits for a result, the gateway's.
 */
import { codedFault } from '../machines/coded-fault.ts';
import type { Fault } from '../machines/events.ts';
import type { LogIndex, Term } from '../machines/messages.ts';
import { readEntry } from '../replicated/entry.ts';
import type { ReplicatedState } from '../replicated/replicated-state.ts';
import type { AppliedResult } from '../replicated/results.ts';
import type { StateRestoring } from '../replicated/state-snapshot.ts';
import { entryText, partsOf } from '../storage/lines.ts';
import type { Store } from '../storage/store.ts';
import { unknownEntry } from './configurations.ts';
import type { Limits } from './ports.ts';

/** Bytes of log lines read from the store at once; past so many a turn ends, however few they are. */
const maxChunkBytes = 1 << 20;
/** Callbacks that wait for an index to be applied. */
const maxWaiting = 1024;

/** One applied entry and what came of it. */
export interface Applied {
  readonly index: LogIndex;
  readonly term: Term;
  readonly result: AppliedResult;
}

interface Waiting {
  readonly index: LogIndex;
  readonly callback: (at: LogIndex) => void;
}

export interface ApplierOptions {
  readonly store: Pick<Store, 'read' | 'loadSnapshot'>;
  readonly state: Pick<ReplicatedState, 'apply' | 'restore'>;
  readonly limits: Pick<Limits, 'maxApplyPerTurn'>;
  /** Runs a task in the next turn of the event loop. */
  defer(task: () => void): void;
  /** The results of one turn, in order, once per turn; never empty. */
  onApplied(results: readonly Applied[]): void;
  /** The state is that of a snapshot of `index`: what was applied up to there, nobody will be told. */
  onRestored(index: LogIndex): void;
  /** A committed entry could not be read or understood: ERR_LOG_CORRUPT, ERR_UNKNOWN_ENTRY. Once. */
  onFault(fault: Fault): void;
}

export interface Applier {
  /** Everything up to `commitIndex` may be applied; lower than before is nothing new. */
  apply(commitIndex: LogIndex): void;
  readonly lastApplied: LogIndex;
  /** The log is about to be replaced: nothing is read from it until `restore` or `resume`. */
  pause(): void;
  /** The log stands after all. */
  resume(): void;
  /** Puts the newest snapshot, of `index`, in the place of the state, and goes on from there. */
  restore(index: LogIndex): void;
  /** The state is not yet that of the newest snapshot. */
  readonly isRestoring: boolean;
  /** The highest index that `apply` was told; it will be applied. */
  readonly commitIndex: LogIndex;
  /**
   * Calls back with `lastApplied` once that is `index` or more: at once, or after a later batch was
   * reported. null: too many wait already, and it never calls. What it returns gives the wait up:
   * an index that never comes would be waited for by ever more callbacks.
   */
  whenApplied(index: LogIndex, callback: (lastApplied: LogIndex) => void): (() => void) | null;
  /** Nothing is applied or called back afterwards. */
  stop(): void;
}

export function createApplier(options: ApplierOptions): Applier {
  const { store, state, limits } = options;
  let lastApplied = 0;
  let commitIndex = 0;
  let scheduled = false;
  let stopped = false;
  let paused = false;
  let isRestoring = false;
  const waiting = new Set<Waiting>();

  /** Always in a turn of its own, so that what several `apply` released is one batch. */
  function schedule(): void {
    if (scheduled || stopped || paused || lastApplied >= commitIndex) return;
    scheduled = true;
    options.defer(() => {
      scheduled = false;
      if (!stopped && !paused) turn();
    });
  }

  function turn(): void {
    const end = Math.min(commitIndex, lastApplied + limits.maxApplyPerTurn);
    const results: Applied[] = [];
    const fault = applyThrough(end, results);
    if (results.length > 0) options.onApplied(results);
    callBack();
    if (fault === null) {
      schedule();
    } else {
      stopped = true;
      options.onFault(fault);
    }
  }

  /**
   * Applies up to `end`, or less when the entries are large, and adds to `results`; what stopped it
   * for good, or null.
   */
  function applyThrough(end: LogIndex, results: Applied[]): Fault | null {
    try {
      // A thousand commands of the largest size would hold heartbeats up for seconds.
      for (let bytes = 0; lastApplied < end && bytes < maxChunkBytes;) {
        const lines = store.read(lastApplied + 1, end, maxChunkBytes);
        bytes += lines.bytes.length;
        for (let i = 0; i < lines.ends.length; i += 1) {
          const index = lastApplied + 1;
          const parts = partsOf(lines, i);
          const entry = readEntry(JSON.parse(entryText(lines, i, parts)));
          if (entry === null) return unknownEntry(index);
          const result = state.apply(entry, index, parts.time);
          lastApplied = index;
          results.push({ index, term: parts.term, result });
        }
      }
      return null;
    } catch (error) {
      return unreadable(lastApplied + 1, error);
    }
  }

  /** In slices, beside the present state, which stands until the new one is whole. */
  function restore(index: LogIndex): void {
    paused = true;
    isRestoring = true;
    const restoring = state.restore();
    let broken: Fault | null = null;
    const failed = (fault: Fault): void => {
      stopped = true;
      options.onFault(fault);
    };
    store.loadSnapshot(
      (items) => {
        if (stopped || broken !== null) return;
        try {
          restoring.add(items);
        } catch (error) {
          broken = unrestorable(error);
        }
      },
      (fault) => {
        if (stopped) return;
        const why = broken ?? fault ?? finish(restoring);
        if (why !== null) {
          failed(why);
          return;
        }
        paused = false;
        isRestoring = false;
        lastApplied = index;
        commitIndex = Math.max(commitIndex, index);
        options.onRestored(index);
        callBack();
        schedule();
      },
    );
  }

  function callBack(): void {
    if (waiting.size === 0) return;
    const due = [...waiting].filter(({ index }) => index <= lastApplied);
    for (const each of due) waiting.delete(each);
    for (const { callback } of due) callback(lastApplied);
  }

  return {
    apply(index) {
      commitIndex = Math.max(commitIndex, index);
      schedule();
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = isRestoring;
      schedule();
    },
    restore,
    get isRestoring() {
      return isRestoring;
    },
    get lastApplied() {
      return lastApplied;
    },
    get commitIndex() {
      return commitIndex;
    },
    whenApplied(index, callback) {
      if (stopped) return null;
      // While a snapshot is restored, lastApplied is about to leap.
      if (index <= lastApplied && !isRestoring) {
        callback(lastApplied);
        return () => undefined;
      }
      if (waiting.size >= maxWaiting) return null;
      const wait = { index, callback };
      waiting.add(wait);
      return () => waiting.delete(wait);
    },
    stop() {
      stopped = true;
      waiting.clear();
    },
  };
}

/** A machine that takes its items all at once may find only now that it cannot. */
function finish(restoring: StateRestoring): Fault | null {
  try {
    restoring.finish();
    return null;
  } catch (error) {
    return unrestorable(error);
  }
}

/** ERR_SNAPSHOT_CORRUPT, ERR_UNKNOWN_MACHINE: what the state's owners threw, under its code. */
function unrestorable(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  const code = /^ERR_[A-Z_]+/.exec(message)?.[0] ?? 'ERR_SNAPSHOT_CORRUPT';
  return { code, message };
}

/** Under the disk's own code when it has said one: a file that cannot be opened is no damaged log. */
function unreadable(index: LogIndex, error: unknown): Fault {
  const { code, message } = codedFault(error) ?? {
    code: 'ERR_LOG_CORRUPT',
    message: `(${String(error)}) Stop this server, check its disk, and let it be repaired from the others.`,
  };
  return { code, message: `The committed entry ${index} cannot be read back. ${message}` };
}
