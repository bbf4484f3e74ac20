/**
 * A cluster in virtual time: N simulated servers, their network, users and nemesis, under the
 * eyes of the checker, with a rolling hash of all that happens.
 *
 * Everything goes through `#touch`, so that after each event the touched server, and only it, is
 * looked at. Phases and verdicts are run.ts.
 */
import type { Fault } from '../machines/events.ts';
import type { LoggedConfiguration, ServerId } from '../machines/messages.ts';
import type { MemoryDisk } from '../storage/memory-disk.ts';
import { Users } from './clients/users.ts';
import { VirtualClock } from './clock.ts';
import { Nemesis } from './faults/faults.ts';
import { Fleet } from './fleet.ts';
import { RollingHash, addEvent, addState } from './hash.ts';
import { isWatched, tell, type ClusterHooks } from './hooks.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import type { SimulationOptions } from './options/options.ts';
import { randomFrom, type Random } from './random.ts';
import { allowedBy, type Allowed, type Decisions } from './options/schedule.ts';
import { stepOf } from './failures/trace.ts';
import type { Victim } from './faults/victim.ts';
import { diskView } from './clients/watched.ts';
import { overTheWire } from './wire.ts';
import type { Cause, Subject } from './environment.ts';
import { SimulatedServer } from './server.ts';

/** Between two full checks, in chart steps. */
const fullCheckEvery = 1_000;
/** A process that failed is started again after this many election timeouts. */
const restartAfterTimeouts = 2;

export class Cluster implements Victim {
  readonly clock = new VirtualClock();
  readonly hash = new RollingHash();
  readonly network: Network;
  readonly nemesis: Nemesis;
  readonly checker: Invariants;
  readonly users: Users;
  readonly #options: SimulationOptions;
  readonly #hooks: ClusterHooks;
  readonly #fleet: Fleet;
  readonly #random: Random;
  readonly #allowed: Allowed;
  #nextFullCheck = fullCheckEvery;
  #chartSteps = 0;
  #events = 0;

  constructor(options: SimulationOptions, hooks: ClusterHooks = {}) {
    const { clock } = this;
    this.#options = options;
    this.#hooks = hooks;
    this.#random = randomFrom(options.seed);
    this.#allowed = allowedBy(options.schedule);
    const fleet = new Fleet(options.servers, options.membership?.spares ?? 0);
    this.#fleet = fleet;
    this.network = new Network(fleet.all, options.network, {
      clock,
      random: this.#random.split('network'),
      deliver: (message) => this.#fleet.server(message.to).receive(message),
      linkClosed: (server, peer) => this.#fleet.server(server).linkClosed(peer),
      wire: options.wire ? (message) => overTheWire(message, this.checker.report) : undefined,
    });
    const disks = new Map([...fleet.disks].map(([id, disk]) => [id, diskView(disk)]));
    this.checker = new Invariants(disks, fleet.founders);
    fleet.build((id, disk, voters) => {
      return new SimulatedServer(id, disk, {
        clock,
        options,
        checker: this.checker,
        voters,
        random: this.#random,
        send: (message) => this.network.send(message),
        touch: (touched, cause, subject, run) => this.#touch(touched, cause, subject, run),
        reached: (server_, effect) => this.nemesis.reached(server_.id, effect),
        faulted: (failed, fault) => this.#faulted(failed, fault),
        inspect: hooks.inspect,
      });
    });
    this.nemesis = new Nemesis(this, this.#random.split('faults'), this.#allowed);
    this.users = new Users(options, {
      ...{ clock, fleet, random: this.#random, checker: this.checker, allowed: this.#allowed },
      install: (id) => {
        fleet.install(id);
        this.start(id);
      },
      retire: (id) => {
        fleet.retire(id);
        this.crash(id);
      },
      note: (text) => this.note(text),
    });
  }

  /** Servers that run or ran; it grows as others join. */
  get servers(): readonly ServerId[] {
    return this.#fleet.installed;
  }

  /** Faults and client operations that happened so far. */
  get decisions(): Decisions {
    return { faults: this.nemesis.decisions, operations: this.users.operations };
  }

  /** Events that reached a running server; what only clients and the network do is not counted. */
  get events(): number {
    return this.#events;
  }

  /** Chart steps of all servers. */
  get chartSteps(): number {
    return this.#chartSteps;
  }

  /** Starts servers, users and faults. */
  begin(): void {
    for (const id of this.servers) this.start(id);
    this.users.start();
    this.nemesis.start(this.#options.faults);
  }

  /** Servers that run now. */
  running(): SimulatedServer[] {
    return this.#fleet.running();
  }

  /** Ends client faults, too. */
  heal(): void {
    this.users.heal();
    this.nemesis.heal();
    for (const id of this.servers) this.start(id);
  }

  /** Who takes part, by what is committed. */
  configuration(): LoggedConfiguration {
    return this.checker.membership.committed;
  }

  leader(): ServerId | null {
    return this.#fleet.leader();
  }

  isCandidate(id: ServerId): boolean {
    return this.#fleet.isCandidate(id);
  }

  disk(id: ServerId): MemoryDisk {
    return this.#fleet.server(id).memoryDisk;
  }

  crash(id: ServerId): void {
    const server = this.#fleet.server(id);
    if (!server.isRunning) return;
    this.#mark(server, 'crash', null);
    server.crash();
    this.network.died(id);
  }

  space(id: ServerId, enough: boolean): void {
    this.#fleet.server(id).shortSinceMs = enough ? null : this.clock.now;
  }

  pause(id: ServerId, durationMs: number): void {
    this.#fleet.server(id).pause(durationMs);
  }

  resume(id: ServerId): void {
    this.#fleet.server(id).resume();
  }

  transfer(target: ServerId): void {
    const leader = this.leader();
    if (leader === null) return;
    this.#fleet.server(leader).submit({ id: 0, op: 'moveLeader', target }, () => undefined);
  }

  lag(lagMs: number): void {
    for (const server of this.#fleet.servers) server.lagMs = lagMs;
  }

  loseAnswers(lost: boolean): void {
    this.users.loseAnswers(lost);
  }

  /** Whether a server may run at all. */
  mayRun(id: ServerId): boolean {
    return this.#allowed.server(id) && this.#fleet.has(id);
  }

  note(text: string): void {
    const atMs = this.clock.now;
    if (isWatched(this.#hooks)) tell(this.#hooks, { type: 'fault', atMs, text });
  }

  #touch(server: SimulatedServer, cause: Cause, subject: Subject, run: () => void): void {
    this.#mark(server, cause, subject);
    const steps = server.chartSteps;
    this.#events += 1;
    run();
    if (!server.isRunning) return;
    this.checker.stepped(server);
    this.#chartSteps += server.chartSteps - steps;
    addState(this.hash, server);
    if (isWatched(this.#hooks)) tell(this.#hooks, stepOf(this.clock.now, server, cause, subject));
    if (this.#chartSteps < this.#nextFullCheck) return;
    this.#nextFullCheck += fullCheckEvery;
    this.checker.fullCheck(this.running());
  }

  #mark(server: SimulatedServer, cause: Cause, subject: Subject): void {
    addEvent(this.hash, this.clock.now, server.id, cause, subject);
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
    const server = this.#fleet.server(id);
    if (server.isRunning || !this.mayRun(id)) return;
    this.network.started(id);
    server.start();
  }
}
