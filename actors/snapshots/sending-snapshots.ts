/**
 * Slots `openSnapshot`, `sendChunk` and `closeSnapshot` of the replicators: a snapshot stays open
 * for each peer that is being given it, whatever newer one is taken meanwhile, and is read in
 * chunks.
 *
 * How many chunks are in flight is decided in machines/replicator.transfer.ts; which connection
 * they take is the network's affair.
 */
import type { ReplicatorEvent, SendChunk } from '../../machines/replicator.context.ts';
import type { InstallSnapshot, ServerId } from '../../machines/messages.ts';
import type { Chunk } from '../../storage/snapshots/snapshot-chunk.ts';
import type { SnapshotSource } from '../../storage/snapshots/snapshot-store.ts';
import type { StorageFault, Store } from '../../storage/store.ts';

type Report = (event: ReplicatorEvent) => void;

export interface SendingOptions {
  readonly store: Pick<Store, 'openSnapshot'>;
  readonly maxChunkBytes: number;
  send(message: InstallSnapshot): void;
  onFault(fault: StorageFault): void;
}

export interface Sending {
  open(peer: ServerId, report: Report): void;
  sendChunk(chunk: SendChunk, report: Report): void;
  close(peer: ServerId): void;
  /** A replicator that is stopped closes nothing: leadership ended, or its peer left (§6). */
  closeUnless(isReplicated: (peer: ServerId) => boolean): void;
}

export function createSending(options: SendingOptions): Sending {
  const sources = new Map<ServerId, SnapshotSource>();

  function close(peer: ServerId): void {
    sources.get(peer)?.close();
    sources.delete(peer);
  }

  function send(chunk: SendChunk, { info }: SnapshotSource, bytes: Uint8Array): void {
    const { from, to, term, snapshot, offset } = chunk;
    const { time, checksum, extra } = info;
    const payload: Chunk = { time, checksum, extra, bytes };
    const about = { from, to, term, snapshot, offset, chunkBytes: bytes.length };
    options.send({ type: 'rpc.installSnapshot', ...about, payload });
  }

  return {
    open(peer, report) {
      close(peer);
      const source = options.store.openSnapshot();
      if (source === null) return; // The replicator asks again.
      sources.set(peer, source);
      const { index, term, sizeBytes, hash } = source.info;
      report({ type: 'peer.snapshot', snapshot: { index, term, sizeBytes, hash } });
    },
    sendChunk(chunk, report) {
      const source = sources.get(chunk.to);
      if (source === undefined) return;
      if (chunk.asks) {
        send(chunk, source, new Uint8Array(0));
        return;
      }
      const { offset } = chunk;
      source.read(offset, options.maxChunkBytes, (fault, bytes) => {
        if (sources.get(chunk.to) !== source) return;
        if (fault !== null) options.onFault(fault);
        else if (bytes !== null) {
          send(chunk, source, bytes);
          report({ type: 'peer.chunkSent', offset, chunkBytes: bytes.length });
        }
      });
    },
    close,
    closeUnless(isReplicated) {
      for (const peer of [...sources.keys()]) if (!isReplicated(peer)) close(peer);
    },
  };
}
