/**
 * A simulated client: opens a session, keeps a few operations under way, repeats them at random
 * servers until it knows or gives up, and tells the checker what it was told.
 *
 * It follows the client protocol's rules (one sequence number per command, `doneBelow`), but not
 * its manners: it repeats early, so that two servers often hold the same command at once.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type {
  ClientRequest,
  ClientResponse,
  Consistency,
  FailedResponse,
} from '../../transport/client-protocol.ts';
import { Memory, commandOf, drawKey, drawKind } from './asking.ts';
import type { VirtualClock } from '../clock.ts';
import type { ClientRules, Operation } from '../invariants/clients.ts';
import type { Workload } from '../options/workload-options.ts';
import type { Random } from '../random.ts';

export interface ClientPorts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly servers: readonly ServerId[];
  readonly rules: ClientRules;
  /** Whether the operation of this name happens; without a trace when it does not. */
  happens(operation: string): boolean;
  /** Sends a request to a server; the answer may come late or never. */
  request(to: ServerId, request: ClientRequest, respond: (response: ClientResponse) => void): void;
}

/** An operation under way, with a stream of chance of its own (schedule.ts). */
interface Task {
  readonly operation: Operation;
  readonly random: Random;
  /** Its outcome is known, or it was given up. */
  readonly done: () => void;
}

/** Of the reads that are not local: those that say what they must have seen. */
const tokenShare = 0.5;

export class SimulatedClient {
  readonly #name: string;
  readonly #workload: Workload;
  readonly #ports: ClientPorts;
  #session = 0;
  #opening = false;
  #nextSeq = 1;
  #nextRequest = 1;
  #stopped = false;
  #hint: ServerId | null = null;
  readonly #memory = new Memory();
  /** Index of the last write that was acknowledged: the token of local reads. */
  #lastWrite = 0;
  /** Operations that were acknowledged. */
  acknowledged = 0;
  /** Operations whose outcome is not known yet. */
  readonly #open = new Set<Operation>();

  constructor(name: string, workload: Workload, ports: ClientPorts) {
    this.#name = name;
    this.#workload = workload;
    this.#ports = ports;
  }

  /** Operations whose outcome is not known yet. */
  get underWay(): number {
    return this.#open.size;
  }

  /** Begins its operations, each `pipeline` place on its own. */
  start(): void {
    for (let place = 0; place < this.#workload.pipeline; place += 1) this.#think(place, 1);
  }

  /** Begins nothing new; what is under way goes on. */
  stop(): void {
    this.#stopped = true;
  }

  /** The `n`th operation of one place of the pipeline comes next. */
  #think(place: number, n: number): void {
    const { clock, random } = this.#ports;
    const own = random.split(`${place}/${n}`);
    const pauseMs = own.next() * 2 * this.#workload.thinkMs;
    clock.setTimeout(() => this.#begin(place, n, own), pauseMs);
  }

  #begin(place: number, n: number, random: Random): void {
    if (this.#stopped) return;
    const drawn = drawKind(random, this.#workload);
    const kind = drawn === 'lock' && this.#memory.token !== null ? 'touch' : drawn;
    const next = (): void => this.#think(place, n + 1);
    if (kind !== 'get' && this.#session === 0) {
      this.#openSession(random);
      next();
    } else if (this.#ports.happens(`${this.#name}/${place}/${n}`)) {
      this.#operate(kind, random, next);
    } else {
      next();
    }
  }

  #openSession(random: Random): void {
    if (this.#opening) return;
    this.#opening = true;
    const over = this.#ports.clock.setTimeout(() => {
      this.#opening = false;
    }, this.#workload.attemptTimeoutMs);
    this.#ports.request(
      this.#server(random),
      { id: this.#nextRequest++, op: 'open' },
      (response) => {
        if (!response.ok) {
          this.#hint = response.leader?.id ?? null;
        } else if ('session' in response && this.#session === 0) {
          this.#session = response.session;
          this.#nextSeq = 1;
        }
        this.#ports.clock.clearTimeout(over);
        this.#opening = false;
      },
    );
  }

  /** Performs one operation; `done` once its outcome is known or it was given up. */
  #operate(kind: Operation['kind'], random: Random, done: () => void): void {
    const { clock, rules } = this.#ports;
    const seq = kind === 'get' ? 0 : this.#nextSeq++;
    const key = drawKey(random, kind, this.#workload);
    const writes = kind !== 'get' && kind !== 'delete' && kind !== 'touch';
    const consistency = kind === 'get' ? this.#consistency(random) : 'linearizable';
    const operation: Operation = {
      client: this.#name,
      consistency,
      kind,
      key,
      value: writes ? this.#uniqueValue(seq, random) : '',
      expected: kind === 'touch' ? this.#memory.token : this.#memory.revisionOf(key),
      session: kind === 'get' ? 0 : this.#session,
      seq,
      invokedAtMs: clock.now,
      // Its own writes are what a local read must see: the token is of the last one acknowledged.
      floor: consistency === 'local' ? this.#lastWrite : rules.floor,
      // The rest of the others must see as much without being told.
      named: consistency === 'local' || random.split('token').chance(tokenShare),
      attempts: 0,
      refusals: 0,
      outcome: 'pending',
      index: 0,
      completedAtMs: 0,
    };
    rules.invoked(operation);
    this.#open.add(operation);
    this.#attempt({ operation, random, done });
  }

  /** Of random length, so that entries fill frames unevenly. */
  #uniqueValue(seq: number, random: Random): string {
    const padding = '.'.repeat(random.int(0, this.#workload.maxPaddingChars));
    return `${this.#name}/${this.#session}/${seq}${padding}`;
  }

  #attempt(task: Task): void {
    const { clock } = this.#ports;
    const { operation } = task;
    if (operation.outcome !== 'pending') return;
    operation.attempts += 1;
    let over = false;
    const again = (afterMs: number): void => {
      if (operation.outcome !== 'pending') return;
      // A get begins anew instead: the later an operation began, the more it must have seen.
      const isLast = operation.kind === 'get' || operation.attempts >= this.#workload.maxAttempts;
      if (isLast) this.#giveUp(task);
      else clock.setTimeout(() => this.#attempt(task), afterMs);
    };
    const timeout = clock.setTimeout(() => {
      over = true;
      again(0);
    }, this.#workload.attemptTimeoutMs);
    const server = this.#server(task.random);
    this.#ports.request(server, this.#requestOf(operation), (response) => {
      clock.clearTimeout(timeout);
      // A follower answers reads, too: only who took a command is known to lead.
      if (!response.ok) this.#hint = response.leader?.id ?? null;
      else if (operation.kind !== 'get') this.#hint = server;
      if (!response.ok && response.outcome === 'not-applied') operation.refusals += 1;
      if (response.ok && 'result' in response) this.#answered(task, response);
      else if (!over && !response.ok) this.#refused(task, response, again);
      over = true;
    });
  }

  #consistency(random: Random): Consistency {
    const { leaseShare, localShare } = this.#workload;
    const stream = random.split('consistency');
    if (stream.chance(leaseShare)) return 'lease';
    return stream.chance(localShare) ? 'local' : 'linearizable';
  }

  #requestOf(operation: Operation): ClientRequest {
    const { kind, key, session, seq, consistency, floor } = operation;
    const id = this.#nextRequest++;
    if (kind === 'get') {
      const read = { id, op: 'read', machine: 'kv', query: { get: { key } }, consistency } as const;
      return operation.named ? { ...read, atLeast: floor } : read;
    }
    const command = commandOf(operation, this.#workload.leases?.ttlMs ?? 1);
    // While a command waits for its outcome, its result must be kept: not below the oldest such.
    let doneBelow = seq;
    for (const other of this.#open) {
      if (other.session === session) doneBelow = Math.min(doneBelow, other.seq);
    }
    return { id, op: 'command', session, seq, doneBelow, machine: 'kv', command };
  }

  #answered(task: Task, response: { readonly index: number; readonly result: Json }): void {
    const { rules } = this.#ports;
    const { operation } = task;
    const { kind, outcome } = operation;
    // A late answer to an operation that is over is checked as well: no server knew that it was
    // late.
    if (kind === 'get') rules.read(operation, response.index, response.result);
    else rules.wrote(operation, response.index, response.result);
    if (outcome !== 'pending') return;
    this.#memory.learn(operation, response.result);
    operation.index = response.index;
    if (kind !== 'get') this.#lastWrite = Math.max(this.#lastWrite, response.index);
    this.acknowledged += 1;
    this.#finish(task, 'acked');
  }

  #refused(task: Task, response: FailedResponse, again: (afterMs: number) => void): void {
    if (task.operation.outcome !== 'pending') return;
    if (response.code === 'ERR_SESSION_EXPIRED') this.#session = 0;
    if (response.code === 'ERR_FUTURE_REVISION') this.#ports.rules.deniedToken(task.operation);
    if (response.retryable) again(task.random.next() * this.#workload.thinkMs);
    else this.#giveUp(task);
  }

  #giveUp(task: Task): void {
    const { refusals, attempts } = task.operation;
    this.#finish(task, refusals === attempts ? 'failed' : 'unknown');
  }

  #finish({ operation, done }: Task, outcome: Operation['outcome']): void {
    operation.outcome = outcome;
    operation.completedAtMs = this.#ports.clock.now;
    this.#open.delete(operation);
    done();
  }

  #server(random: Random): ServerId {
    const { servers } = this.#ports;
    const anybody = random.pick(servers);
    return random.chance(this.#workload.loyalty) ? (this.#hint ?? anybody) : anybody;
  }
}
