/**
 * What an AppendEntries of the current term does to a log (Figure 2, "Receiver implementation").
 */
import { expectEvent } from '../expect-event.ts';
import type { Persist, Send } from '../events.ts';
import { named } from '../named.ts';
import { followerCommitIndex } from '../rules/commitment.ts';
import { acceptAppend, matchAppend } from '../rules/log-matching.ts';
import { server, type Args } from '../server.setup.ts';

const appendOf = (event: Args['event']) => expectEvent(event, 'current.appendEntries');
const matchOf = ({ context, event }: Args) => matchAppend(context.log, appendOf(event));

/** Which entries are new, where the guard found that some are. */
function extensionOf(args: Args) {
  const match = matchOf(args);
  if (match.kind !== 'extends') throw new Error('no new entries');
  return match;
}

export const logConflicts = (args: Args) => matchOf(args).kind === 'conflict';
export const bringsEntries = (args: Args) => matchOf(args).kind === 'extends';
export const isHeartbeat = ({ event }: Args) =>
  appendOf(event).lastIndex === appendOf(event).prevLogIndex;

/** §5.3: committed entries never change. If this one would, the cluster is broken: stop. */
export const overwritesCommitted = (args: Args) =>
  bringsEntries(args) && extensionOf(args).appendFrom <= args.context.commitIndex;

export const noteLeader = named(
  'noteLeader',
  server.assign(({ context, event }) => ({
    leader: appendOf(event).from,
    leaderLast: context.leaderLast ?? appendOf(event).leaderLast,
  })),
);

/** §5.3: "delete the existing entry and all that follow it", then append what is new. */
const appendEntries = named(
  'appendEntries',
  server.assign(({ context, event }) => {
    const match = extensionOf({ context, event });
    const writes = context.writes + 1;
    return {
      log: acceptAppend(context.log, appendOf(event), match.appendFrom),
      writes,
      // What was durable of the replaced entries is nothing now, whatever completes later.
      durableIndex: Math.min(context.durableIndex, match.appendFrom - 1),
      truncatingWrite: match.truncates ? writes : context.truncatingWrite,
    };
  }),
);

const received = named('received', ({ context, event }: Args): Persist => {
  const m = appendOf(event);
  const firstIndex = extensionOf({ context, event }).appendFrom;
  return {
    kind: 'received',
    write: context.writes + 1,
    firstIndex,
    lastIndex: m.lastIndex,
    lastTerm: m.runs.at(-1)?.term ?? m.prevLogTerm,
    configurations: m.configurations.filter(({ index }) => index >= firstIndex),
    payload: m.payload,
  };
});

const advanceCommit = named(
  'advanceCommit',
  server.assign(({ context, event }) => {
    const m = appendOf(event);
    return {
      verifiedIndex: Math.max(context.verifiedIndex, m.lastIndex),
      commitIndex: followerCommitIndex(context.commitIndex, m.leaderCommit, m.lastIndex),
    };
  }),
);

const committed = named('committed', ({ context }: Args) => ({ commitIndex: context.commitIndex }));
export const applyCommitted = { type: 'apply', params: committed } as const;

const reply = ({ context, event }: Args, after: Send['after'], matchIndex: number): Send => ({
  after,
  messages: [
    {
      type: 'rpc.appendEntriesReply',
      from: context.id,
      to: appendOf(event).from,
      term: context.currentTerm,
      success: true,
      matchIndex,
      refusedIndex: 0,
      hintIndex: 0,
      hintTerm: 0,
      round: appendOf(event).round,
    },
  ],
});

/** Acknowledges only what this very message verified, once all of it is on disk. */
const appendAck = named('appendAck', (args: Args) =>
  reply(args, 'log', appendOf(args.event).lastIndex),
);

/** Leaves at once, so that a slow disk stalls no read; claims only what is verified and durable. */
const heartbeatAck = named('heartbeatAck', (args: Args) =>
  reply(args, 'term', Math.min(args.context.durableIndex, appendOf(args.event).lastIndex)),
);

const conflict = named('conflict', (args: Args): Send => {
  const match = matchOf(args);
  if (match.kind !== 'conflict') throw new Error('conflict without a conflict');
  const { prevLogIndex, from, round } = appendOf(args.event);
  const { id, currentTerm } = args.context;
  return {
    after: 'term',
    messages: [
      {
        type: 'rpc.appendEntriesReply',
        from: id,
        to: from,
        term: currentTerm,
        success: false,
        matchIndex: 0,
        refusedIndex: prevLogIndex,
        hintIndex: match.hintIndex,
        hintTerm: match.hintTerm,
        round,
      },
    ],
  };
});

export const refuseAppend = [noteLeader, { type: 'send', params: conflict }] as const;
export const acceptEntries = [
  noteLeader,
  { type: 'persist', params: received },
  appendEntries,
  advanceCommit,
  { type: 'send', params: appendAck },
  applyCommitted,
] as const;
export const answerHeartbeat = [
  noteLeader,
  advanceCommit,
  { type: 'send', params: heartbeatAck },
  applyCommitted,
] as const;
export const answerRepetition = [
  noteLeader,
  advanceCommit,
  { type: 'send', params: appendAck },
  applyCommitted,
] as const;
