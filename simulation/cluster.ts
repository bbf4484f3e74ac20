/**
 * A cluster in virtual time: N simulated servers, their network, clients and nemesis, under the eyes
 * of the checker, with a rolling hash of all that happens.
 *
 * Everything goes through `#touch`, so that after each event the touched server, and only it, is
 * looked at. Phases and verdicts are run.ts.
 */
import type { InspectionEvent } from 'xstate';
import type { Fault } from '../machines/events.ts';
import type { ServerId } from '../machines/messages.ts';
import { crc32 } from '../storage/crc32.ts';
import { MemoryDisk } from '../storage/memory-disk.ts';
import { ClientNetwork } from './client-network.ts';
import { SimulatedClient } from './client.ts';
import { VirtualClock } from './clock.ts';
import { Nemesis } from './faults.ts';
import { RollingHash, markEvent } from './hash.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import type { SimulationOptions, Workload } from './options.ts';
import { SimulatedWatcher } from './watcher.ts';
import { randomFrom, type Random } from './random.ts';
import { allowedBy, type Allowed, type Decisions } from './schedule.ts';
import { lineOf, stepOf, type TraceRecord } from './trace.ts';
import type { Victim } from './victim.ts';
import { diskView } from './watched.ts';
import { overTheWire } from './wire.ts';
import { SimulatedServer, type Cause, type Subject } from './server.ts';

/** Between two full checks, in chart steps. */
const fullCheckEvery = 1_000;
/** A process that failed is started again after this many election timeouts. */
const restartAfterTimeouts = 2;

export interface ClusterHooks {
  /** A readable line for every event. */
  readonly trace?: ((line: string) => void) | undefined;
  /** The same as a record. */
  readonly observe?: ((record: TraceRecord) => void) | undefined;
  /** Everything that the actors of a server do, as XState's inspection tells it. */
  readonly inspect?: ((server: ServerId, event: InspectionEvent) => void) | undefined;
}

export class Cluster implements Victim {
  readonly clock = new VirtualClock();
  readonly hash = new RollingHash();
  readonly servers: readonly ServerId[];
  readonly network: Network;
  readonly nemesis: Nemesis;
  readonly checker: Invariants;
  readonly clients: readonly SimulatedClient[];
  readonly watchers: readonly SimulatedWatcher[];
  readonly #options: SimulationOptions;
  readonly #hooks: ClusterHooks;
  readonly #byId: ReadonlyMap<ServerId, SimulatedServer>;
  readonly #random: Random;
  readonly #allowed: Allowed;
  readonly #operations: string[] = [];
  readonly #clientNetwork: ClientNetwork;
  #nextFullCheck = fullCheckEvery;
  #chartSteps = 0;
  #events = 0;

  constructor(options: SimulationOptions, hooks: ClusterHooks = {}) {
    const { clock } = this;
    this.#options = options;
    this.#hooks = hooks;
    this.#random = randomFrom(options.seed);
    this.#allowed = allowedBy(options.schedule);
    this.#clientNetwork = new ClientNetwork({
      clock,
      random: this.#random.split('clientNetwork'),
      delays: options.network,
      lossRate: options.workload.lossRate,
      submit: (to, request, respond) => this.#server(to).submit(request, respond),
    });
    this.servers = Array.from({ length: options.servers }, (_, i) => `n${i + 1}`);
    this.network = new Network(this.servers, options.network, {
      clock,
      random: this.#random.split('network'),
      deliver: (message) => this.#server(message.to).receive(message),
      linkClosed: (server, peer) => this.#server(server).linkClosed(peer),
      wire: options.wire ? (message) => overTheWire(message, this.checker.report) : undefined,
    });
    const disks = new Map(this.servers.map((id) => [id, new MemoryDisk('simulation', crc32)]));
    this.checker = new Invariants(new Map([...disks].map(([id, disk]) => [id, diskView(disk)])));
    const servers = new Map<ServerId, SimulatedServer>();
    for (const [id, disk] of disks) {
      const server = new SimulatedServer(id, disk, {
        clock,
        options,
        checker: this.checker,
        voters: this.servers,
        random: this.#random,
        send: (message) => this.network.send(message),
        touch: (touched, cause, subject, run) => this.#touch(touched, cause, subject, run),
        reached: (server_, effect) => this.nemesis.reached(server_.id, effect),
        faulted: (failed, fault) => this.#faulted(failed, fault),
        inspect: hooks.inspect,
      });
      servers.set(id, server);
    }
    this.#byId = servers;
    this.nemesis = new Nemesis(this, this.#random.split('faults'), this.#allowed);
    this.watchers = Array.from({ length: options.watchers ?? 0 }, (_, i) => {
      const name = `w${i + 1}`;
      return new SimulatedWatcher(name, {
        ...{ clock, servers: this.servers, rules: this.checker.watches },
        random: this.#random.split(`watcher/${name}`),
        staysMs: options.timing.electionTimeoutMs,
        watch: (at, request, sink) => this.#server(at).watch(request, sink),
      });
    });
    this.clients = Array.from({ length: options.workload.clients }, (_, i) =>
      this.client(`c${i + 1}`, options.workload, (name) => this.#decide(name)),
    );
  }

  /** Faults and client operations that happened so far. */
  get decisions(): Decisions {
    return { faults: this.nemesis.decisions, operations: this.#operations };
  }

  #decide(operation: string): boolean {
    const happens = this.#allowed.operation(operation);
    if (happens) this.#operations.push(operation);
    return happens;
  }

  /** Events that reached a running server; what only clients and the network do is not counted. */
  get events(): number {
    return this.#events;
  }

  /** Chart steps of all servers. */
  get chartSteps(): number {
    return this.#chartSteps;
  }

  /** One more client, with its own stream. `happens` says which of its operations do, by name. */
  client(
    name: string,
    workload: Workload,
    happens: (operation: string) => boolean = () => true,
  ): SimulatedClient {
    return new SimulatedClient(name, workload, {
      clock: this.clock,
      random: this.#random.split(`client/${name}`),
      servers: this.servers,
      rules: this.checker.clients,
      happens,
      request: (to, request, respond) => this.#clientNetwork.request(to, request, respond),
    });
  }

  /** Starts servers, clients and faults. */
  begin(): void {
    for (const id of this.servers) this.start(id);
    for (const client of this.clients) client.start();
    for (const watcher of this.watchers) watcher.start();
    this.nemesis.start(this.#options.faults);
  }

  /** Servers that run now. */
  running(): SimulatedServer[] {
    return [...this.#byId.values()].filter((server) => server.isRunning);
  }

  /** Ends client faults, too. */
  heal(): void {
    this.#clientNetwork.heal();
    this.nemesis.heal();
    for (const id of this.servers) this.start(id);
  }

  leader(): ServerId | null {
    let newest: SimulatedServer | null = null;
    for (const server of this.running()) {
      const leads = server.role === 'leader';
      if (leads && server.context.currentTerm > (newest?.context.currentTerm ?? 0)) newest = server;
    }
    return newest?.id ?? null;
  }

  disk(id: ServerId): MemoryDisk {
    return this.#server(id).memoryDisk;
  }

  crash(id: ServerId): void {
    const server = this.#server(id);
    if (!server.isRunning) return;
    this.#mark(server, 'crash', null);
    server.crash();
    this.network.died(id);
  }

  space(id: ServerId, enough: boolean): void {
    this.#server(id).shortSinceMs = enough ? null : this.clock.now;
  }

  pause(id: ServerId, durationMs: number): void {
    this.#server(id).pause(durationMs);
  }

  resume(id: ServerId): void {
    this.#server(id).resume();
  }

  transfer(target: ServerId): void {
    const leader = this.leader();
    if (leader === null) return;
    this.#server(leader).submit({ id: 0, op: 'moveLeader', target }, () => undefined);
  }

  lag(lagMs: number): void {
    for (const server of this.#byId.values()) server.lagMs = lagMs;
  }

  loseAnswers(lost: boolean): void {
    this.#clientNetwork.loseAnswers(lost);
  }

  /** Whether a server may run at all. */
  mayRun(id: ServerId): boolean {
    return this.#allowed.server(id);
  }

  note(text: string): void {
    if (this.#isWatched) this.#record({ type: 'fault', atMs: this.clock.now, text });
  }

  get #isWatched(): boolean {
    return this.#hooks.trace !== undefined || this.#hooks.observe !== undefined;
  }

  #record(record: TraceRecord): void {
    this.#hooks.trace?.(lineOf(record));
    this.#hooks.observe?.(record);
  }

  #touch(server: SimulatedServer, cause: Cause, subject: Subject, run: () => void): void {
    this.#mark(server, cause, subject);
    const steps = server.chartSteps;
    this.#events += 1;
    run();
    if (!server.isRunning) return;
    this.checker.stepped(server);
    this.#chartSteps += server.chartSteps - steps;
    const { context, stateCode, lastApplied } = server;
    this.hash.add(stateCode);
    this.hash.add(context.currentTerm);
    this.hash.add(context.log.lastIndex);
    this.hash.add(context.commitIndex);
    this.hash.add(lastApplied);
    if (this.#isWatched) this.#record(stepOf(this.clock.now, server, cause, subject));
    if (this.#chartSteps < this.#nextFullCheck) return;
    this.#nextFullCheck += fullCheckEvery;
    this.checker.fullCheck(this.running());
  }

  #mark(server: SimulatedServer, cause: Cause, subject: Subject): void {
    markEvent(this.hash, this.clock.now, { cause, server: server.id, subject });
  }

  #faulted(server: SimulatedServer, fault: Fault): void {
    this.note(`${server.id} stopped: ${fault.code}: ${fault.message}`);
    const { rotten } = server.memoryDisk;
    // The process ends when the event that failed is over.
    this.clock.setTimeout(() => {
      this.crash(server.id);
      // Repaired in the same instant: nobody else starts it again.
      if (rotten && !server.memoryDisk.rotten) this.start(server.id);
    }, 0);
    if (fault.code === 'ERR_LOG_CORRUPT' && rotten) return; // It stays down until it is repaired.
    if (fault.code !== 'ERR_STORAGE_IO' && fault.code !== 'ERR_STORAGE_FULL') {
      const message = `${fault.code}: ${fault.message}`;
      this.checker.violations.push({ invariant: 'I44', kind: 'crash', server: server.id, message });
      return;
    }
    const delayMs = this.#options.timing.electionTimeoutMs * restartAfterTimeouts;
    // Its supervisor starts it again.
    this.clock.setTimeout(() => this.start(server.id), delayMs);
  }

  start(id: ServerId): void {
    const server = this.#server(id);
    if (!server.isRunning && this.#allowed.server(id)) server.start();
  }

  #server(id: ServerId): SimulatedServer {
    const server = this.#byId.get(id);
    if (server === undefined) throw new Error(`ERR_SIMULATION: there is no server ${id}.`);
    return server;
  }
}
