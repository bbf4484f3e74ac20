/**
 * Several scenario servers, their held network, and clients: what a scenario can make happen.
 * The words of the script files are scenario.ts, one server is scenario-server.ts.
 */
import { defaultLimits, type Limits } from '../../actors/ports.ts';
import type { Message, ServerId } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { TimerName } from './held-clock.ts';
import { ScenarioClients } from './scenario-clients.ts';
import { HeldNetwork, type Which } from './scenario-network.ts';
import { ScenarioServer } from './scenario-server.ts';
import { describeRole } from './scenario-text.ts';

/** What is not as usual in a cluster. */
export interface Setting {
  /** Machines beside the voters, which wait to join. */
  readonly spares?: readonly ServerId[];
  readonly leases?: boolean;
  readonly limits?: Partial<Limits>;
}

/** Deliveries until a cluster must be quiet; more is a loop that feeds itself. */
const maxDeliveries = 10_000;

export class ScenarioCluster {
  readonly transcript: string[] = [];
  readonly servers: ReadonlyMap<ServerId, ScenarioServer>;
  readonly network: HeldNetwork;
  readonly clients: ScenarioClients;

  constructor(voters: readonly ServerId[], setting: Setting = {}) {
    const { spares = [], leases = false, limits = {} } = setting;
    const ids = [...voters, ...spares];
    const tell = (line: string) => this.tell(line);
    const send = (message: Message) => this.network.send(message);
    this.network = new HeldNetwork(ids, tell);
    this.clients = new ScenarioClients((id) => this.server(id), tell);
    const common = { leases, limits: { ...defaultLimits, ...limits }, send, tell };
    this.servers = new Map(
      ids.map((id) => {
        const known = voters.includes(id) ? voters : [];
        return [id, new ScenarioServer(id, { ...common, voters: known })];
      }),
    );
  }

  tell(line: string): void {
    this.transcript.push(line);
  }

  server(id: ServerId): ScenarioServer {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`there is no server ${id}`);
    return server;
  }

  context(id: ServerId): ServerContext {
    return this.server(id).replica.server.getSnapshot().context;
  }

  role(id: ServerId): string {
    return describeRole(this.server(id).replica.server);
  }

  start(...ids: readonly ServerId[]): void {
    for (const id of ids.length > 0 ? ids : this.servers.keys()) this.server(id).start();
  }

  /** Fires a server's timers until it canvasses for pre-votes. */
  campaign(id: ServerId): void {
    const server = this.server(id);
    const names: readonly TimerName[] = ['suspicion', 'freshness', 'staleness', 'electionTimeout'];
    for (let i = 0; i < names.length && this.role(id).includes('follower'); i += 1) {
      const armed = names.find((name) => server.isArmed(name));
      if (armed !== undefined) server.fire(armed);
    }
  }

  /** Has `id` elected while nothing else happens: every live voter's leader was silent for long. */
  elect(id: ServerId): void {
    for (const server of this.servers.values()) {
      const isFresh = server.isRunning && this.role(server.id) === 'follower(fresh)';
      if (server.id !== id && isFresh) server.fire('freshness');
    }
    this.campaign(id);
    for (const name of ['PreVote', 'PreVoteReply', 'RequestVote', 'RequestVoteReply']) {
      this.deliver({ name });
    }
  }

  /** A leader whose no-op all have committed, with a session for each client; told in no word. */
  establish(leader: ServerId, ...clients: readonly string[]): void {
    const told = this.transcript.length;
    this.elect(leader);
    this.settle();
    for (const client of clients) {
      this.clients.open(client, leader);
      this.settle();
    }
    this.server(leader).fire('heartbeat');
    this.settle();
    this.transcript.splice(told);
  }

  /** Delivers what is under way now, and not what is sent in answer. */
  deliver(which: Which = {}, count = Infinity): void {
    for (const message of this.network.underWay(which).slice(0, count)) this.#deliver(message);
  }

  /** Delivers until nothing of it is under way any more. */
  settle(which: Which = {}): void {
    for (let i = 0; i < maxDeliveries; i += 1) {
      const [message] = this.network.underWay(which);
      if (message === undefined) return;
      this.#deliver(message);
    }
    throw new Error('the cluster never comes to rest');
  }

  /** The connection between two servers breaks: both hear of it, and it is dialled again. */
  breakLink(a: ServerId, b: ServerId): void {
    this.network.lose({ from: a, to: b });
    this.network.lose({ from: b, to: a });
    this.#linkClosed(a, b);
    this.#linkClosed(b, a);
  }

  /** The process dies; its sockets close, and its peers hear that. */
  kill(id: ServerId): void {
    this.crash(id);
    for (const peer of this.servers.keys()) if (peer !== id) this.#linkClosed(peer, id);
  }

  /** The machine loses power: silence. */
  crash(id: ServerId): void {
    this.server(id).crash();
    this.network.lose({ to: id });
  }

  #deliver(message: Message): void {
    const receiver = this.server(message.to);
    if (!this.network.take(message, receiver.isRunning)) return;
    receiver.step((replica) => replica.receive(message));
  }

  #linkClosed(at: ServerId, peer: ServerId): void {
    const server = this.server(at);
    if (!server.isRunning) return;
    this.tell(`  ${at}: link to ${peer} closed`);
    server.step((replica) => replica.linkClosed(peer));
  }
}
