/**
 * What a replicator does with a reply, and the AppendEntries it asks for.
 */
import { assign, sendParent } from 'xstate';
import { configurationsBetween, runsBetween, termAt } from './log.ts';
import type { ServerEvent } from './events.ts';
import type { AppendEntries, LogIndex } from './messages.ts';
import { expectEvent } from './expect-event.ts';
import { named } from './named.ts';
import type { ReplicatorContext, ReplicatorEvent } from './replicator.context.ts';
import { nextAfterConflict } from './rules/log-matching.ts';

type PeerMatched = Extract<ServerEvent, { type: 'peer.matched' }>;

interface Args {
  readonly context: ReplicatorContext;
  readonly event: ReplicatorEvent;
}

function replyOf(event: ReplicatorEvent) {
  return expectEvent(event, 'current.appendEntriesReply');
}

function appendEntries(context: ReplicatorContext, lastIndex: LogIndex): AppendEntries {
  // §7: nothing can be said of what is gone. Only while the peer is given a snapshot is nextIndex there.
  const prevLogIndex = Math.max(context.nextIndex - 1, context.log.snapshotIndex);
  return {
    type: 'rpc.appendEntries',
    from: context.id,
    to: context.peer,
    term: context.term,
    prevLogIndex,
    prevLogTerm: termAt(context.log, prevLogIndex) ?? 0,
    lastIndex,
    runs: runsBetween(context.log, prevLogIndex + 1, lastIndex),
    configurations: configurationsBetween(context.log, prevLogIndex + 1, lastIndex),
    leaderCommit: context.commitIndex,
    leaderLast: context.log.lastIndex,
    round: context.round,
    payload: null,
  };
}

export const heartbeat = named('heartbeat', ({ context }: { context: ReplicatorContext }) =>
  appendEntries(context, Math.max(context.nextIndex - 1, context.log.snapshotIndex)),
);

export const entriesAhead = named('entries', ({ context }: { context: ReplicatorContext }) =>
  appendEntries(context, context.log.lastIndex),
);

export const accepted = ({ event }: Args) => replyOf(event).success;

/**
 * A refusal that still means something: of anything past matchIndex that was asked, or of the newest
 * question there is. Any other is a late one, and the match stands.
 */
export const refused = ({ context, event }: Args) => {
  const { refusedIndex, success } = replyOf(event);
  const asked = refusedIndex > 0 && refusedIndex < context.nextIndex;
  const isNewest = refusedIndex === context.nextIndex - 1;
  return !success && asked && (refusedIndex > context.matchIndex || isNewest);
};

/**
 * What still counts as matched. A peer that refuses what it had acknowledged came back without it
 * (docs/glossary.md#doubtful): were its match kept, nobody would ever give it those entries again.
 */
function stillMatched({ context, event }: Args): LogIndex {
  return replyOf(event).refusedIndex > context.matchIndex ? context.matchIndex : 0;
}

const nextToTry = (args: Args) =>
  nextAfterConflict(args.context.log, replyOf(args.event), stillMatched(args));

/** §7: an entry to send is gone, or the one before it, so no AppendEntries can be built. */
export const compacted = (args: Args) =>
  refused(args) && nextToTry(args) <= args.context.log.snapshotIndex;

/** Entries are waiting and the window, in frames and in bytes, has room. */
export const canSend = ({ context }: { context: ReplicatorContext }) =>
  context.nextIndex <= context.log.lastIndex &&
  context.inflight.length < context.window.frames &&
  context.inflight.reduce((sum, frame) => sum + frame.bytes, 0) < context.window.bytes;

type Assign = typeof assign<ReplicatorContext, ReplicatorEvent, undefined, ReplicatorEvent, never>;
const update: Assign = assign;

export const noteAdvance = named(
  'noteAdvance',
  update(({ event }) => {
    const { log, commitIndex } = expectEvent(event, 'leader.advanced');
    return { log, commitIndex };
  }),
);

export const noteRound = named(
  'noteRound',
  update(({ event }) => ({ round: expectEvent(event, 'leader.confirming').round })),
);

export const noteSent = named(
  'noteSent',
  update(({ context, event }) => {
    const { lastIndex, bytes } = expectEvent(event, 'peer.sent');
    if (lastIndex < context.nextIndex) return {}; // Acknowledged before it was reported.
    return { nextIndex: lastIndex + 1, inflight: [...context.inflight, { lastIndex, bytes }] };
  }),
);

/** §5.3: an acknowledgement never lowers matchIndex, however replies are reordered. */
export const noteMatch = named(
  'noteMatch',
  update(({ context, event }) => {
    const matchIndex = Math.max(context.matchIndex, replyOf(event).matchIndex);
    return {
      matchIndex,
      nextIndex: Math.max(context.nextIndex, matchIndex + 1),
      inflight: context.inflight.filter((frame) => frame.lastIndex > matchIndex),
    };
  }),
);

/** §5.3: after a refusal, go back; by a whole term where the follower's hint allows. */
export const backUp = named(
  'backUp',
  update((args) => ({
    matchIndex: stillMatched(args),
    nextIndex: Math.min(replyOf(args.event).refusedIndex, nextToTry(args)),
    inflight: [],
  })),
);

export const reportMatch = named(
  'reportMatch',
  sendParent<ReplicatorContext, ReplicatorEvent, undefined, PeerMatched, ReplicatorEvent>(
    ({ context }) => ({
      type: 'peer.matched',
      peer: context.peer,
      term: context.term,
      matchIndex: context.matchIndex,
    }),
  ),
);
