/**
 * One simulated server: a process (process.ts) on a simulated disk, clock and network, which can crash,
 * start again, pause, and be watched by the checker after each of its chart's steps.
 *
 * A crash is silent: the replica is dropped as it is, whatever it had planned never happens, and
 * its disk keeps what it had synced. Which faults happen when is not here (faults.ts).
 */
import type { Replica } from '../actors/replica.ts';
import type { LogIndex, Message, ServerId } from '../machines/messages.ts';
import { entryText, timeOfLine } from '../storage/lines.ts';
import type { MemoryDisk } from '../storage/memory-disk.ts';
import type {
  ClientRequest,
  ClientResponse,
  WatchRequest,
  WatchSink,
} from '../transport/client-protocol.ts';
import { diskView } from './clients/watched.ts';
import type { Owner } from './clock.ts';
import type { Cause, ServerEnvironment, Subject } from './environment.ts';
import { stateCodeOf, type StateValue } from './hash.ts';
import type { DiskView, ServerView } from './invariants/observation.ts';
import { createProcess, type Process } from './process.ts';
import type { Random } from './random.ts';
import { Thaw } from './thaw.ts';

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
  #process: Process | null = null;
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
    return this.#process !== null;
  }

  /** Starts the process on what its disk holds. */
  start(): void {
    this.incarnation += 1;
    const owner: Owner = { alive: true, frozenUntil: 0 };
    const running = createProcess({ owner, server: this, env: this.#env }, this.#latency, {
      stepped: (replica) => this.#stepped(replica),
      faulted: (fault) => this.#env.faulted(this, fault),
    });
    this.#process = running;
    this.#env.touch(this, 'start', null, () => running.replica.start());
  }

  /** The process is gone in the middle of whatever it did. */
  crash(): void {
    if (this.#process === null) return;
    this.#process.owner.alive = false;
    this.#process = null;
    this.memoryDisk.crash(() => this.#damage.next());
    this.#env.checker.snapshots.found(this.id, this.disk);
  }

  /** Nothing happens in the process for `durationMs`; what is due then happens at once. */
  pause(durationMs: number): void {
    const { clock } = this.#env;
    if (this.#process === null) return;
    this.#process.owner.frozenUntil = clock.now + durationMs;
    this.thaw.begin();
  }

  /** Ends a pause early. */
  resume(): void {
    if (this.#process !== null) this.#process.owner.frozenUntil = 0;
  }

  /** A message arrives at the process's socket: it is heard at once, or after a pause. */
  receive(message: Message): void {
    this.#hear('message', message, (replica) =>
      this.#env.checker.delivered(
        this,
        message,
        () => replica.receive(message),
        () => this.#process?.replica === replica,
      ),
    );
  }

  linkClosed(peer: ServerId): void {
    this.#hear('linkClosed', peer, (replica) => replica.linkClosed(peer));
  }

  /** A client's request arrives; a dead process answers nothing. */
  submit(request: ClientRequest, respond: (response: ClientResponse) => void): void {
    const owner = this.#process?.owner;
    const answer = (response: ClientResponse): void => {
      if (owner?.alive === true) respond(response);
    };
    this.#hear('request', request.op, (replica) => replica.submit(request, answer));
  }

  /** A client's watch; what comes back ends it, as its socket's end would. A dead process tells nothing. */
  watch(request: WatchRequest, sink: WatchSink): () => void {
    const visited = this.#process;
    const send: WatchSink['send'] = (line) => {
      if (visited?.owner.alive === true) sink.send(line);
    };
    let end = (): void => undefined;
    let left = false;
    this.#hear('request', 'watch', (replica) => {
      if (!left) end = replica.watch(request, { ...sink, send });
    });
    return () => {
      left = true;
      if (this.#process === visited) this.#hear('request', 'leave', () => end());
    };
  }

  #hear(cause: Cause, subject: Subject, hear: (replica: Replica) => void): void {
    const { clock } = this.#env;
    const running = this.#process;
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
    if (this.#process?.replica !== replica) return;
    this.chartSteps += 1;
    this.#env.checker.stepped(this);
  }

  #live(): Process {
    if (this.#process === null) throw new Error(`ERR_SIMULATION: ${this.id} is not running.`);
    return this.#process;
  }

  // What the checker sees (ServerView).

  get context(): ServerView['context'] {
    return this.#live().replica.server.getSnapshot().context;
  }

  get role(): string {
    const { role } = this.#live().replica.server.getSnapshot().value;
    return typeof role === 'string' ? role : (Object.keys(role)[0] ?? '');
  }

  get doubtful(): boolean {
    return this.#live().replica.server.getSnapshot().matches({ trust: 'doubtful' });
  }

  get holdsLease(): boolean {
    return this.#process?.replica.holdsLease === true;
  }

  get stateCode(): number {
    const { value } = this.#live().replica.server.getSnapshot();
    if (value !== this.#value) {
      this.#value = value;
      this.#stateCode = stateCodeOf(value);
    }
    return this.#stateCode;
  }

  get lastApplied(): LogIndex {
    return this.#live().replica.lastApplied;
  }

  /** Bytes that clients hold of what this server lets them have. */
  get uncommittedBytes(): number {
    return this.#process?.replica.usage.uncommittedBytes ?? 0;
  }

  stateHash(): number {
    return this.#live().replica.stateHash();
  }

  /** Whether keys are yet to end here. */
  hasEndings(): boolean {
    return this.#live().kv.hasEndings();
  }

  entryAt(index: LogIndex): unknown {
    const { store } = this.#live();
    return JSON.parse(entryText(store.read(index, index, 0), 0));
  }

  timeAt(index: LogIndex): number {
    const { store } = this.#live();
    return timeOfLine(store.read(index, index, 0), 0);
  }

  checksumAt(index: LogIndex): number | null {
    const { store } = this.#live();
    const { snapshotIndex, lastIndex } = this.context.log;
    return index < snapshotIndex || index > lastIndex ? null : store.checksumAt(index);
  }
}
