/**
 * Steps one server with its children purely: the log writer, the snapshotter and, while it leads, the
 * replicators.
 *
 * The order is that of the running actors: what is told to a child is heard once the parent's step is
 * over, then the log writer hears of the step's newest write, and what a child reports waits its turn
 * in the parent's mailbox. The disk and the outbox stay with the caller, who answers `sync` by a
 * `disk.synced` to the log writer when it likes.
 */
import type { EventFromLogic, SnapshotFrom } from 'xstate';
import { logWriterMachine, type Write } from '../machines/log-writer.machine.ts';
import type { Persist } from '../machines/events.ts';
import type { AppendEntries, ServerId } from '../machines/messages.ts';
import { emptyLog } from '../machines/log.ts';
import type { ReplicatorInput, Window } from '../machines/replicator.context.ts';
import { replicatorMachine } from '../machines/replicator.machine.ts';
import type { ServerInput } from '../machines/server.context.ts';
import { serverMachine } from '../machines/server.machine.ts';
import { snapshotterMachine } from '../machines/snapshotter.machine.ts';
import { createStepper, type Effect } from './stepper.ts';

export type ServerSnapshot = SnapshotFrom<typeof serverMachine>;
export type ReplicatorSnapshot = SnapshotFrom<typeof replicatorMachine>;
export type LogWriterSnapshot = SnapshotFrom<typeof logWriterMachine>;
export type SnapshotterSnapshot = SnapshotFrom<typeof snapshotterMachine>;

/** Who of a family hears or acts. */
export type Member = 'server' | 'logWriter' | 'snapshotter' | `replicator.${ServerId}`;

/** One server and its children: an immutable value. */
export interface Family {
  readonly server: ServerSnapshot;
  readonly logWriter: LogWriterSnapshot;
  readonly snapshotter: SnapshotterSnapshot;
  readonly replicators: Readonly<Record<`replicator.${ServerId}`, ReplicatorSnapshot>>;
  /** The log as the newest write leaves it. */
  readonly written: Write;
}

/** An effect that leaves the family; a timer belongs to the member that armed it. */
export interface FamilyEffect {
  readonly by: Member;
  readonly effect: Effect;
}

export interface ServerStepperOptions {
  /** What slot `sendAppend` does: cuts the frame at some bound, and says how many bytes it has. */
  cut(message: AppendEntries): { readonly message: AppendEntries; readonly bytes: number };
}

/** Sends all that was asked for in one frame; an entry counts as a byte. */
const uncut: ServerStepperOptions = {
  cut: (message) => ({ message, bytes: message.lastIndex - message.prevLogIndex }),
};

export interface ServerStepper {
  start(input: ServerInput): [Family, FamilyEffect[]];
  /** `event` is heard by `to`, and so is all that follows from it within the family. */
  step(family: Family, to: Member, event: unknown): [Family, FamilyEffect[]];
}

interface Mail {
  readonly to: Member;
  readonly event: unknown;
}

const window: Window = { frames: 1, bytes: 1 };
const nobody: ServerInput = { id: '', voters: [], leases: false, window, retainedEntries: 0 };
const noPeer: ReplicatorInput = {
  ...{ id: '', peer: '', term: 0, log: emptyLog, commitIndex: 0, round: 0, window },
};

/** A stepper for servers with their children; it keeps no state. */
export function createServerStepper(options: ServerStepperOptions = uncut): ServerStepper {
  const servers = createStepper(serverMachine, nobody);
  const replicators = createStepper(replicatorMachine, noPeer);
  const logWriters = createStepper(logWriterMachine, undefined);
  const snapshotters = createStepper(snapshotterMachine, undefined);

  /** One run to quiescence, on a draft of the family. */
  class Run {
    readonly effects: FamilyEffect[] = [];
    readonly #mailbox: unknown[] = [];
    #family: Family;

    constructor(family: Family) {
      this.#family = family;
    }

    finish(): [Family, FamilyEffect[]] {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) {
        const [server, effects] = servers.step(
          this.#family.server,
          next as EventFromLogic<typeof serverMachine>,
        );
        this.#family = { ...this.#family, server };
        this.serverDid(effects);
      }
      return [this.#family, this.effects];
    }

    deliver({ to, event }: Mail): void {
      if (to === 'server') this.#mailbox.push(event);
      else if (to === 'logWriter') this.#toLogWriter(event);
      else if (to === 'snapshotter') this.#toSnapshotter(event);
      else this.#toReplicator(to, event);
    }

    serverDid(effects: readonly Effect[]): void {
      const wrote = effects.some((effect) => 'persist' in effect);
      for (const effect of effects) {
        if ('persist' in effect) this.#note(effect.persist);
        if (!('tell' in effect || 'spawn' in effect || 'stop' in effect)) {
          this.effects.push({ by: 'server', effect });
        }
      }
      for (const effect of effects) {
        if ('spawn' in effect) this.#spawn(effect.spawn, effect.input);
        if ('stop' in effect) {
          this.#stop(effect.stop);
          this.effects.push({ by: 'server', effect });
        }
        if ('tell' in effect) this.deliver({ to: effect.tell as Member, event: effect.event });
      }
      // Once per step: a term and the vote given in it are one write on the disk.
      if (wrote) this.#toLogWriter({ type: 'server.wrote', ...this.#family.written });
    }

    #note(persist: Persist): void {
      const { written } = this.#family;
      this.#family = { ...this.#family, written: { ...written, ...writeOf(persist) } };
    }

    #toLogWriter(event: unknown): void {
      const [logWriter, effects] = logWriters.step(
        this.#family.logWriter,
        event as EventFromLogic<typeof logWriterMachine>,
      );
      this.#family = { ...this.#family, logWriter };
      this.#childDid('logWriter', effects);
    }

    #toSnapshotter(event: unknown): void {
      const [snapshotter, effects] = snapshotters.step(
        this.#family.snapshotter,
        event as EventFromLogic<typeof snapshotterMachine>,
      );
      this.#family = { ...this.#family, snapshotter };
      this.#childDid('snapshotter', effects);
    }

    #toReplicator(to: `replicator.${ServerId}`, event: unknown): void {
      const snapshot = this.#family.replicators[to];
      if (snapshot === undefined) throw new Error(`${to} hears an event, but it does not run`);
      const [next, effects] = replicators.step(
        snapshot,
        event as EventFromLogic<typeof replicatorMachine>,
      );
      this.#set(to, next, effects);
    }

    #set(id: `replicator.${ServerId}`, snapshot: ReplicatorSnapshot, effects: Effect[]): void {
      const others = this.#family.replicators;
      this.#family = { ...this.#family, replicators: { ...others, [id]: snapshot } };
      this.#childDid(id, effects);
    }

    #spawn(id: string, input: unknown): void {
      if (!id.startsWith('replicator.')) return; // The others live from `start` on.
      this.#set(id as `replicator.${ServerId}`, ...replicators.start(input as ReplicatorInput));
    }

    #stop(id: string): void {
      const left = Object.entries(this.#family.replicators).filter(([other]) => other !== id);
      this.#family = { ...this.#family, replicators: Object.fromEntries(left) };
    }

    #childDid(by: Exclude<Member, 'server'>, effects: readonly Effect[]): void {
      const reports: unknown[] = [];
      for (const effect of effects) {
        if ('tellParent' in effect) this.#mailbox.push(effect.tellParent);
        else if ('sendAppend' in effect) {
          const { message, bytes } = options.cut(effect.sendAppend);
          this.effects.push({ by, effect: { sendAppend: message } });
          const { prevLogIndex, lastIndex } = message;
          if (lastIndex > prevLogIndex) reports.push({ type: 'peer.sent', lastIndex, bytes });
        } else this.effects.push({ by, effect });
      }
      for (const event of reports) this.deliver({ to: by, event });
    }
  }

  return {
    start(input) {
      const [server, effects] = servers.start(input);
      const [logWriter] = logWriters.start(undefined);
      const [snapshotter] = snapshotters.start(undefined);
      const written: Write = { write: 0, lastIndex: 0, lastTerm: 0 };
      const run = new Run({ server, logWriter, snapshotter, replicators: {}, written });
      run.serverDid(effects);
      return run.finish();
    },
    step(family, to, event) {
      const recovered = event as { type: string; lastIndex: number; runs: { term: number }[] };
      const run = new Run(
        recovered.type === 'log.recovered' ? withRecovered(family, recovered) : family,
      );
      run.deliver({ to, event });
      return run.finish();
    },
  };
}

/** What the disk held is what the next write continues. */
function withRecovered(
  family: Family,
  event: { readonly lastIndex: number; readonly runs: readonly { readonly term: number }[] },
): Family {
  const lastTerm = event.runs.at(-1)?.term ?? 0;
  return { ...family, written: { write: 0, lastIndex: event.lastIndex, lastTerm } };
}

/** What of the log's end a write changes. */
function writeOf(persist: Persist): Partial<Write> {
  const { write } = persist;
  switch (persist.kind) {
    case 'proposed':
      return { write, lastIndex: persist.lastIndex, lastTerm: persist.term };
    case 'configuration':
      return { write, lastIndex: persist.configuration.index, lastTerm: persist.term };
    case 'received':
      return { write, lastIndex: persist.lastIndex, lastTerm: persist.lastTerm };
    case 'vote':
    case 'trust':
      return { write };
  }
}
