/**
 * A real server actor as the system under test: real children, outbox and memory store, on a clock, a
 * disk and a network that the path holds. After each step it also judges what no model is needed for.
 */
import { expect } from 'chai';
import { noSnapshots } from '../support/no-snapshots.ts';
import { defaultLimits } from '../../actors/ports.ts';
import { createServerActor, type ServerActor } from '../../actors/server.actor.ts';
import type { Apply, Fault, Reply, ServerEvent } from '../../machines/events.ts';
import type { AppendEntries, Message } from '../../machines/messages.ts';
import type { Coverage, SystemUnderTest } from '../../simulation/graph-tests/index.ts';
import { crc32 } from '../../storage/crc32.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import { encodeLog, withLines } from '../support/held-replica.ts';
import { runsOf } from '../../storage/lines.ts';
import { AlarmClock } from './alarm-clock.ts';
import { historyOf } from './server-events.ts';
import { id, type Setting, type World, type WorldEvent } from './server-world.ts';

const timing = { heartbeatMs: 60, electionTimeoutMs: 1_000, stallTimeoutMs: 7_000 };

/** What can be seen of a server and its children; entry bytes and counts of bytes are left out. */
export interface View {
  readonly members: Readonly<Record<string, unknown>>;
  readonly timers: readonly string[];
  readonly said: Readonly<Record<string, readonly unknown[]>>;
  readonly applied: readonly Apply[];
  readonly replied: readonly Reply[];
}

/** Of a server that failed, only the server: its process ends before its children matter. */
export function expectedView({ family, isOver, timers, said, applied, replied }: World): View {
  const { server, logWriter, snapshotter, replicators } = family;
  const members = isOver ? { server } : { server, logWriter, snapshotter, ...replicators };
  return {
    members: Object.fromEntries(
      Object.entries(members).map(([name, snapshot]) => [name, memberView(snapshot)]),
    ),
    timers: isOver ? [] : timers,
    ...{ said: byPeer(said), applied, replied },
  };
}

function memberView(snapshot: unknown): unknown {
  const { value, context } = snapshot as { value: unknown; context: Record<string, unknown> };
  const inflight = (context['inflight'] as readonly object[] | undefined)?.length ?? null;
  const { code } = (context['fault'] ?? {}) as Partial<Fault>;
  return { value, context: { ...context, window: null, inflight, fault: code ?? null } };
}

function byPeer(said: readonly Message[]): View['said'] {
  const lists: Record<string, unknown[]> = {};
  for (const message of said) (lists[message.to] ??= []).push({ ...message, payload: null });
  return lists;
}

export class RealServer implements SystemUnderTest<WorldEvent, View> {
  readonly #setting: Setting;
  readonly #coverages: readonly Coverage[];
  #disk = new MemoryDisk('held', crc32);
  #store!: MemoryStore;
  #clock!: AlarmClock;
  #server!: ServerActor;
  #diskTasks: (() => void)[] = [];
  #said: Message[] = [];
  #applied: Apply[] = [];
  #replied: Reply[] = [];
  #faults: Fault[] = [];
  #commitIndex = 0;
  #currentTerm = 0;

  constructor(setting: Setting, coverages: readonly Coverage[]) {
    this.#setting = setting;
    this.#coverages = coverages;
  }

  start(): void {
    const { voters, log, frames } = this.#setting;
    this.#prepareDisk();
    this.#store = new MemoryStore(this.#disk, (task) => this.#diskTasks.push(task));
    this.#clock = new AlarmClock(() => this.#newestTimer());
    this.#server = createServerActor({
      ...{ id, voters, timing, machines: {}, leases: this.#setting.leases ?? false, boot: 0 },
      // One entry to a frame: a bound of a byte still lets one line through.
      limits: { ...defaultLimits, maxInflightFrames: frames, maxFrameBytes: 1 },
      ports: {
        store: this.#store,
        checksum: crc32,
        monotonicMs: () => 0,
        send: (message) => this.#leaves(message),
        clock: this.#clock,
        random: () => 0.5,
        defer: (task) => task(),
      },
      ...noSnapshots,
      apply: (effect) => void this.#applied.push(effect),
      reply: (effect) => void this.#replied.push(effect),
      onFault: (fault) => void this.#faults.push(fault),
    });
    for (const { observe } of this.#coverages) this.#server.ref.system.inspect(observe);
    this.#server.start();
    expect(log.length).to.equal(this.#disk.durableLastIndex);
  }

  send({ type, to, event }: WorldEvent): void {
    if (to === 'disk') this.#fromDisk(type);
    else if (type === 'rpc.appendEntries') {
      const message = event as AppendEntries;
      this.#server.receive(withLines(message, historyOf(message.term)));
    } else if (type.startsWith('rpc.')) this.#server.receive(event as Message);
    else this.#server.ref.send((event ?? { type }) as ServerEvent);
  }

  fireTimer(_delay: string, { type, to }: WorldEvent): void {
    this.#clock.fire(`${to} ${type}`);
  }

  read(): View {
    this.#judge();
    const { ref } = this.#server;
    const { context, children } = ref.getSnapshot();
    const isOver = context.fault !== null;
    const members = Object.entries(isOver ? { server: ref } : { server: ref, ...children });
    const view: View = {
      members: Object.fromEntries(
        members.map(([name, actor]) => [name, memberView(actor.getSnapshot())]),
      ),
      timers: isOver ? [] : this.#clock.running,
      said: byPeer(this.#said),
      applied: this.#applied,
      replied: this.#replied,
    };
    [this.#said, this.#applied, this.#replied] = [[], [], []];
    return view;
  }

  stop(): void {
    this.#server.stop();
    expect(this.#clock.running, 'a stopped server leaves no timer').to.deep.equal([]);
  }

  #fromDisk(type: string): void {
    if (type === 'disk.failed') this.#disk.failNextSync = true;
    for (const task of this.#diskTasks.splice(0)) task();
  }

  /** Nothing of a term leaves before the term is on disk, and no acknowledgement before its entries. */
  #leaves(message: Message): void {
    expect(this.#disk.durableVote.term).to.be.at.least(message.term);
    if (message.type === 'rpc.requestVoteReply' && message.voteGranted) {
      expect(this.#disk.durableVote.votedFor).to.equal(message.to);
    }
    if (message.type === 'rpc.appendEntriesReply') {
      expect(this.#disk.durableLastIndex).to.be.at.least(message.matchIndex);
    }
    this.#said.push(message);
  }

  #judge(): void {
    const { context } = this.#server.ref.getSnapshot();
    const { log, commitIndex, currentTerm, durableIndex, fault } = context;
    expect(currentTerm, 'terms only grow').to.be.at.least(this.#currentTerm);
    expect(commitIndex, 'commitIndex only grows').to.be.at.least(this.#commitIndex);
    expect(commitIndex, 'only what is there can commit').to.be.at.most(log.lastIndex);
    expect(durableIndex, 'durable is what the disk holds').to.be.at.most(log.lastIndex);
    [this.#currentTerm, this.#commitIndex] = [currentTerm, commitIndex];
    if (log.lastIndex > 0) {
      const stored = this.#store.read(1, log.lastIndex, Infinity);
      expect(runsOf(stored), 'the store holds the log').to.deep.equal(log.runs);
    }
    for (let index = 1; index <= durableIndex; index += 1) {
      expect(this.#disk.durableChecksumAt(index)).to.equal(this.#store.checksumAt(index));
    }
    expect(this.#faults, 'a fault is told, once').to.deep.equal(fault === null ? [] : [fault]);
  }

  #prepareDisk(): void {
    const { term, log, votedFor = null, trust = 'proven' } = this.#setting;
    this.#disk = new MemoryDisk('held', crc32);
    this.#diskTasks = [];
    this.#faults = [];
    [this.#said, this.#applied, this.#replied] = [[], [], []];
    [this.#commitIndex, this.#currentTerm] = [0, 0];
    const store = new MemoryStore(this.#disk, (task) => task());
    store.recover(() => undefined);
    if (log.length > 0) store.append(encodeLog(log));
    store.sync({ term, votedFor, trust }, () => undefined);
    store.stop();
  }

  /** XState lists the timer before it arms it. */
  #newestTimer(): string {
    const { _scheduledEvents: scheduled } = this.#server.ref.system.getSnapshot();
    const newest = Object.values(scheduled).at(-1);
    return `${newest?.source.id === id ? 'server' : newest?.source.id} ${newest?.event.type}`;
  }
}
