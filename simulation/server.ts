/**
 * One simulated process: a real replica on a simulated disk, clock and network, which can crash,
 * start again, pause, and be watched by the checker after each of its chart's steps.
 *
 * A crash is silent: the replica is dropped as it is, whatever it had planned never happens, and
 * its disk keeps what it had synced. Which faults happen when is not here (faults.ts).
 */
import type { InspectionEvent } from 'xstate';
import { createReplica, type Replica } from '../actors/replica.ts';
import { defaultLimits, type Limits } from '../actors/ports.ts';
import type { Fault } from '../machines/events.ts';
import type { LogIndex, Message, ServerId } from '../machines/messages.ts';
import { entryText, timeOfLine } from '../storage/lines.ts';
import type { MemoryDisk } from '../storage/memory-disk.ts';
import type { Store } from '../storage/store.ts';
import type {
  ClientRequest,
  ClientResponse,
  WatchRequest,
  WatchSink,
} from '../transport/client-protocol.ts';
import type { Owner, VirtualClock } from './clock.ts';
import { stateCodeOf, type StateValue } from './hash.ts';
import { ApplyRules } from './invariants/clients.ts';
import type { DiskView, ServerView } from './invariants/observation.ts';
import type { Invariants } from './invariants.ts';
import type { SimulationOptions } from './options/options.ts';
import type { Random } from './random.ts';
import type { Effect } from './faults/victim.ts';
import { portsOf, reached, storeOf, type Life } from './server-ports.ts';
import { Thaw } from './thaw.ts';
import { diskView, watchedKv, type WatchedKv } from './clients/watched.ts';

/** What touched a server, for the trace and the hash. */
export type Cause =
  'start' | 'message' | 'linkClosed' | 'timer' | 'turn' | 'disk' | 'request' | 'crash';

/** What it was about: a message, the peer whose link closed, or the kind of request. */
export type Subject = Message | string | null;

export interface ServerEnvironment {
  readonly clock: VirtualClock;
  readonly checker: Invariants;
  readonly options: SimulationOptions;
  readonly voters: readonly ServerId[];
  /** Split by server and concern. */
  readonly random: Random;
  /** Hands a message to the network. */
  send(message: Message): void;
  /** Runs everything that a server does, so that nothing it does goes unseen. */
  touch(server: SimulatedServer, cause: Cause, subject: Subject, run: () => void): void;
  /** A server stands between two effects, and may be crashed before this returns. */
  reached(server: SimulatedServer, effect: Effect): void;
  /** The replica failed for good and the process ended. */
  faulted(server: SimulatedServer, fault: Fault): void;
  /** Told of everything that the actors of a server do. */
  readonly inspect: ((server: ServerId, event: InspectionEvent) => void) | undefined;
}

function limitsOf(options: SimulationOptions): Limits {
  const { maxFrameBytes, maxInflightFrames, maxApplyPerTurn, sessions = {} } = options;
  const { maxUncommittedBytes = defaultLimits.maxUncommittedBytes } = options;
  return {
    ...defaultLimits,
    ...{ maxFrameBytes, maxInflightFrames, maxApplyPerTurn, maxUncommittedBytes },
    ...sessions,
    ...(options.snapshots ?? { snapshotEntries: Infinity }),
  };
}

/** What a running process consists of. */
interface Running {
  readonly replica: Replica;
  readonly store: Store;
  readonly owner: Owner;
  readonly kv: WatchedKv;
}

export class SimulatedServer implements ServerView {
  readonly id: ServerId;
  readonly memoryDisk: MemoryDisk;
  readonly disk: DiskView;
  incarnation = 0;
  timersArmed = 0;
  /** A turn of the event loop takes up to so much longer than usual. */
  lagMs = 0;
  /** Since when its disk has had less free than the reserve; null: it has enough. */
  shortSinceMs: number | null = null;
  /** Chart steps over all incarnations. */
  chartSteps = 0;
  readonly #env: ServerEnvironment;
  readonly #latency: Random;
  readonly #damage: Random;
  readonly thaw: Thaw;
  /** Seconds of this server's clock for each true one. */
  readonly clockRate: number;
  #running: Running | null = null;
  #value: StateValue = '';
  #stateCode = 0;

  constructor(id: ServerId, disk: MemoryDisk, env: ServerEnvironment) {
    this.id = id;
    this.memoryDisk = disk;
    this.disk = diskView(disk);
    this.#env = env;
    this.#latency = env.random.split(`disk/${id}`);
    this.thaw = new Thaw(env.random.split(`thaw/${id}`));
    this.clockRate = 1 + env.options.clockDrift * (2 * env.random.split(`clock/${id}`).next() - 1);
    this.#damage = env.random.split(`damage/${id}`);
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Starts the process on what its disk holds. */
  start(): void {
    const { options, checker, voters, random, inspect } = this.#env;
    this.incarnation += 1;
    const owner: Owner = { alive: true, frozenUntil: 0 };
    const life: Life = { owner, server: this, env: this.#env };
    const store = storeOf(life, this.#latency);
    const timers = random.split(`timers/${this.id}/${this.incarnation}`);
    const kv = watchedKv(new ApplyRules(checker.report, this.id), () => reached(life, 'apply'));
    const replica = createReplica({
      id: this.id,
      voters,
      machines: { kv: kv.machine },
      timing: options.timing,
      limits: limitsOf(options),
      leases: options.leases,
      boot: this.incarnation,
      ports: portsOf(life, store, timers),
      leaderAddress: (id) => ({ id, client: '' }),
      status: () => null,
      onFault: (fault) => {
        if (owner.alive) this.#env.faulted(this, fault);
      },
    });
    this.#running = { replica, store, owner, kv };
    replica.server.subscribe({
      next: () => this.#stepped(replica),
      // What it threw reaches `onFault`; an observer without this would throw it at the process.
      error: () => undefined,
    });
    if (inspect) replica.server.system.inspect((seen) => inspect(this.id, seen));
    // I44: whatever a chart hears, some state lists it, if only to say that it is ignored.
    replica.server.system.inspect((seen) => {
      if (seen.type !== '@xstate.microstep' || seen._transitions.length > 0) return;
      const { type } = seen.event;
      if (!type.startsWith('xstate.')) checker.report('I44', this.id, `no state lists ${type}`);
    });
    this.#env.touch(this, 'start', null, () => replica.start());
  }

  /** The process is gone in the middle of whatever it did. */
  crash(): void {
    if (this.#running === null) return;
    this.#running.owner.alive = false;
    this.#running = null;
    this.memoryDisk.crash(() => this.#damage.next());
    this.#env.checker.snapshots.found(this.id, this.disk);
  }

  /** Nothing happens in the process for `durationMs`; what is due then happens at once. */
  pause(durationMs: number): void {
    const { clock } = this.#env;
    if (this.#running === null) return;
    this.#running.owner.frozenUntil = clock.now + durationMs;
    this.thaw.begin();
  }

  /** Ends a pause early. */
  resume(): void {
    if (this.#running !== null) this.#running.owner.frozenUntil = 0;
  }

  /** A message arrives at the process's socket: it is heard at once, or after a pause. */
  receive(message: Message): void {
    this.#hear('message', message, (replica) =>
      this.#env.checker.delivered(
        this,
        message,
        () => replica.receive(message),
        () => this.#running?.replica === replica,
      ),
    );
  }

  linkClosed(peer: ServerId): void {
    this.#hear('linkClosed', peer, (replica) => replica.linkClosed(peer));
  }

  /** A client's request arrives; a dead process answers nothing. */
  submit(request: ClientRequest, respond: (response: ClientResponse) => void): void {
    const owner = this.#running?.owner;
    const answer = (response: ClientResponse): void => {
      if (owner?.alive === true) respond(response);
    };
    this.#hear('request', request.op, (replica) => replica.submit(request, answer));
  }

  /** A client's watch, until it or the process ends; a dead process tells nothing. */
  watch(request: WatchRequest, sink: WatchSink): void {
    const owner = this.#running?.owner;
    const send: WatchSink['send'] = (line) => {
      if (owner?.alive === true) sink.send(line);
    };
    this.#hear('request', 'watch', (replica) => void replica.watch(request, { ...sink, send }));
  }

  #hear(cause: Cause, subject: Subject, hear: (replica: Replica) => void): void {
    const { clock } = this.#env;
    const running = this.#running;
    if (running === null) return;
    const touch = (): void => this.#env.touch(this, cause, subject, () => hear(running.replica));
    const frozenMs = running.owner.frozenUntil - clock.now;
    if (frozenMs <= 0) {
      touch();
      return;
    }
    // What waited in many sockets is read socket by socket, and after the timers that are overdue.
    const sender = subject !== null && typeof subject === 'object' ? subject.from : '';
    clock.setTimeout(touch, frozenMs + this.thaw.delayMs(sender), running.owner);
  }

  #stepped(replica: Replica): void {
    if (this.#running?.replica !== replica) return;
    this.chartSteps += 1;
    this.#env.checker.stepped(this);
  }

  #runs(): Running {
    if (this.#running === null) throw new Error(`ERR_SIMULATION: ${this.id} is not running.`);
    return this.#running;
  }

  // What the checker sees (ServerView).

  get context(): ServerView['context'] {
    return this.#runs().replica.server.getSnapshot().context;
  }

  get role(): string {
    const { role } = this.#runs().replica.server.getSnapshot().value;
    return typeof role === 'string' ? role : (Object.keys(role)[0] ?? '');
  }

  get doubtful(): boolean {
    return this.#runs().replica.server.getSnapshot().matches({ trust: 'doubtful' });
  }

  get holdsLease(): boolean {
    return this.#running?.replica.holdsLease === true;
  }

  get stateCode(): number {
    const { value } = this.#runs().replica.server.getSnapshot();
    if (value !== this.#value) {
      this.#value = value;
      this.#stateCode = stateCodeOf(value);
    }
    return this.#stateCode;
  }

  get lastApplied(): LogIndex {
    return this.#runs().replica.lastApplied;
  }

  /** Bytes that clients hold of what this server lets them have. */
  get uncommittedBytes(): number {
    return this.#running?.replica.usage.uncommittedBytes ?? 0;
  }

  stateHash(): number {
    return this.#runs().replica.stateHash();
  }

  /** Whether keys are yet to end here. */
  hasEndings(): boolean {
    return this.#runs().kv.hasEndings();
  }

  entryAt(index: LogIndex): unknown {
    const { store } = this.#runs();
    return JSON.parse(entryText(store.read(index, index, 0), 0));
  }

  timeAt(index: LogIndex): number {
    const { store } = this.#runs();
    return timeOfLine(store.read(index, index, 0), 0);
  }

  checksumAt(index: LogIndex): number | null {
    const { store } = this.#runs();
    const { snapshotIndex, lastIndex } = this.context.log;
    return index < snapshotIndex || index > lastIndex ? null : store.checksumAt(index);
  }
}
