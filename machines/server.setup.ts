/**
 * The vocabulary of the server chart: its events, its five I/O slots, its delays, its children.
 *
 * What is named here is filled by `actors/`; the defaults do nothing, so that the chart can be
 * stepped purely. Everything else that the chart does is a named constant in the role files.
 */
import { setup, stateIn } from 'xstate';
import type { Apply, Install, Persist, Reply, Send, ServerEvent } from './events.ts';
import { logWriterMachine } from './log-writer.machine.ts';
import { replicatorMachine } from './replicator.machine.ts';
import { snapshotterMachine } from './snapshotter.machine.ts';
import type { ServerContext, ServerInput } from './server.context.ts';

/** Children by id: those of the log for life, a replicator per peer while the server leads. */
type ServerChildren = { logWriter: 'logWriter'; snapshotter: 'snapshotter' } & Record<
  `replicator.${string}`,
  'replicator'
>;

export const server = setup({
  types: {
    context: {} as ServerContext,
    events: {} as ServerEvent,
    input: {} as ServerInput,
    children: {} as ServerChildren,
  },
  actors: {
    logWriter: logWriterMachine,
    replicator: replicatorMachine,
    snapshotter: snapshotterMachine,
  },
  actions: {
    /** Hands messages to the outbox, which holds them until what they promise is on disk. */
    send: (_, _effect: Send) => undefined,
    /** Adds a vote or entries to what the next sync writes. */
    persist: (_, _effect: Persist) => undefined,
    /** Adds a chunk to a snapshot that is being received, or puts it in the place of the log. */
    install: (_, _effect: Install) => undefined,
    /** Lets the applier go on to a new commitIndex. */
    apply: (_, _effect: Apply) => undefined,
    /** Tells the gateway what became of a batch. */
    reply: (_, _effect: Reply) => undefined,
  },
  guards: {
    /** Entries may be missing here: neither vote nor campaign (docs/glossary.md#doubtful). */
    isDoubtful: stateIn({ trust: 'doubtful' }),
    /** Its peers need what it has. */
    isLeading: stateIn({ role: 'leader' }),
  },
  delays: {
    /** How long a leader's word keeps a follower from campaigning or voting (thesis §4.2.3). */
    freshness: 500,
    /** The random rest of the election timeout, once that word is stale (§5.2). */
    staleness: 250,
    /** A whole, randomised election timeout: no leader was heard of at all (§5.2). */
    electionTimeout: 750,
    /** The short random delay after the leader's socket closed. */
    suspicion: 20,
    /** How often a leader makes sure that a majority still answers (check-quorum). */
    quorumCheck: 500,
    /** What is left of a lease, counted from when its round was sent (thesis §6.4.1). */
    leaseTimeout: 300,
    /** How often a leader sends a round that renews its lease. */
    leaseRenewal: 50,
    /** How long a follower waits for its leader's ReadIndex. */
    readTimeout: 500,
    /** How long a transfer of leadership may take before the leader leads on (thesis §3.10). */
    transferDeadline: 500,
    /** How long a round of catching up may last (thesis §4.2.1: less than an election timeout). */
    catchUpRound: 500,
    /** How long who joins may take to catch up, all rounds together. */
    catchUpDeadline: 100_000,
  },
});

export interface Args {
  readonly context: ServerContext;
  readonly event: ServerEvent;
}
