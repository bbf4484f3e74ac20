/**
 * Slot `sendAppend` of the replicators (§5.3): reads the entries that are asked for, cuts the frame at
 * a bound of bytes, and says where. How many frames are in flight is decided in machines/.
 */
import type { AppendEntries, LogIndex } from '../machines/messages.ts';
import type { ReplicatorEvent } from '../machines/replicator.context.ts';
import { lastIndexOf } from '../storage/lines.ts';
import type { Lines, Store } from '../storage/store.ts';
import { createCatchUpPace } from './catch-up-pace.ts';
import type { ReplicaPorts } from './ports.ts';

export interface SendingEntriesOptions {
  readonly ports: Pick<ReplicaPorts, 'store' | 'clock' | 'defer' | 'monotonicMs'>;
  readonly maxFrameBytes: number;
  send(message: AppendEntries): void;
}

export interface SendingEntries {
  /** Reports `peer.sent`, now or later; of a heartbeat, which carries nothing, never. */
  send(asked: AppendEntries, report: (event: ReplicatorEvent) => void): void;
  /** Nothing is reported any more. */
  stop(): void;
}

export function createSendingEntries({
  ports,
  maxFrameBytes,
  ...options
}: SendingEntriesOptions): SendingEntries {
  const pace = createCatchUpPace(ports);

  return {
    send(asked, report) {
      const { to, prevLogIndex } = asked;
      if (asked.lastIndex === prevLogIndex) {
        options.send({ ...asked, payload: noLines(ports.store, prevLogIndex) });
        return;
      }
      const begunMs = pace.begin(to);
      const payload = ports.store.read(prevLogIndex + 1, asked.lastIndex, maxFrameBytes);
      const lastIndex = lastIndexOf(payload);
      options.send(cutAt(lastIndex, { ...asked, payload }));
      const sent = { type: 'peer.sent', lastIndex, bytes: payload.bytes.length } as const;
      if (lastIndex === asked.lastIndex) report(sent);
      else pace.rest(to, begunMs, () => report(sent));
    },
    stop: () => pace.stop(),
  };
}

/** What a frame says of its entries, when it ends with `lastIndex`. */
function cutAt(lastIndex: LogIndex, message: AppendEntries): AppendEntries {
  if (lastIndex === message.lastIndex) return message;
  const runs = message.runs.filter((run) => run.firstIndex <= lastIndex);
  const configurations = message.configurations.filter(({ index }) => index <= lastIndex);
  return { ...message, lastIndex, runs, configurations };
}

/** A heartbeat carries no line, but the checksum of the one that it speaks of. */
function noLines(store: Store, prevLogIndex: LogIndex): Lines {
  const seed = store.checksumAt(prevLogIndex);
  return { firstIndex: prevLogIndex + 1, seed, bytes: new Uint8Array(0), ends: [] };
}
