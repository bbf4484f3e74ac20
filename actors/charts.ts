/**
 * The charts with their slots filled: the one place where a chart's names become calls.
 *
 * They are built once per process, since building one costs milliseconds; what a slot acts upon is
 * found by the actor system that runs it, of which each server has its own.
 */
import type { AnyActorRef } from 'xstate';
import type { Apply, Install, Persist, Reply, Send } from '../machines/events.ts';
import { logWriterMachine } from '../machines/log-writer.machine.ts';
import type { AppendEntries, Term } from '../machines/messages.ts';
import type { ReplicatorEvent } from '../machines/replicator.context.ts';
import { replicatorMachine } from '../machines/replicator.machine.ts';
import { serverMachine } from '../machines/server.machine.ts';
import { snapshotterMachine } from '../machines/snapshotter.machine.ts';
import type { StorageFault } from '../storage/store.ts';
import type { Timing } from './ports.ts';
import type { Sending } from './snapshots/sending-snapshots.ts';

type System = AnyActorRef['system'];

/** What the slots of one server's charts do. */
export interface Slots {
  readonly timing: Timing;
  /** What is left, in milliseconds, of a lease counted from when this round was sent. */
  leaseMs(term: Term, round: number): number;
  /** Uniform in [0, 1). */
  random(): number;
  send(effect: Send): void;
  persist(effect: Persist): void;
  install(effect: Install): void;
  apply(effect: Apply): void;
  reply(effect: Reply): void;
  /** Sends one frame; reports, now or later, where it ended and how many bytes of entries it carries. */
  sendAppend(message: AppendEntries, report: (event: ReplicatorEvent) => void): void;
  readonly snapshots: Sending;
  /** What the snapshotter asks for; it is answered by its events. */
  look(): void;
  save(): void;
  compact(index: number): void;
  sync(done: (fault: StorageFault | null) => void): void;
  release(write: number): void;
}

const slotsBySystem = new WeakMap<System, Slots>();

/** Must come before the server of this system starts. */
export function fillSlots(system: System, slots: Slots): void {
  slotsBySystem.set(system, slots);
}

function slotsOf({ system }: { readonly system: System }): Slots {
  const slots = slotsBySystem.get(system);
  if (slots === undefined) throw new Error('the chart was started before its slots were filled');
  return slots;
}

/** Rounds that a new server has to catch up with its leader's log; past it, it stays a learner. */
const maxCatchUpRounds = 200;
/** A suspecting follower waits at most this share of the election timeout. */
const maxSuspicionShare = 10;
const electionTimeoutMs = (args: { readonly system: System }) =>
  slotsOf(args).timing.electionTimeoutMs;
/** A random time up to the election timeout. */
const randomPart = (args: { readonly system: System }) =>
  slotsOf(args).random() * electionTimeoutMs(args);

const replicator = replicatorMachine.provide({
  actions: {
    sendAppend: (args, message) => {
      slotsOf(args).sendAppend(message, (event) => {
        // Leadership may have ended meanwhile, or the peer have left (§6).
        if (args.self.getSnapshot().status === 'active') args.self.send(event);
      });
    },
    openSnapshot: (args, { peer }) => {
      slotsOf(args).snapshots.open(peer, (event: ReplicatorEvent) => args.self.send(event));
    },
    sendChunk: (args, chunk) => {
      slotsOf(args).snapshots.sendChunk(chunk, (event) => args.self.send(event));
    },
    closeSnapshot: (args, { peer }) => slotsOf(args).snapshots.close(peer),
  },
  delays: { heartbeat: (args) => slotsOf(args).timing.heartbeatMs, chunkRetry: electionTimeoutMs },
});

const logWriter = logWriterMachine.provide({
  actions: {
    sync: (args) => {
      slotsOf(args).sync((fault) =>
        args.self.send(fault ? { type: 'disk.failed', fault } : { type: 'disk.synced' }),
      );
    },
    release: (args, { write }) => slotsOf(args).release(write),
  },
  delays: { stallTimeout: (args) => slotsOf(args).timing.stallTimeoutMs },
});

const snapshotter = snapshotterMachine.provide({
  actions: {
    look: (args) => slotsOf(args).look(),
    save: (args) => slotsOf(args).save(),
    compact: (args, { index }) => slotsOf(args).compact(index),
  },
});

export const serverChart = serverMachine.provide({
  actors: { logWriter, replicator, snapshotter },
  actions: {
    send: (args, effect) => slotsOf(args).send(effect),
    persist: (args, effect) => slotsOf(args).persist(effect),
    install: (args, effect) => slotsOf(args).install(effect),
    apply: (args, effect) => slotsOf(args).apply(effect),
    reply: (args, effect) => slotsOf(args).reply(effect),
  },
  delays: {
    freshness: electionTimeoutMs,
    staleness: randomPart,
    electionTimeout: (args) => electionTimeoutMs(args) + randomPart(args),
    suspicion: (args) => randomPart(args) / maxSuspicionShare,
    quorumCheck: electionTimeoutMs,
    transferDeadline: electionTimeoutMs,
    catchUpRound: electionTimeoutMs,
    catchUpDeadline: (args) => electionTimeoutMs(args) * maxCatchUpRounds,
    readTimeout: electionTimeoutMs,
    leaseRenewal: (args) => slotsOf(args).timing.heartbeatMs,
    leaseTimeout: (args) => {
      const { currentTerm, leasedRound } = args.context;
      return slotsOf(args).leaseMs(currentTerm, leasedRound);
    },
  },
});
