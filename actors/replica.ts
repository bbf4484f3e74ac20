/**
 * One replica, wired over ports: the server chart, its disk and outbox, the applier and the
 * gateway. No sockets, no files, no real time: production and simulation build the same thing.
 */
import type { Fault } from '../machines/events.ts';
import type { LogIndex, Message, ServerId } from '../machines/messages.ts';
import { createReplicatedState } from '../replicated/replicated-state.ts';
import type { Json } from '../replicated/state-machine.ts';
import type {
  ClientRequest,
  ClientResponse,
  WatchRequest,
  WatchSink,
} from '../transport/client-protocol.ts';
import { createApplier } from './applier.ts';
import type { Members } from './configuration-book.ts';
import { createDiskSpace } from './disk-space.ts';
import { createGateway } from './gateway/gateway.ts';
import type { Limits, ReplicaOptions } from './ports.ts';
import { createReceiving } from './snapshots/receiving-snapshots.ts';
import { createSaving } from './snapshots/saving-snapshots.ts';
import { createServerActor, type ServerRef } from './server.actor.ts';
import { createTicker } from './time/ticker.ts';
import { createWatchers } from './gateway/watchers.ts';

/** How much of what is bounded is in use. */
export interface Usage {
  /** Messages that wait for the disk. */
  readonly heldMessages: number;
  /** Of commands accepted and not yet applied. */
  readonly uncommittedBytes: number;
  /** Of the disk, at the last look; null: nobody can tell. */
  readonly freeBytes: number | null;
  /** Clients' sessions. */
  readonly sessions: number;
  /** Clients' watches. */
  readonly watchers: number;
}

export interface Replica {
  /** The server chart: its context is Figure 2's State. */
  readonly server: ServerRef;
  /** Who takes part, by the log. */
  readonly members: Members;
  /** Who takes part by the newest configuration that it knows to be committed. */
  readonly committedMembers: Members;
  readonly lastApplied: LogIndex;
  /** Of the newest snapshot on the disk; 0: there is none. */
  readonly snapshotIndex: LogIndex;
  readonly pendingCount: number;
  /** It would serve a read by its lease now. */
  readonly holdsLease: boolean;
  readonly usage: Usage;
  readonly limits: Limits;
  /** Recovers the disk and runs. */
  start(): void;
  /** A message from a peer. */
  receive(message: Message): void;
  /** The connection to `peer` closed. */
  linkClosed(peer: ServerId): void;
  /** A client's request; `respond` is called once. */
  submit(request: ClientRequest, respond: (response: ClientResponse) => void): void;
  /** A client's watch; what it returns ends it without a word. */
  watch(request: WatchRequest, sink: WatchSink): () => void;
  /** A checksum of all that was applied and answered. */
  stateHash(): number;
  /** Answers all that is outstanding, then hears nothing any more. */
  stop(): void;
}

export interface ReplicaEnvironment extends ReplicaOptions {
  /** Where clients reach a server; null when unknown. */
  leaderAddress(id: ServerId): { readonly id: ServerId; readonly client: string } | null;
  /** The answer to a client's `status`. */
  status(): Json;
  /** Entries through `lastApplied` were applied: for inspectors. */
  onApplied?(lastApplied: LogIndex): void;
  /** Another configuration is in force, committed or not (§6). */
  onMembers?(members: Members): void;
  /** A snapshot was given up, and the server goes on: ERR_STORAGE_FULL, ERR_SNAPSHOT_CORRUPT. */
  onWarning?(fault: Fault): void;
  /** Something failed for good: the process must end with this code. Called once. */
  onFault(fault: Fault): void;
}

/** Election timeouts that a read may wait for the state to catch up. */
const readWaitTimeouts = 4;

export function createReplica(options: ReplicaEnvironment): Replica {
  const { machines, limits, ports } = options;
  const state = createReplicatedState({ machines });

  const saving = createSaving({
    ...{ store: ports.store, state, limits },
    lastApplied: () => applier.lastApplied,
    context: () => server.ref.getSnapshot().context,
    membersAt: (index) => server.membersAt(index),
    isReceiving: () => receiving.isOpen || applier.isRestoring,
    defer: (task) => ports.defer(task),
    tell: (event) => server.ref.getSnapshot().children['snapshotter']?.send(event),
    onWarning: (fault) => options.onWarning?.(fault),
  });

  const server = createServerActor({
    ...options,
    saving,
    onRecovered: (index) => applier.restore(index),
    install: (effect) => receiving.install(effect),
    apply: ({ commitIndex }) => applier.apply(commitIndex),
    reply: (reply) => gateway.reply(reply),
  });

  const receiving = createReceiving({
    store: ports.store,
    makeRoom: () => !applier.isRestoring && saving.abandon(),
    whenDurable: (task) => server.whenDurable(task),
    onSwitching: () => applier.pause(),
    onInstalled: (info, keptSuffix) => {
      const configuration = server.restart(info, keptSuffix);
      applier.restore(info.index);
      return configuration;
    },
    onDiscarded: () => {
      applier.resume();
      saving.progressed();
    },
    tell: (event) => server.ref.send(event),
    onWarning: (fault) => options.onWarning?.(fault),
  });

  const applier = createApplier({
    store: ports.store,
    state,
    limits,
    defer: (task) => ports.defer(task),
    onApplied: (results) => {
      gateway.applied(results);
      options.onApplied?.(applier.lastApplied);
      ticker.applied();
      watchers.applied();
      receiving.overtaken(applier.lastApplied);
      saving.progressed();
    },
    onRestored: (index) => {
      gateway.skipped(index);
      options.onApplied?.(index);
      ticker.applied();
      watchers.restored();
      saving.progressed();
    },
    onFault: (fault) => server.ref.send({ type: 'log.failed', fault }),
  });

  const space = createDiskSpace({
    port: ports.space,
    minFreeBytes: limits.minFreeBytes,
    clock: ports.clock,
  });

  const inTouch = (): boolean => isInTouch(server.ref.getSnapshot());

  const gateway = createGateway({
    send: (event) => server.hear(event),
    defer: (task) => ports.defer(task),
    limits,
    state,
    applier,
    isShortOfSpace: () => space.isShort,
    clock: ports.clock,
    maxReadWaitMs: readWaitTimeouts * options.timing.electionTimeoutMs,
    boot: options.boot,
    leaderAddress: (id) => options.leaderAddress(id),
    status: () => options.status(),
    inTouch,
    membership: {
      get members() {
        return server.members;
      },
      get commitIndex() {
        return server.ref.getSnapshot().context.commitIndex;
      },
      get leads() {
        return this.leader === options.id;
      },
      get leader() {
        return server.ref.getSnapshot().context.leader;
      },
    },
  });

  const ticker = createTicker({
    clock: ports.clock,
    leads: () => server.ref.getSnapshot().matches({ role: 'leader' }),
    timeMs: () => server.timeMs(),
    nextDeadlineMs: () => state.nextDeadlineMs(),
    tick: () => gateway.tick(),
  });

  const watchers = createWatchers({
    state,
    applier,
    clock: ports.clock,
    inTouch,
  });

  return {
    server: server.ref,
    limits,
    get members() {
      return server.members;
    },
    get committedMembers() {
      return server.membersAt(server.ref.getSnapshot().context.commitIndex);
    },
    get lastApplied() {
      return applier.lastApplied;
    },
    get snapshotIndex() {
      return ports.store.snapshot()?.index ?? 0;
    },
    get holdsLease() {
      const leased = server.ref.getSnapshot().matches({ role: { leader: { lease: 'held' } } });
      return leased && !server.leaseIsOver();
    },
    get pendingCount() {
      return gateway.pendingCount;
    },
    get usage() {
      const { heldMessages } = server;
      const { uncommittedBytes } = gateway;
      return {
        ...{ heldMessages, uncommittedBytes, freeBytes: space.freeBytes },
        ...{ sessions: state.sessionCount, watchers: watchers.count },
      };
    },
    start() {
      space.start();
      server.start();
    },
    receive: (message) => server.receive(message),
    linkClosed: (peer) => server.ref.send({ type: 'link.closed', peer }),
    submit: (request, respond) => gateway.submit(request, respond),
    watch: (request, sink) => watchers.watch(request, sink),
    stateHash: () => state.stateHash(),
    stop() {
      applier.stop();
      space.stop();
      saving.stop();
      ticker.stop();
      server.stop();
      gateway.stop();
      watchers.stop();
      ports.store.stop();
    },
  };
}

/** It leads, or has heard its leader within the least election timeout. */
export function isInTouch({
  value: { role },
}: ReturnType<Replica['server']['getSnapshot']>): boolean {
  if (typeof role === 'string') return false;
  return 'leader' in role || ('follower' in role && role.follower.contact === 'fresh');
}
