/**
 * Windows through which the checker sees what a server does to its store, its state machine and its
 * disk. They change nothing.
 */
import { createKv } from '../../replicated/kv.ts';
import type { StateMachine } from '../../replicated/state-machine.ts';
import type { MemoryDisk } from '../../storage/memory-disk.ts';
import type { SnapshotInfo } from '../../storage/snapshots/snapshot-store.ts';
import type { Lines, StorageFault, Store } from '../../storage/store.ts';
import type { ApplyRules } from '../invariants/clients.ts';
import type { DiskView } from '../invariants/observation.ts';
import type { Effect } from '../faults/victim.ts';

/** Who looks on while a process works on its disk. */
export interface Watcher {
  /** False once the process has died: whatever its code still says changes nothing any more. */
  isAlive(): boolean;
  written(lines: Lines): void;
  /** It has a snapshot, durably. */
  snapshotted(how: 'saved' | 'installed'): void;
  /** It may die here. */
  reached(effect: Effect): void;
}

/** `store`, with `watcher` looking on. */
export function watchedStore(store: Store, watcher: Watcher): Store {
  const append = store.append.bind(store);
  const sync = store.sync.bind(store);
  store.append = (lines) => {
    if (!watcher.isAlive()) return;
    append(lines);
    watcher.written(lines);
    watcher.reached('append');
  };
  store.sync = (vote, done) => {
    if (!watcher.isAlive()) return;
    sync(vote, (fault) => {
      if (fault === null) watcher.reached('synced');
      if (watcher.isAlive()) done(fault);
    });
    watcher.reached('sync');
  };
  watchSnapshots(store, watcher);
  return store;
}

/** A key-value store, and whether anything in it is yet to end. */
export interface WatchedKv {
  readonly machine: StateMachine;
  hasEndings(): boolean;
}

/** Its process may die around each step that changes what a start finds. */
function watchSnapshots(store: Store, watcher: Watcher): void {
  const save = store.saveSnapshot.bind(store);
  const receive = store.receiveSnapshot.bind(store);
  const compact = store.compact.bind(store);
  const step = (begin: () => void): void => {
    if (!watcher.isAlive()) return;
    watcher.reached('snapshot');
    if (watcher.isAlive()) begin();
    watcher.reached('snapshot');
  };
  const after = (done: () => void): void => {
    watcher.reached('snapshot');
    if (watcher.isAlive()) done();
  };
  store.saveSnapshot = (meta) => {
    const sink = save(meta);
    const finish: typeof sink.finish = (done) => {
      const finished = (fault: StorageFault | null, info: SnapshotInfo | null): void => {
        if (fault === null) watcher.snapshotted('saved');
        after(() => done(fault, info));
      };
      step(() => sink.finish(finished));
    };
    return { ...sink, finish };
  };
  store.receiveSnapshot = (info) => {
    const receiver = receive(info);
    return {
      info,
      get offset() {
        return receiver.offset;
      },
      write: (offset, bytes, done) => receiver.write(offset, bytes, done),
      abort: () => receiver.abort(),
      finish: (keepSuffix, done) => {
        const finished = (fault: StorageFault | null): void => {
          if (fault === null) watcher.snapshotted('installed');
          after(() => done(fault));
        };
        step(() => receiver.finish(keepSuffix, finished));
      },
    };
  };
  store.compact = (throughIndex, done) => {
    step(() => compact(throughIndex, (fault) => after(() => done(fault))));
  };
}

/** A key-value store that tells `rules` what it applies, and `applied` that it has. */
export function watchedKv(rules: ApplyRules, applied: () => void): WatchedKv {
  const kv = createKv();
  const machine: StateMachine = {
    ...kv,
    apply: (command, index, timeMs) => {
      const { put, cas, txn } = command as Writes;
      const written = put ?? cas ?? txn?.then[0]?.put;
      rules.applied(index, written?.value.json ?? '');
      const result = kv.apply(command, index, timeMs);
      applied();
      return result;
    },
  };
  return { machine, hasEndings: () => kv.nextDeadlineMs?.() != null };
}

interface Write {
  readonly value: { readonly json: string };
}

/** The commands that write a value. */
interface Writes {
  readonly put?: Write;
  readonly cas?: Write;
  readonly txn?: { readonly then: readonly { readonly put?: Write }[] };
}

/** A disk as the checker reads it, behind the back of its server. */
export function diskView(disk: MemoryDisk): DiskView {
  const holds = (index: number): boolean =>
    index >= disk.durableFirstIndex - 1 && index <= disk.durableLastIndex;
  return {
    get term() {
      return disk.durableVote.term;
    },
    get votedFor() {
      return disk.durableVote.votedFor;
    },
    get doubtful() {
      return disk.durableVote.trust === 'doubtful';
    },
    get lastIndex() {
      return disk.durableLastIndex;
    },
    get firstIndex() {
      return disk.durableFirstIndex;
    },
    get snapshot() {
      return disk.durableSnapshot;
    },
    termAt: (index) => (holds(index) ? disk.durableTermAt(index) : null),
    checksumAt: (index) => (holds(index) ? disk.durableChecksumAt(index) : null),
  };
}
