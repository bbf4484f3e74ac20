/**
 * One server as a running actor, wired to its disk, its outbox and the network. Decides nothing;
 * what it adds is bytes, and the checks of bytes that charts cannot make.
 */
import { createActor, type Actor } from 'xstate';
import { codedFault } from '../machines/coded-fault.ts';
import type { Apply, Fault, Install, Reply } from '../machines/events.ts';
import type {
  AppendEntries,
  LoggedConfiguration,
  LogIndex,
  Message,
} from '../machines/messages.ts';
import type { SnapshotInfo } from '../storage/snapshots/snapshot-store.ts';
import { checkLines } from '../storage/lines.ts';
import type { Checksum, Lines, Recovered } from '../storage/store.ts';
import { fillSlots, serverChart } from './charts.ts';
import { createConfigurationBook, membersOf, type Members } from './configuration-book.ts';
import { idsOf, namesItsConfigurations, unknownMembers } from './configurations.ts';
import { diverges } from './divergence.ts';
import { createOutbox } from './outbox.ts';
import type { GatewayEvent } from './gateway/gateway.ts';
import { noticeLateTimers } from './time/late-timers.ts';
import { createLeaseTime, leaseShare } from './time/lease-time.ts';
import type { ReplicaOptions } from './ports.ts';
import { createPendingWrites } from './pending-writes.ts';
import type { Saving } from './snapshots/saving-snapshots.ts';
import { createSendingEntries } from './sending-entries.ts';
import { createSending } from './snapshots/sending-snapshots.ts';

export type ServerRef = Actor<typeof serverChart>;

export interface ServerActor {
  readonly ref: ServerRef;
  /** Who takes part, by the log. */
  readonly members: Members;
  /** Recovers the disk, then runs. */
  start(): void;
  /** Hears a message; one whose log lines are damaged is dropped, as if the network had lost it. */
  receive(message: Message): void;
  /** Hears what clients ask for. */
  hear(event: GatewayEvent): void;
  /** By the clock, whatever the chart knows of it. */
  leaseIsOver(): boolean;
  /** Replicated time in milliseconds; of no meaning on a server that does not lead. */
  timeMs(): number;
  /** Calls back when every write so far is durable. */
  whenDurable(task: () => void): void;
  /** Who took part at `index`. */
  membersAt(index: LogIndex): Members;
  /** A snapshot took the place of the log up to it, or of all of it; who takes part as of it. */
  restart(snapshot: SnapshotInfo, keptSuffix: boolean): LoggedConfiguration;
  stop(): void;
  /** Messages that wait for the disk. */
  readonly heldMessages: number;
}

export interface ServerActorOptions extends ReplicaOptions {
  /** The disk holds a snapshot of this index: the state begins with it. Before `log.recovered`. */
  onRecovered(snapshotIndex: LogIndex): void;
  install(effect: Install): void;
  /** What the snapshotter asks for. */
  readonly saving: Pick<Saving, 'look' | 'save' | 'compact' | 'progressed'>;
  apply(effect: Apply): void;
  reply(effect: Reply): void;
  /** Another configuration is in force, committed or not. */
  onMembers?(members: Members): void;
  /** The chart failed, once: the process must end with this code. */
  onFault(fault: Fault): void;
}

export function createServerActor(options: ServerActorOptions): ServerActor {
  const { id, voters, timing, limits, ports } = options;
  const { store, checksum } = ports;
  const outbox = createOutbox((message) =>
    message.to === id ? ref.send(message) : ports.send(message),
  );
  const book = createConfigurationBook(
    Object.fromEntries(voters.map((voter) => [voter, options.addresses?.[voter] ?? ''])),
    (members) => options.onMembers?.(members),
  );
  const writes = createPendingWrites({
    ...{ store, outbox, checksum, book },
    monotonicMs: () => ports.monotonicMs(),
  });
  let faulted = false;

  const fail = (fault: Fault): void => {
    if (faulted) return;
    faulted = true;
    outbox.clear();
    options.onFault(fault);
  };

  const sending = createSending({
    store,
    maxChunkBytes: limits.maxChunkBytes,
    send: (message) => outbox.hold({ after: 'term', messages: [message] }),
    onFault: (fault) => ref.send({ type: 'log.failed', fault }),
  });
  let durableIndex = 0;

  const window = { frames: limits.maxInflightFrames, bytes: limits.maxInflightBytes };
  const input = {
    id,
    voters,
    window,
    leases: options.leases,
    retainedEntries: limits.retainedEntries,
  };
  const monotonicMs = (): number => ports.monotonicMs();
  const leaseTime = createLeaseTime(monotonicMs, leaseShare * timing.electionTimeoutMs);
  const entries = createSendingEntries({
    ...{ ports, maxFrameBytes: limits.maxFrameBytes },
    send(message) {
      leaseTime.sent(message.term, message.round);
      outbox.hold({ after: 'term', messages: [message] });
    },
  });
  const clock = noticeLateTimers({
    ...{ clock: ports.clock, monotonicMs, boundMs: timing.electionTimeoutMs },
    onLate: () => ref.send({ type: 'clock.late' }),
  });
  const ref: ServerRef = createActor(serverChart, { id, input, clock });
  fillSlots(ref.system, {
    timing,
    leaseMs: (term, round) => leaseTime.leftMs(term, round),
    random: () => ports.random(),
    send: (effect) => outbox.hold(effect),
    persist: (effect) => writes.persist(effect),
    install: (effect) => options.install(effect),
    apply: (effect) => options.apply(effect),
    reply: (effect) => options.reply(effect),
    sendAppend: (asked, report) => entries.send(asked, report),
    sync: (done) => writes.sync(done),
    snapshots: sending,
    look: () => options.saving.look(),
    save: () => options.saving.save(),
    compact: (index) => options.saving.compact(index),
    release: (write) => {
      outbox.release(write);
      writes.released(write);
    },
  });
  ref.subscribe({
    next: ({ context, children }) => {
      if (context.fault !== null) {
        fail(context.fault);
        return;
      }
      sending.closeUnless((peer) => Object.hasOwn(children, `replicator.${peer}`));
      if (context.durableIndex !== durableIndex) {
        durableIndex = context.durableIndex;
        options.saving.progressed();
      }
      // Once per macrostep: a term and the vote given in it are one write on the disk.
      const write = writes.takeWrite();
      if (write === null) return;
      try {
        children['logWriter']?.send({ type: 'server.wrote', ...write });
      } catch (error) {
        // XState would throw it at the process, which would end without a code.
        fail(faultOf(error));
      }
    },
    // A guard or an action threw: the chart is wrong, and no state can be trusted any more.
    error: (error) => fail(faultOf(error)),
  });

  /** A line that is compared may be on the disk, which may not give it back. */
  const divergence = (message: AppendEntries): Fault | null => {
    try {
      return diverges(ref.getSnapshot().context, message, store);
    } catch (error) {
      return faultOf(error);
    }
  };

  return {
    ref,
    get members() {
      return book.current;
    },
    start() {
      ref.start();
      writes.recover((fault, recovered) => {
        if (fault !== null) ref.send({ type: 'log.failed', fault });
        else if (recovered !== null) {
          const { snapshot } = recovered;
          const members = snapshot === null ? null : membersOf(snapshot);
          if (members !== null) book.restore(members, true);
          const isNamed = snapshot === null || members !== null;
          const unreadable = isNamed
            ? book.recover(recovered.configurations)
            : unknownMembers(snapshot.index);
          const configurations = recovered.configurations.map(({ index }) => {
            return idsOf(book.at(index).entry, index);
          });
          if (unreadable !== null) ref.send({ type: 'log.failed', fault: unreadable });
          else {
            if (snapshot !== null) options.onRecovered(snapshot.index);
            const { vote, lastIndex, runs } = recovered;
            const began = beginningOf(recovered, members);
            ref.send({ type: 'log.recovered', ...vote, ...began, lastIndex, runs, configurations });
          }
        }
      });
    },
    receive(message) {
      if (faulted) return;
      if (message.type === 'rpc.appendEntries') {
        if (!isIntact(message, checksum)) return;
        const fault = divergence(message);
        if (fault !== null) {
          ref.send({ type: 'log.failed', fault });
          return;
        }
      }
      ref.send(message);
    },
    hear(event) {
      // What was promised to a lease ends when its time does, not when a timer gets its turn.
      if (event.type === 'client.leaseRead' && leaseTime.isOver()) {
        options.reply({ kind: 'unleased', batch: event.batch });
      } else ref.send(event);
    },
    leaseIsOver: () => leaseTime.isOver(),
    timeMs: () => writes.now(),
    whenDurable: (task) => writes.whenDurable(task),
    membersAt: (index) => book.at(index),
    restart(snapshot, keptSuffix) {
      if (!keptSuffix) writes.restart(snapshot);
      const members = membersOf(snapshot);
      if (members !== null) book.restore(members, keptSuffix);
      else ref.send({ type: 'log.failed', fault: unknownMembers(snapshot.index) });
      const { index, entry } = book.at(snapshot.index);
      return idsOf(entry, index);
    },
    stop() {
      outbox.clear();
      entries.stop();
      ref.send({ type: 'admin.stop' });
      ref.stop();
    },
    get heldMessages() {
      return outbox.heldCount;
    },
  };
}

/** Where the log begins, and what the snapshot before it says: its last entry was committed. */
function beginningOf({ base, snapshot }: Recovered, members: Members | null) {
  const configuration = members === null ? null : idsOf(members.entry, members.index);
  return {
    ...{ snapshotIndex: base.index, snapshotTerm: base.term },
    ...{ base: configuration, commitIndex: snapshot?.index ?? 0 },
  };
}

/** Whatever was thrown; without a code it is a bug. */
function faultOf(error: unknown): Fault {
  return codedFault(error) ?? { code: 'ERR_INTERNAL', message: String(error) };
}

/** Whether its lines are whole and are what its header says. */
function isIntact(message: AppendEntries, checksum: Checksum): boolean {
  const indices = message.configurations.map(({ index }) => index);
  const fault = checkLines(message.payload as Lines, message.runs, indices, checksum);
  return fault === null && namesItsConfigurations(message);
}
