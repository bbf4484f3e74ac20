/**
 * How a leader appends, counts and commits (§5.3, §5.4.2), and keeps its replicators.
 */
import { expectEvent } from '../expect-event.ts';
import type { Persist, Reply } from '../events.ts';
import { append, configurationOf, termAt } from '../log.ts';
import type {
  AppendEntriesReply,
  Current,
  InstallSnapshotReply,
  LogIndex,
  ServerId,
} from '../messages.ts';
import { named } from '../named.ts';
import { leaderCommitIndex } from '../rules/commitment.ts';
import { hasQuorum } from '../rules/quorum.ts';
import { goneAfterChecks } from '../rules/retention.ts';
import { noReaders, otherMembers, type Progress, type ServerContext } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { applyCommitted } from './following.ts';

export const nothingKnown: Progress = {
  ...{ matchIndex: 0, pinnedIndex: 0, round: 0, heard: false, missedChecks: 0 },
};

/** Any answer of a peer: both kinds count as contact. */
function replyOf(event: Args['event']): Current<AppendEntriesReply | InstallSnapshotReply> {
  if (event.type === 'current.installSnapshotReply') return event;
  return expectEvent(event, 'current.appendEntriesReply');
}

export const replicatorOf = (peer: ServerId) => `replicator.${peer}` as const;

/** Figure 2: "Reinitialized after election". */
export const startLeading = named(
  'startLeading',
  server.assign(({ context }) => ({
    leader: context.id,
    peers: Object.fromEntries(otherMembers(context).map((peer) => [peer, nothingKnown])),
    round: 0,
    read: null,
    readers: noReaders,
    leasedRound: 0,
    transfer: null,
    change: null,
  })),
);

/** Spawned before the no-op is appended, so that nextIndex is the index of the no-op. */
export const spawnReplicators = named(
  'spawnReplicators',
  server.enqueueActions(({ context, enqueue }) => {
    const { id, log, commitIndex, round, window, currentTerm: term } = context;
    for (const peer of otherMembers(context)) {
      const input = { id, peer, term, log, commitIndex, round, window };
      enqueue.spawnChild('replicator', { id: replicatorOf(peer), input });
    }
  }),
);

export const stopReplicators = named(
  'stopReplicators',
  server.enqueueActions(({ context, enqueue }) => {
    for (const peer of Object.keys(context.peers)) enqueue.stopChild(replicatorOf(peer));
  }),
);

/** All replicators learn of the longer log and the higher commitIndex; they send what is new. */
export const tellReplicators = named(
  'tellReplicators',
  server.enqueueActions(({ context, enqueue }) => {
    const { log, commitIndex } = context;
    for (const peer of Object.keys(context.peers)) {
      enqueue.sendTo(replicatorOf(peer), { type: 'leader.advanced', log, commitIndex });
    }
  }),
);

/** §5.3: "The leader appends the command to its log as a new entry". */
function appendOwn(context: ServerContext, count: number): Partial<ServerContext> {
  const firstIndex = context.log.lastIndex + 1;
  const runs = [{ firstIndex, term: context.currentTerm }];
  const log = append(context.log, runs, context.log.lastIndex + count);
  return { log, writes: context.writes + 1 };
}

const appendNoOp = named(
  'appendNoOp',
  server.assign(({ context }) => appendOwn(context, 1)),
);

const noOp = named('noOp', ({ context }: Args): Persist => ({
  kind: 'proposed',
  write: context.writes,
  firstIndex: context.log.lastIndex,
  lastIndex: context.log.lastIndex,
  term: context.currentTerm,
  payload: null,
}));

/** §8: "each leader [commits] a blank no-op entry into the log at the start of its term". */
export const openTerm = [appendNoOp, { type: 'persist', params: noOp }, tellReplicators] as const;

const appendCommands = named(
  'appendCommands',
  server.assign(({ context, event }) =>
    appendOwn(context, expectEvent(event, 'client.command').count),
  ),
);

const commands = named('commands', ({ context, event }: Args): Persist => {
  const { count, payload } = expectEvent(event, 'client.command');
  const { lastIndex } = context.log;
  return {
    kind: 'proposed',
    write: context.writes,
    firstIndex: lastIndex - count + 1,
    lastIndex,
    term: context.currentTerm,
    payload,
  };
});

const accepted = named('accepted', ({ context, event }: Args): Reply => {
  const { batch, count } = expectEvent(event, 'client.command');
  const firstIndex = context.log.lastIndex - count + 1;
  return { kind: 'accepted', batch, firstIndex, term: context.currentTerm };
});

/** The disk and the replicators get the batch in the same step: they work in parallel. */
export const proposeCommands = [
  appendCommands,
  { type: 'persist', params: commands },
  { type: 'reply', params: accepted },
  tellReplicators,
] as const;

/** Replies of servers that are no members here are nobody's business. */
export const isPeer = ({ context, event }: Args) =>
  Object.hasOwn(context.peers, replyOf(event).from);

export const update = (context: ServerContext, peer: ServerId, change: Partial<Progress>) => ({
  peers: { ...context.peers, [peer]: { ...(context.peers[peer] ?? nothingKnown), ...change } },
});

/** Any answer in the current term acknowledges the leader, refusals included (thesis §6.4). */
export const noteContact = named(
  'noteContact',
  server.assign(({ context, event }) => {
    const reply = replyOf(event);
    const known = context.peers[reply.from]?.round ?? 0;
    const round = 'round' in reply ? Math.max(known, reply.round) : known;
    return update(context, reply.from, { heard: true, round });
  }),
);

export const forwardReply = named(
  'forwardReply',
  server.enqueueActions(({ event, enqueue }) => {
    const reply = replyOf(event);
    enqueue.sendTo(replicatorOf(reply.from), reply);
  }),
);

/** Of an older term, or of a peer that left meanwhile (§6). */
export const isStaleReport = ({ context, event }: Args) => {
  const report = event.type === 'peer.pinned' ? event : expectEvent(event, 'peer.matched');
  return report.term !== context.currentTerm || !Object.hasOwn(context.peers, report.peer);
};

/** Only grows within a term, also when a replicator begins anew: what committed stays counted. */
export const noteMatch = named(
  'noteMatch',
  server.assign(({ context, event }) => {
    const { peer, matchIndex } = expectEvent(event, 'peer.matched');
    const known = context.peers[peer]?.matchIndex ?? 0;
    return update(context, peer, { matchIndex: Math.max(known, matchIndex) });
  }),
);

/** The leader's own match is what its disk holds (docs/divergence.md#own-match). */
const matchIndexOf = (context: ServerContext, voter: ServerId): LogIndex =>
  voter === context.id ? context.durableIndex : (context.peers[voter]?.matchIndex ?? 0);

const committable = (context: ServerContext): LogIndex => {
  const { log, currentTerm, commitIndex } = context;
  const matchIndex = (voter: ServerId) => matchIndexOf(context, voter);
  return leaderCommitIndex({ log, currentTerm, commitIndex, matchIndex });
};

export const canCommit = ({ context }: Args) => committable(context) > context.commitIndex;

const advanceCommit = named(
  'advanceCommit',
  server.assign(({ context }) => ({ commitIndex: committable(context) })),
);

export const commit = [advanceCommit, applyCommitted, tellReplicators] as const;

export const ownTermCommitted = ({ context }: Args) =>
  termAt(context.log, context.commitIndex) === context.currentTerm;

export const majorityAnswered = ({ context }: Args) =>
  hasQuorum(
    configurationOf(context.log),
    (voter) => voter === context.id || context.peers[voter]?.heard === true,
  );

export const forgetContacts = named(
  'forgetContacts',
  server.assign(({ context }) => ({
    peers: Object.fromEntries(
      Object.entries(context.peers).map(([peer, known]) => {
        const missedChecks = known.heard ? 0 : Math.min(known.missedChecks + 1, goneAfterChecks);
        return [peer, { ...known, heard: false, missedChecks }];
      }),
    ),
  })),
);

/** Who led is no leader to send clients to, least of all itself. */
export const resign = named('resign', server.assign({ leader: null, transfer: null }));

/** Told before it resigns: clients go to whom leadership was handed over, if it was. */
const abandoned = named('abandoned', ({ context }: Args): Reply => ({
  kind: 'abandoned',
  leader: context.transfer?.handed === true ? context.transfer.target : null,
}));

/** What was accepted may still commit under another leader: only the log will tell. */
export const abandonBatches = { type: 'reply', params: abandoned } as const;
