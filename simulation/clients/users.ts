/**
 * Who uses a cluster from outside: clients that write and read, watchers that follow, an operator who
 * asks for changes of members. Each has a stream of chance of its own. Clients and the operator speak
 * over one lossy network; a watcher is at a server, or leaves it. What each of them does is its own file's.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { VirtualClock } from '../clock.ts';
import type { Fleet } from '../fleet.ts';
import type { Invariants } from '../invariants.ts';
import { SimulatedOperator, type OperatorPorts } from '../operator.ts';
import type { SimulationOptions } from '../options/options.ts';
import type { Allowed } from '../options/schedule.ts';
import type { Workload } from '../options/workload-options.ts';
import type { Random } from '../random.ts';
import { ClientNetwork } from './client-network.ts';
import { SimulatedClient } from './client.ts';
import { SimulatedWatcher } from './watcher.ts';

export interface UsersPorts extends Pick<OperatorPorts, 'install' | 'retire' | 'note'> {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly checker: Invariants;
  readonly fleet: Fleet;
  /** Which of their operations happen, by name. */
  readonly allowed: Allowed;
}

export class Users {
  readonly clients: readonly SimulatedClient[];
  readonly watchers: readonly SimulatedWatcher[];
  /** Asks for changes of members (§6); null: nobody does. */
  readonly operator: SimulatedOperator | null;
  readonly #ports: UsersPorts;
  readonly #network: ClientNetwork;
  readonly #operations: string[] = [];

  constructor(options: SimulationOptions, ports: UsersPorts) {
    const { clock, random, fleet } = ports;
    this.#ports = ports;
    this.#network = new ClientNetwork({
      clock,
      random: random.split('clientNetwork'),
      delays: options.network,
      lossRate: options.workload.lossRate,
      submit: (to, request, respond) => fleet.server(to).submit(request, respond),
    });
    this.watchers = Array.from({ length: options.watchers ?? 0 }, (_, i) =>
      this.#watcher(`w${i + 1}`, options.timing.electionTimeoutMs),
    );
    this.operator = this.#operatorOf(options);
    this.clients = Array.from({ length: options.workload.clients }, (_, i) =>
      this.client(`c${i + 1}`, options.workload, (name) => this.#decide(name)),
    );
  }

  /** Their operations that happened so far. */
  get operations(): readonly string[] {
    return this.#operations;
  }

  start(): void {
    for (const client of this.clients) client.start();
    for (const watcher of this.watchers) watcher.start();
    this.operator?.start();
  }

  /** One more client, with its own stream. `happens` says which of its operations do, by name. */
  client(
    name: string,
    workload: Workload,
    happens: (operation: string) => boolean = () => true,
    servers: readonly ServerId[] = this.#ports.fleet.installed,
  ): SimulatedClient {
    const { clock, random, checker } = this.#ports;
    return new SimulatedClient(name, workload, {
      ...{ clock, servers, happens },
      random: random.split(`client/${name}`),
      rules: checker.clients,
      request: (to, request, respond) => this.#network.request(to, request, respond),
    });
  }

  /** Answers are lost, until as many calls with false. */
  loseAnswers(lost: boolean): void {
    this.#network.loseAnswers(lost);
  }

  /** Nothing is lost on their way any more. */
  heal(): void {
    this.#network.heal();
  }

  #watcher(name: string, staysMs: number): SimulatedWatcher {
    const { clock, random, checker, fleet } = this.#ports;
    return new SimulatedWatcher(name, {
      ...{ clock, servers: fleet.installed, rules: checker.watches, staysMs },
      random: random.split(`watcher/${name}`),
      watch: (at, request, sink) => fleet.server(at).watch(request, sink),
    });
  }

  #operatorOf({ membership }: SimulationOptions): SimulatedOperator | null {
    if (membership === undefined) return null;
    const { clock, random, checker, fleet, install, retire, note } = this.#ports;
    return new SimulatedOperator(membership, {
      ...{ clock, random: random.split('operator') },
      ...{ machines: fleet.all, servers: fleet.installed },
      ...{ install, retire, note },
      happens: (change) => this.#decide(change),
      request: (to, request, respond) => this.#network.request(to, request, respond),
      acknowledged: (id, index, expected) => checker.changes.made(id, index, expected),
    });
  }

  #decide(operation: string): boolean {
    const happens = this.#ports.allowed.operation(operation);
    if (happens) this.#operations.push(operation);
    return happens;
  }
}
