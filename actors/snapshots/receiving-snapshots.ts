/**
 * Slot `install`: the chunks of a leader's snapshot, in order, to a file beside the log; and when
 * all are there, the file in the place of the log (Figure 13, "Receiver implementation").
 *
 * What gathered stays when its transfer breaks off, so that it goes on from there, even under
 * another leader: equal snapshots are equal bytes. One is received at a time. What a chunk means to
 * the server is roles/installing.ts.
 */
import type { Install, ServerEvent } from '../../machines/events.ts';
import type { LoggedConfiguration, ServerId, SnapshotId } from '../../machines/messages.ts';
import type { Chunk } from '../../storage/snapshots/snapshot-chunk.ts';
import type { SnapshotInfo, SnapshotReceiver } from '../../storage/snapshots/snapshot-store.ts';
import type { StorageFault, Store } from '../../storage/store.ts';

/** Chunks that wait for the disk; more are as good as lost. */
const maxQueuedChunks = 8;

type Switch = Extract<Install, { readonly kind: 'switch' }>;

export interface ReceivingOptions {
  readonly store: Store;
  /** Makes room on the disk for another snapshot than the own; false: not now. */
  makeRoom(): boolean;
  /** Calls back when all writes so far are durable. */
  whenDurable(task: () => void): void;
  /** The log is about to be replaced: nothing may read it until one of the next two. */
  onSwitching(): void;
  /**
   * It stands, the log goes on from it, and its header says who takes part. Before the chart hears.
   */
  onInstalled(info: SnapshotInfo, keptSuffix: boolean): LoggedConfiguration;
  onDiscarded(): void;
  tell(event: ServerEvent): void;
  onWarning(fault: StorageFault): void;
}

export interface Receiving {
  install(effect: Install): void;
  /** A snapshot is on its way, or left lying by a leader that went away. */
  readonly isOpen: boolean;
  /** The log has what the snapshot would bring: nobody will send the rest. */
  overtaken(lastApplied: number): void;
}

/** What is being received. */
interface Transfer {
  readonly receiver: SnapshotReceiver;
  from: ServerId;
  readonly snapshot: SnapshotId;
  readonly queue: { readonly offset: number; readonly bytes: Uint8Array }[];
  /** Where the next chunk begins that is not yet queued. */
  expected: number;
  /** All bytes before it are with the disk. */
  written: number;
  writing: boolean;
}

export function createReceiving(options: ReceivingOptions): Receiving {
  const { store } = options;
  let transfer: Transfer | null = null;
  let switching = false;

  function receive(effect: Extract<Install, { readonly kind: 'receive' }>): void {
    if (switching) return;
    const { bytes } = effect.payload as Chunk;
    const now = transferOf(effect);
    if (now === null) return;
    now.from = effect.from;
    const isNext = bytes.length > 0 && effect.offset === now.expected;
    if (!isNext || now.queue.length >= maxQueuedChunks) {
      tellOffset(now);
      return;
    }
    now.queue.push({ offset: effect.offset, bytes });
    now.expected += bytes.length;
    writeNext(now);
  }

  /** The transfer that a chunk belongs to; another one gives way to it. null: not now. */
  function transferOf({
    from,
    snapshot,
    payload,
  }: Extract<Install, { readonly kind: 'receive' }>): Transfer | null {
    if (transfer !== null && isSame(transfer.snapshot, snapshot)) return transfer;
    transfer?.receiver.abort();
    transfer = null;
    const { time, checksum, extra } = payload as Chunk;
    if (snapshot.index <= (store.snapshot()?.index ?? 0) || !options.makeRoom()) return null;
    const receiver = store.receiveSnapshot({ ...snapshot, time, checksum, extra });
    transfer = { receiver, from, snapshot, queue: [], expected: 0, written: 0, writing: false };
    return transfer;
  }

  function writeNext(now: Transfer): void {
    const chunk = now.queue[0];
    if (now.writing || chunk === undefined) return;
    now.writing = true;
    now.receiver.write(chunk.offset, chunk.bytes, (fault) => {
      if (transfer !== now) return;
      now.writing = false;
      if (fault !== null) {
        discard(fault);
        return;
      }
      now.queue.shift();
      now.written += chunk.bytes.length;
      tellOffset(now);
      writeNext(now);
    });
  }

  function tellOffset({ from, snapshot, written: offset }: Transfer): void {
    options.tell({ type: 'log.received', from, snapshot, offset });
  }

  /** A full disk and a damaged snapshot cost the snapshot alone; any other fault is final. */
  function discard(fault: StorageFault): void {
    transfer = null;
    const spares = fault.code === 'ERR_STORAGE_FULL' || fault.code === 'ERR_SNAPSHOT_CORRUPT';
    if (!spares) {
      options.tell({ type: 'log.failed', fault });
      return;
    }
    options.onWarning(fault);
    options.onDiscarded();
    options.tell({ type: 'log.discarded' });
  }

  /**
   * Nothing that was promised before may wait for a log that is about to go: all is durable first.
   */
  function replaceLog({ from, snapshot, keepSuffix }: Switch): void {
    const now = transfer;
    if (now === null || !isSame(now.snapshot, snapshot) || now.written < snapshot.sizeBytes) {
      options.tell({ type: 'log.discarded' });
      return;
    }
    switching = true;
    options.onSwitching();
    options.whenDurable(() => {
      now.receiver.finish(keepSuffix, (fault) => {
        switching = false;
        if (fault !== null) {
          discard(fault);
          return;
        }
        transfer = null;
        const { info } = now.receiver;
        const configuration = options.onInstalled(info, keepSuffix);
        options.tell({ type: 'log.installed', from, snapshot, configuration });
      });
    });
  }

  return {
    install(effect) {
      if (effect.kind === 'receive') receive(effect);
      else replaceLog(effect);
    },
    get isOpen() {
      return transfer !== null;
    },
    overtaken(lastApplied) {
      if (transfer === null || switching || transfer.snapshot.index > lastApplied) return;
      transfer.receiver.abort();
      transfer = null;
    },
  };
}

const isSame = (a: SnapshotId, b: SnapshotId): boolean =>
  a.index === b.index && a.hash === b.hash && a.sizeBytes === b.sizeBytes;
