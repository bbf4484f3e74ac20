/**
 * The rule of terms (§5.1), written once: every message passes here before a role hears it.
 *
 * A stale term is refused, a higher one is adopted and persisted first, and then the message is
 * raised again as `current.*`. Roles list only those.
 */
import type { Persist, Send } from '../events.ts';
import type { Message } from '../messages.ts';
import { ignore } from '../ignore.ts';
import { named } from '../named.ts';
import { server, type Args } from '../server.setup.ts';

function messageOf(event: Args['event']): Message {
  if (event.type.startsWith('rpc.')) return event as Message;
  throw new Error(`the term gate hears messages only, not ${event.type}`);
}

/** §5.1: "If a server receives a request with a stale term number, it rejects the request." */
export const staleTerm = ({ context, event }: Args) => messageOf(event).term < context.currentTerm;

/** §5.1: "if one server's current term is smaller than the other's, then it updates its term". */
export const higherTerm = ({ context, event }: Args) => messageOf(event).term > context.currentTerm;

export const adoptTerm = named(
  'adoptTerm',
  server.assign(({ context, event }) => ({
    currentTerm: messageOf(event).term,
    votedFor: null,
    leader: null,
    verifiedIndex: 0,
    leaderLast: null,
    writes: context.writes + 1,
  })),
);

export const vote = named('vote', ({ context }: Args): Persist => ({
  kind: 'vote',
  write: context.writes,
  term: context.currentTerm,
  votedFor: context.votedFor,
}));

/** Figure 2, persistent state: the term and the vote are one record, written together. */
export const persistVote = { type: 'persist', params: vote } as const;

/** `rpc.x` becomes `current.x`: from here on its term is ours. */
export const raiseCurrent = named(
  'raiseCurrent',
  server.raise(({ event }) => {
    const message = messageOf(event);
    return { ...message, type: message.type.replace('rpc.', 'current.') } as Args['event'];
  }),
);

/** Hands the event on, unchanged, to the state that is entered. */
export const raiseAgain = named(
  'raiseAgain',
  server.raise(({ event }) => event),
);

/** The refusal carries our term, which frees a leader or candidate that fell behind. */
export const staleRefusal = named('staleRefusal', ({ context, event }: Args): Send => {
  const message = messageOf(event);
  const envelope = { from: context.id, to: message.from, term: context.currentTerm };
  switch (message.type) {
    case 'rpc.appendEntries':
      return {
        after: 'term',
        messages: [
          {
            ...envelope,
            type: 'rpc.appendEntriesReply',
            success: false,
            matchIndex: 0,
            refusedIndex: message.prevLogIndex,
            hintIndex: 0,
            hintTerm: 0,
            round: message.round,
          },
        ],
      };
    case 'rpc.requestVote':
      return {
        after: 'term',
        messages: [{ ...envelope, type: 'rpc.requestVoteReply', voteGranted: false }],
      };
    case 'rpc.preVote': {
      const { campaignTerm } = message;
      return {
        after: 'term',
        messages: [{ ...envelope, type: 'rpc.preVoteReply', campaignTerm, voteGranted: false }],
      };
    }
    case 'rpc.installSnapshot': {
      const answer = { snapshot: message.snapshot, offset: 0, installed: false } as const;
      return {
        after: 'term',
        messages: [{ ...envelope, type: 'rpc.installSnapshotReply', ...answer }],
      };
    }
    case 'rpc.readIndex': {
      const { context } = message;
      const refused = { context, granted: false, readIndex: 0 };
      return {
        after: 'term',
        messages: [{ ...envelope, type: 'rpc.readIndexReply', ...refused }],
      };
    }
    case 'rpc.appendEntriesReply':
    case 'rpc.installSnapshotReply':
    case 'rpc.requestVoteReply':
    case 'rpc.preVoteReply':
    case 'rpc.readIndexReply':
    case 'rpc.timeoutNow': // Thesis §3.10: late, and whoever sent it does not lead any more.
    case 'rpc.timeoutNowReply':
      return { after: 'term', messages: [] }; // Nobody waits for an answer to an answer.
  }
});

/** For a role in which a server can speak for nothing: to its peers it is as good as stopped. */
export const hearsNobody = ignore(
  'rpc.appendEntries',
  'rpc.appendEntriesReply',
  'rpc.installSnapshot',
  'rpc.installSnapshotReply',
  'rpc.requestVote',
  'rpc.requestVoteReply',
  'rpc.preVote',
  'rpc.preVoteReply',
  'rpc.timeoutNow',
  'rpc.timeoutNowReply',
  'rpc.readIndex',
  'rpc.readIndexReply',
);
