/**
 * The watches of one server's clients: what its machines apply is told to those who follow it, in
 * the order of the log, each change once and whole, none left out.
 *
 * A watcher is a position in a machine's history (replicated/), so nothing is queued for it here: a
 * slow one falls behind, and one that takes nothing for a whole interval, or falls out of the
 * history, is ended with ERR_SLOW_WATCHER. A snapshot from the leader brings a state and no
 * history: whoever has not been told all that it holds is ended with ERR_COMPACTED. Served from the
 * applied state of any server, so it may lag; a server without contact to a leader shows no sign of
 * life, and its watchers go elsewhere.
 */
import type { LogIndex } from '../../machines/messages.ts';
import type { ReplicatedState } from '../../replicated/replicated-state.ts';
import type { ChangeReader, Changes } from '../../replicated/state-machine.ts';
import type { WatchRequest, WatchSink } from '../../transport/client-protocol.ts';
import type { Applier } from '../applier.ts';
import { compacted, invalidWatch, overloaded, slowWatcher, stopping } from '../failures.ts';
import type { Failure } from '../failures.ts';
import type { Clock } from '../ports.ts';

/** Watches of one server; past it ERR_OVERLOADED. Each looks at each change, so they cost time. */
export const maxWatchers = 1_024;
/** Milliseconds between the signs of life of a watch that is told nothing else. */
export const progressIntervalMs = 2_000;
/** Milliseconds until a watcher that is behind is looked at again. */
const catchUpPauseMs = 20;
/** Bytes that a connection owes its client, past which its watches wait. */
const maxBacklogBytes = 1 << 20;
/** Characters that are read for one watcher between two looks at its backlog. */
const maxPortionChars = 1 << 18;

export interface WatchersOptions {
  readonly state: Pick<ReplicatedState, 'changes'>;
  readonly applier: Pick<Applier, 'lastApplied'>;
  readonly clock: Clock;
  /** Whether this server leads, or lately heard who does. */
  inTouch(): boolean;
}

export interface Watchers {
  /** Starts a watch; what it returns ends it without a word. Idempotent. */
  watch(request: WatchRequest, sink: WatchSink): () => void;
  /** Entries were applied; once per turn. */
  applied(): void;
  /** A snapshot took the place of the state: nothing up to its index can be told any more. */
  restored(): void;
  /** Ends all, and every later one, with ERR_STOPPED. */
  stop(): void;
  /** Watches that are open. */
  readonly count: number;
}

interface Watcher {
  readonly id: number;
  readonly sink: WatchSink;
  readonly changes: Changes;
  readonly read: ChangeReader;
  /** All before this index was told. */
  next: LogIndex;
  /** It has yet to be told of something that was applied. */
  behind: boolean;
  /** It was told something since the last sign of life. */
  told: boolean;
}

export function createWatchers(options: WatchersOptions): Watchers {
  const { state, applier, clock } = options;
  const watchers = new Set<Watcher>();
  let progressTimer: unknown = null;
  let catchUpTimer: unknown = null;
  let stopped = false;

  function watch(request: WatchRequest, sink: WatchSink): () => void {
    const watcher = start(request, sink);
    if ('code' in watcher) {
      sink.send({ id: request.id, ok: false, ...watcher });
      return () => undefined;
    }
    watchers.add(watcher);
    progressTimer ??= clock.setTimeout(tick, progressIntervalMs);
    tell(watcher);
    // At once, so that the client knows where it stands.
    if (!watcher.behind) showLife(watcher);
    return () => remove(watcher);
  }

  function start({ id, machine, select, from }: WatchRequest, sink: WatchSink): Watcher | Failure {
    if (stopped) return stopping('not-applied');
    if (watchers.size >= maxWatchers) return overloaded(`${maxWatchers} watches are open`);
    const changes = state.changes(machine);
    if (changes === null) return invalidWatch(`${JSON.stringify(machine)} cannot be watched here.`);
    const read = changes.select(select);
    if (typeof read === 'string') return invalidWatch(read);
    const next = from ?? applier.lastApplied + 1;
    const { oldest } = changes;
    if (next < oldest && next <= applier.lastApplied) return compacted(next, oldest);
    return { id, sink, changes, read, next, behind: false, told: false };
  }

  /** Tells what it has not been told, as far as its client takes it. */
  function tell(watcher: Watcher): void {
    const { id, sink, changes, read } = watcher;
    watcher.behind = true;
    if (watcher.next < changes.oldest && watcher.next <= applier.lastApplied) {
      end(watcher, slowWatcher('What it has yet to be told is forgotten here'));
      return;
    }
    while (sink.backlogBytes() <= maxBacklogBytes) {
      const portion = read(watcher.next, maxPortionChars);
      for (const { revision, events } of portion.changes) {
        sink.send({ id, ok: true, revision, events });
      }
      if (portion.changes.length > 0) watcher.told = true;
      if (portion.next === null) {
        watcher.next = Math.max(watcher.next, applier.lastApplied + 1);
        watcher.behind = false;
        return;
      }
      watcher.next = portion.next;
    }
    catchUpTimer ??= clock.setTimeout(catchUp, catchUpPauseMs);
  }

  function catchUp(): void {
    catchUpTimer = null;
    for (const watcher of watchers) if (watcher.behind) tell(watcher);
  }

  function tick(): void {
    progressTimer = watchers.size > 0 ? clock.setTimeout(tick, progressIntervalMs) : null;
    for (const watcher of watchers) {
      if (watcher.behind) tell(watcher);
      if (!watcher.behind) {
        if (options.inTouch()) showLife(watcher);
      } else if (!watcher.told) {
        end(watcher, slowWatcher(`Its client took nothing for ${progressIntervalMs} ms`));
      }
      watcher.told = false;
    }
  }

  /** Only when it is not behind: everything that was applied has been told. */
  function showLife({ id, sink }: Watcher): void {
    sink.send({ id, ok: true, revision: applier.lastApplied, events: [] });
  }

  function end(watcher: Watcher, failure: Failure): void {
    if (!watchers.has(watcher)) return;
    remove(watcher);
    watcher.sink.send({ id: watcher.id, ok: false, ...failure });
  }

  function remove(watcher: Watcher): void {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    if (progressTimer !== null) clock.clearTimeout(progressTimer);
    if (catchUpTimer !== null) clock.clearTimeout(catchUpTimer);
    progressTimer = null;
    catchUpTimer = null;
  }

  return {
    watch,
    applied() {
      for (const watcher of watchers) if (!watcher.behind) tell(watcher);
    },
    restored() {
      for (const watcher of watchers) {
        const { next, changes } = watcher;
        if (next < changes.oldest) end(watcher, compacted(next, changes.oldest));
      }
    },
    stop() {
      stopped = true;
      for (const watcher of watchers) end(watcher, stopping('not-applied'));
    },
    get count() {
      return watchers.size;
    },
  };
}
