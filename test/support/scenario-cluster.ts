/**
 * Several scenario servers, their held network, and clients: what a scenario can make happen.
 * The words of the script files are scenario.ts, one server is scenario-server.ts.
 */
import { defaultLimits } from '../../actors/ports.ts';
import type { Message, ServerId } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { ClientRequest, ClientResponse } from '../../transport/client-protocol.ts';
import type { TimerName } from './held-clock.ts';
import { HeldNetwork, type Which } from './scenario-network.ts';
import { ScenarioServer } from './scenario-server.ts';
import { describeResponse, describeRole } from './scenario-text.ts';

/** A client with one session; its sequence numbers count up. */
interface Client {
  session: number;
  seq: number;
  answers: ClientResponse[];
}

/** Deliveries until a cluster must be quiet; more is a loop that feeds itself. */
const maxDeliveries = 10_000;

export class ScenarioCluster {
  readonly transcript: string[] = [];
  readonly servers: ReadonlyMap<ServerId, ScenarioServer>;
  readonly network: HeldNetwork;
  readonly #clients = new Map<string, Client>();
  #requests = 0;

  constructor(
    voters: readonly ServerId[],
    maxFrameBytes = defaultLimits.maxFrameBytes,
    leases = false,
  ) {
    const tell = (line: string) => this.tell(line);
    this.network = new HeldNetwork(voters, tell);
    const ports = {
      voters,
      maxFrameBytes,
      leases,
      send: (message: Message) => this.network.send(message),
      tell,
    };
    this.servers = new Map(voters.map((id) => [id, new ScenarioServer(id, ports)]));
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
      this.open(client, leader);
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

  client(name: string): Client {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = { session: 0, seq: 0, answers: [] };
      this.#clients.set(name, client);
    }
    return client;
  }

  open(name: string, at: ServerId): void {
    this.#submit(name, at, { id: (this.#requests += 1), op: 'open' });
  }

  put(name: string, at: ServerId, key: string, value: string): void {
    this.client(name).seq += 1;
    this.putAgain(name, at, key, value);
  }

  /** The same sequence number as the last put: a retry. */
  putAgain(name: string, at: ServerId, key: string, value: string): void {
    const { session, seq } = this.client(name);
    const command: Json = { put: { key, value: { json: value } } };
    const request = { id: (this.#requests += 1), op: 'command', session, seq } as const;
    this.#submit(name, at, { ...request, doneBelow: seq, machine: 'kv', command });
  }

  get(name: string, at: ServerId, key: string): void {
    const query: Json = { get: { key } };
    this.#submit(name, at, { id: (this.#requests += 1), op: 'read', machine: 'kv', query });
  }

  #submit(name: string, at: ServerId, request: ClientRequest): void {
    const client = this.client(name);
    this.server(at).step((replica) =>
      replica.submit(request, (response) => {
        client.answers.push(response);
        if (response.ok && 'session' in response) client.session = response.session;
        this.tell(`    ${name} hears from ${at}: ${describeResponse(response)}`);
      }),
    );
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
