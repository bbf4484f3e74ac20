/**
 * Slots `look`, `save` and `compact` of the snapshotter (§7, thesis §5): writes the state of one
 * moment to the disk in slices, a turn of the event loop each, while the state goes on changing.
 *
 * The view is taken at once, where the state is; it is written once the log is on the disk that
 * far. What the state consists of is replicated/'s affair, files are storage/'s.
 */
import { termAt } from '../../machines/log.ts';
import type { LogIndex } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { SnapshotterEvent } from '../../machines/snapshotter.machine.ts';
import { sliceOf } from '../../replicated/state-snapshot.ts';
import type { ReplicatedState } from '../../replicated/replicated-state.ts';
import type { Json } from '../../replicated/state-machine.ts';
import { partsOf } from '../../storage/lines.ts';
import type { SnapshotMeta, SnapshotSink } from '../../storage/snapshots/snapshot-store.ts';
import type { StorageFault, Store } from '../../storage/store.ts';
import type { Members } from '../configuration-book.ts';
import type { Limits } from '../ports.ts';

/** Characters of items that are written in one turn. */
const sliceChars = 1 << 16;

export interface SavingOptions {
  readonly store: Store;
  readonly state: Pick<ReplicatedState, 'snapshot'>;
  readonly limits: Pick<Limits, 'snapshotEntries' | 'snapshotBytes' | 'snapshotGrowth'>;
  lastApplied(): LogIndex;
  context(): ServerContext;
  /** Who took part at `index`. */
  membersAt(index: LogIndex): Members;
  /** Another snapshot is on its way to this disk, or to the state. */
  isReceiving(): boolean;
  defer(task: () => void): void;
  /** To the snapshotter's chart. */
  tell(event: SnapshotterEvent): void;
  /** A snapshot was given up, and the server goes on. */
  onWarning(fault: StorageFault): void;
}

export interface Saving {
  /** Slot `look`. */
  look(): void;
  /** Something was applied, or became durable, or another snapshot is no longer on its way. */
  progressed(): void;
  /** Slot `save`. */
  save(): void;
  /** Slot `compact`. */
  compact(index: LogIndex): void;
  /** Gives up what is being saved; false: it is too late, and the disk is not free yet. */
  abandon(): boolean;
  stop(): void;
}

/** A view that waits for its index to be durable, or is being written. */
interface Work {
  readonly meta: SnapshotMeta;
  readonly items: Iterator<Json>;
  sink: SnapshotSink | null;
  finishing: boolean;
}

export function createSaving(options: SavingOptions): Saving {
  const { store, limits } = options;
  let told = true;
  let compacting = false;
  let work: Work | null = null;
  let stopped = false;

  function isDue(): boolean {
    const lastApplied = options.lastApplied();
    if (lastApplied === 0 || options.isReceiving()) return false;
    // It joins, and has not heard yet who takes part: its snapshot could not say so.
    if (Object.keys(options.membersAt(lastApplied).entry.voters).length === 0) return false;
    const { index, sizeBytes } = store.snapshot() ?? { index: 0, sizeBytes: 0 };
    const applied = lastApplied - index;
    if (applied <= 0) return false;
    const grownBytes = store.bytesSince(index);
    if (grownBytes < sizeBytes * limits.snapshotGrowth) return false;
    return applied >= limits.snapshotEntries || grownBytes >= limits.snapshotBytes;
  }

  function check(): void {
    if (told || stopped || !isDue()) return;
    told = true;
    options.tell({ type: 'state.due' });
  }

  /** Of the state as it is now: everything through `lastApplied`. */
  function metaNow(): SnapshotMeta {
    const index = options.lastApplied();
    const { log } = options.context();
    const { time } = partsOf(store.read(index, index, 0), 0);
    const extra = { members: options.membersAt(index) };
    return { index, term: termAt(log, index) ?? 0, time, checksum: store.checksumAt(index), extra };
  }

  function begin(now: Work): void {
    if (now.sink !== null || options.context().durableIndex < now.meta.index) return;
    now.sink = store.saveSnapshot(now.meta);
    next(now, now.sink);
  }

  function next(now: Work, sink: SnapshotSink): void {
    if (work !== now || stopped) return;
    const slice = sliceOf(now.items, sliceChars);
    if (slice.length === 0) {
      now.finishing = true;
      sink.finish((fault) => ended(now, fault));
      return;
    }
    sink.write(slice, (fault) => {
      if (fault !== null) ended(now, fault);
      else options.defer(() => next(now, sink));
    });
  }

  function ended(now: Work, fault: StorageFault | null): void {
    if (work !== now || stopped) return;
    work = null;
    if (fault === null) {
      options.tell({ type: 'snapshot.saved', index: now.meta.index });
      return;
    }
    options.onWarning(fault);
    options.tell({ type: 'snapshot.failed', fault });
  }

  return {
    look() {
      told = false;
      check();
    },
    progressed() {
      if (work !== null) begin(work);
      check();
    },
    save() {
      const items = options.state.snapshot()[Symbol.iterator]();
      work = { meta: metaNow(), items, sink: null, finishing: false };
      begin(work);
    },
    compact(index) {
      if (index < store.firstIndex()) {
        options.tell({ type: 'snapshot.compacted' });
        return;
      }
      compacting = true;
      store.compact(index, (fault) => {
        compacting = false;
        if (stopped) return;
        options.tell(
          fault === null ? { type: 'snapshot.compacted' } : { type: 'snapshot.failed', fault },
        );
      });
    },
    abandon() {
      if (compacting || work?.finishing === true) return false;
      if (work !== null) {
        work.sink?.abort();
        work = null;
        // Not at once: the chart looks again, and must see that the other one has come.
        options.defer(() => {
          if (!stopped) options.tell({ type: 'snapshot.abandoned' });
        });
      }
      return true;
    },
    stop() {
      stopped = true;
      work = null;
    },
  };
}
