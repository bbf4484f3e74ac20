/**
 * One real replica whose world a test holds: a clock that stands, a disk that finishes nothing by
 * itself, a network that keeps what it is given. What happens, happens because the test says so.
 *
 * Peers exist only as messages: `AppendEntries` get the encoded lines that their leader would send.
 */
import { defaultLimits, defaultTiming, type Limits } from '../../actors/ports.ts';
import { createReplica, type Replica } from '../../actors/replica.ts';
import type { Fault } from '../../machines/events.ts';
import type { AppendEntries, Message, ServerId, Term } from '../../machines/messages.ts';
import { createKv } from '../../replicated/kv.ts';
import { VirtualClock, type Timer } from '../../simulation/clock.ts';
import { crc32 } from '../../storage/crc32.ts';
import {
  checksumOfLine,
  clusterSeed,
  concatLines,
  encodeLines,
  sliceLines,
} from '../../storage/lines.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Lines, Store, VoteState } from '../../storage/store.ts';
import type { ClientRequest, ClientResponse } from '../../transport/client-protocol.ts';
import { roleOf } from './step.ts';

const cluster = 'held';
const noOp = '{"kind":"noop"}';

/** Milliseconds of the held clock. */
export const spaceLookEveryMs = 500;

export interface HeldOptions {
  readonly id?: ServerId;
  readonly voters?: readonly ServerId[];
  readonly limits?: Partial<Limits>;
  readonly leases?: boolean;
  /** What the disk holds before the start: a no-op per term. */
  readonly log?: readonly Term[];
  readonly vote?: Partial<VoteState>;
  /** Tells how many bytes of the disk are free; null: nobody knows. */
  freeBytes?(): number | null;
  /** Puts itself between the replica and its store. */
  wrap?(store: Store): Store;
  /** In [0, 1); the part of a random delay. */
  random?(): number;
}

export class HeldReplica {
  readonly id: ServerId;
  readonly disk: MemoryDisk;
  readonly clock = new VirtualClock();
  readonly faults: Fault[] = [];
  readonly answers: ClientResponse[] = [];
  readonly replica: Replica;
  /** Sent and not yet taken. */
  #sent: Message[] = [];
  #diskTasks: (() => void)[] = [];
  #turnTasks: (() => void)[] = [];

  readonly #options: HeldOptions;

  constructor(options: HeldOptions = {}, disk: MemoryDisk | null = null) {
    const { id = 'a', voters = ['a', 'b', 'c'], log = [], vote = {} } = options;
    this.id = id;
    this.#options = options;
    this.disk = disk ?? new MemoryDisk(cluster, crc32);
    if (disk === null)
      prepare(this.disk, { term: 1, votedFor: null, trust: 'proven', ...vote }, log);
    const store = new MemoryStore(this.disk, (task) => this.#diskTasks.push(task));
    const { clock } = this;
    this.replica = createReplica({
      ...{ id, voters, timing: defaultTiming, leases: options.leases ?? false, boot: 0 },
      machines: { kv: createKv() },
      limits: { ...defaultLimits, ...options.limits },
      ports: {
        store: options.wrap ? options.wrap(store) : store,
        checksum: crc32,
        monotonicMs: () => clock.now,
        send: (message) => void this.#sent.push(message),
        clock: {
          setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
          clearTimeout: (timer) => clock.clearTimeout(timer as Timer),
        },
        space: {
          everyMs: spaceLookEveryMs,
          readFreeBytes: (done) => done(options.freeBytes?.() ?? null),
        },
        random: () => options.random?.() ?? 0.5,
        defer: (task) => void this.#turnTasks.push(task),
      },
      leaderAddress: (leader) => ({ id: leader, client: '' }),
      status: () => null,
      onFault: (fault) => this.faults.push(fault),
    });
  }

  /** Starts and recovers; nothing of that waits. */
  start(): this {
    this.replica.start();
    return this.sync();
  }

  /** Its process ends; another, which has not started yet, has its disk. */
  restart(): HeldReplica {
    this.replica.stop();
    return new HeldReplica(this.#options, this.disk);
  }

  get context() {
    return this.replica.server.getSnapshot().context;
  }

  get role(): string {
    return roleOf(this.replica.server.getSnapshot());
  }

  get faultCodes(): string[] {
    return this.faults.map(({ code }) => code);
  }

  receive(...messages: readonly Message[]): this {
    for (const message of messages) this.replica.receive(message);
    return this;
  }

  /** Ends the sync in flight, if any; another may begin. */
  sync(): this {
    for (const task of this.#diskTasks.splice(0)) task();
    return this;
  }

  /** Ends the turn of the event loop: what was deferred happens. */
  turn(): this {
    for (const task of this.#turnTasks.splice(0)) task();
    return this;
  }

  /** Lets disk and turns go on until nothing is left to do. */
  settle(): this {
    while (this.#diskTasks.length + this.#turnTasks.length > 0) this.sync().turn();
    return this;
  }

  /** Time passes; timers fire when they are due. */
  pass(durationMs: number): this {
    this.clock.runUntil(this.clock.now + durationMs);
    return this;
  }

  submit(request: ClientRequest): this {
    this.replica.submit(request, (response) => this.answers.push(response));
    return this;
  }

  /** What has left since it was last asked. */
  take(): Message[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** Campaigns and wins with the vote of `b`, in the term after the present one. */
  elect(): this {
    while (this.role !== 'preCandidate') this.pass(50);
    const { currentTerm: term } = this.context;
    const from = { from: 'b', to: this.id, voteGranted: true };
    this.receive({ ...from, type: 'rpc.preVoteReply', term, campaignTerm: term + 1 });
    this.receive({ ...from, type: 'rpc.requestVoteReply', term: term + 1 });
    return this.sync();
  }
}

/** The methods of a store as an object that can be spread, to put another in the place of one. */
export function methodsOf(store: Store): Store {
  return {
    recover: (done) => store.recover(done),
    append: (lines) => store.append(lines),
    sync: (vote, done) => store.sync(vote, done),
    read: (from, to, maxBytes) => store.read(from, to, maxBytes),
    checksumAt: (index) => store.checksumAt(index),
    snapshot: () => store.snapshot(),
    firstIndex: () => store.firstIndex(),
    bytesSince: (index) => store.bytesSince(index),
    loadSnapshot: (onItems, done) => store.loadSnapshot(onItems, done),
    saveSnapshot: (meta) => store.saveSnapshot(meta),
    openSnapshot: () => store.openSnapshot(),
    receiveSnapshot: (info) => store.receiveSnapshot(info),
    compact: (throughIndex, done) => store.compact(throughIndex, done),
    stop: () => store.stop(),
  };
}

/** Puts a vote and a no-op per term on a disk, durably. */
function prepare(disk: MemoryDisk, vote: VoteState, log: readonly Term[]): void {
  const store = new MemoryStore(disk, (task) => task());
  store.recover(() => undefined);
  if (log.length > 0) store.append(encodeLog(log));
  store.sync(vote, () => undefined);
  store.stop();
}

/** A log of no-ops with these terms, as every server of the held cluster encodes it. */
export function encodeLog(terms: readonly Term[]): Lines {
  let seed = clusterSeed(cluster, crc32);
  const lines = terms.map((term, i) => {
    const line = encodeLines({ firstIndex: i + 1, term, time: 0, seed }, [noOp], crc32);
    seed = checksumOfLine(line, 0);
    return line;
  });
  const [first, ...rest] = lines;
  if (first === undefined) return { firstIndex: 1, seed, bytes: new Uint8Array(0), ends: [] };
  return concatLines([first, ...rest]);
}

/** `message` with the lines that a leader with this log sends with it. */
export function withLines(message: AppendEntries, log: readonly Term[]): AppendEntries {
  const { prevLogIndex, lastIndex } = message;
  const payload = sliceLines(encodeLog(log), prevLogIndex + 1, lastIndex);
  return { ...message, payload };
}
