/**
 * What a replicator does while its peer needs what is no longer in the log (§7, Figure 13): it gives
 * the peer a snapshot in chunks, in a window of their own.
 *
 * One snapshot is pinned for the whole transfer, so that a newer one taken meanwhile starts nothing
 * anew. Where to go on is what the peer says that it has: after a lost chunk or connection it is
 * asked. Files, sizes of chunks and the second connection are the affair of actors/.
 */
import { assign, sendParent } from 'xstate';
import type { ServerEvent } from './events.ts';
import { expectEvent } from './expect-event.ts';
import type { SnapshotId } from './messages.ts';
import { named } from './named.ts';
import type { ReplicatorContext, ReplicatorEvent, SendChunk } from './replicator.context.ts';

/** Chunks in flight to one peer; a slow one costs no more than so many. */
export const maxChunksInFlight = 4;

interface Args {
  readonly context: ReplicatorContext;
  readonly event: ReplicatorEvent;
}

type Assign = typeof assign<ReplicatorContext, ReplicatorEvent, undefined, ReplicatorEvent, never>;
const update: Assign = assign;

const replyOf = (event: ReplicatorEvent) => expectEvent(event, 'current.installSnapshotReply');

function transferOf(context: ReplicatorContext) {
  if (context.transfer === null) throw new Error('no snapshot is pinned');
  return context.transfer;
}

/** §7: "the leader has already discarded the next log entry that it needs to send". */
export const needsSnapshot = ({ context }: Pick<Args, 'context'>) =>
  context.nextIndex <= context.log.snapshotIndex;

/** A heartbeat found it: the peer does have what the leader's log no longer has. */
export const hasWhatIsGone = ({ context, event }: Args) => {
  const { success, matchIndex } = expectEvent(event, 'current.appendEntriesReply');
  return success && matchIndex >= context.log.snapshotIndex;
};

const isSame = (a: SnapshotId, b: SnapshotId): boolean => a.index === b.index && a.hash === b.hash;

const isAbout = ({ context, event }: Args): boolean =>
  isSame(replyOf(event).snapshot, transferOf(context).snapshot);

/** Nothing that the snapshot replaces is needed any more. */
export const hasInstalled = (args: Args) => isAbout(args) && replyOf(args.event).installed;

export const hasProgressed = (args: Args) =>
  isAbout(args) && replyOf(args.event).offset > transferOf(args.context).ackedBytes;

/** The answer to the question of where the peer is, also when it has less than it once had. */
export const saysWhere = (args: Args) => isAbout(args);

/** Bytes are left, and the window has room. */
export const canSendChunk = ({ context }: Pick<Args, 'context'>) => {
  const { snapshot, sentBytes, inFlight } = transferOf(context);
  return sentBytes < snapshot.sizeBytes && inFlight.length < maxChunksInFlight;
};

/** The slot's report is of the chunk that was asked for, and not of one before the last rewind. */
export const isNextChunk = ({ context, event }: Args) =>
  expectEvent(event, 'peer.chunkSent').offset === transferOf(context).sentBytes;

export const pin = named(
  'pin',
  update(({ event }) => {
    const { snapshot } = expectEvent(event, 'peer.snapshot');
    return { transfer: { snapshot, ackedBytes: 0, sentBytes: 0, inFlight: [] } };
  }),
);

export const unpin = named('unpin', update({ transfer: null }));

/** Bytes on the peer's disk; what was sent after them and is not acknowledged is sent again. */
export const resumeThere = named(
  'resumeThere',
  update(({ context, event }) => {
    const { offset } = replyOf(event);
    const at = { ackedBytes: offset, sentBytes: offset, inFlight: [] };
    return { transfer: { ...transferOf(context), ...at } };
  }),
);

export const noteChunkSent = named(
  'noteChunkSent',
  update(({ context, event }) => {
    const transfer = transferOf(context);
    const { offset, chunkBytes } = expectEvent(event, 'peer.chunkSent');
    const sentBytes = offset + chunkBytes;
    return { transfer: { ...transfer, sentBytes, inFlight: [...transfer.inFlight, sentBytes] } };
  }),
);

export const noteChunkAcked = named(
  'noteChunkAcked',
  update(({ context, event }) => {
    const transfer = transferOf(context);
    const ackedBytes = replyOf(event).offset;
    return {
      transfer: {
        ...transfer,
        ackedBytes,
        sentBytes: Math.max(transfer.sentBytes, ackedBytes),
        inFlight: transfer.inFlight.filter((end) => end > ackedBytes),
      },
    };
  }),
);

/** §7: the entries after the snapshot follow it. Where the logs agree is asked, as ever. */
export const continueBehind = named(
  'continueBehind',
  update(({ context }) => {
    const nextIndex = transferOf(context).snapshot.index + 1;
    return { nextIndex, inflight: [], transfer: null };
  }),
);

const about = ({ id, peer, term }: ReplicatorContext) => ({ from: id, to: peer, term });

export const nextChunk = named('nextChunk', ({ context }: Pick<Args, 'context'>): SendChunk => {
  const { snapshot, sentBytes } = transferOf(context);
  return { ...about(context), snapshot, offset: sentBytes, asks: false };
});

/** No bytes: how far is the peer with this snapshot? */
export const whereAreYou = named('whereAreYou', ({ context }: Pick<Args, 'context'>): SendChunk => {
  const { snapshot } = transferOf(context);
  return { ...about(context), snapshot, offset: 0, asks: true };
});

type PeerPinned = Extract<ServerEvent, { type: 'peer.pinned' }>;

export const reportPinned = named(
  'reportPinned',
  sendParent<ReplicatorContext, ReplicatorEvent, undefined, PeerPinned, ReplicatorEvent>(
    ({ context, event }) => ({
      type: 'peer.pinned',
      peer: context.peer,
      term: context.term,
      index: expectEvent(event, 'peer.snapshot').snapshot.index,
    }),
  ),
);
