/**
 * The composition root: the one file of the actors that names concrete classes, with peers.ts for what
 * is between servers, and the order in which a node starts and stops.
 */
import { EventEmitter } from 'node:events';
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import { createKv } from '../../replicated/kv.ts';
import { closeAll } from '../../storage/close-all.ts';
import { isUnused, openDataDir, type DataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { createClientListener } from '../../transport/client-listener.ts';
import {
  readPeerIncarnations,
  writePeerIncarnations,
  type Incarnations,
} from '../../storage/peer-incarnations.ts';
import { nodeFiles } from '../../storage/file-system.ts';
import { tryPort, type Listener, type ListenOptions } from '../../transport/websocket-server.ts';
import { aborted } from '../client/errors.ts';
import { StatecraftError } from '../errors.ts';
import { handOver } from './hand-over.ts';
import { createNodeHttp } from './http.ts';
import type { Node } from './api.ts';
import { createNodeFaults, type NodeFaults } from './faults.ts';
import { greetingOf } from './greeting.ts';
import { logRoles, tellChanges, tellWarning, type NodeEvents } from './events.ts';
import { asStatecraftError, recovered } from './starting.ts';
import { createNodeInspector, type InspectOptions, type NodeInspector } from './inspector.ts';
import { checkFree, listen } from './listen.ts';
import { createNodeMetrics, type NodeMetrics } from './metrics/node-metrics.ts';
import { checkOptions, silent, type Address, type Logger } from './options.ts';
import type { NodeOptions } from './options.ts';
import { realPorts } from './ports.ts';
import { joinCluster } from './join.ts';
import { Peers } from './peers.ts';
import { Reach } from './reach.ts';
import { leaderInTouch, nodeStatus, type NodeStatus } from './status.ts';
import type { ReplicaPorts } from '../ports.ts';
import { realClock as clock } from '../time/real-clock.ts';
import { createReplica, type Replica } from '../replica.ts';

/** Starts with `start()`; after a start that failed, too, `stop()` leaves nothing open. */
export class RunningNode extends EventEmitter<NodeEvents> implements Node {
  readonly id: ServerId;
  readonly #config: ReturnType<typeof checkOptions>;
  readonly #options: NodeOptions;
  readonly #logger: Logger;
  readonly #inspector: NodeInspector;
  readonly #faults: NodeFaults;
  readonly #metrics: NodeMetrics;
  readonly #startedAtMs = performance.now();
  readonly #reach = new Reach(() => this.#peers?.links ?? null);
  /** What stop() has to undo, newest last. */
  readonly #undo: (() => Promise<void> | void)[] = [];
  #replica: Replica | null = null;
  #peers: Peers | null = null;
  #addresses = { peer: '', client: '' };
  /** The start is over, and its caller has been told. */
  #serves = false;
  /** What ended it; null: nothing has. */
  #fault: Fault | null = null;
  #stopping: Promise<void> | null = null;

  constructor(options: NodeOptions) {
    super();
    this.#config = checkOptions(options);
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.id = this.#config.id;
    this.#inspector = createNodeInspector({
      node: this.id,
      cluster: this.#config.cluster,
      logger: this.#logger,
      appliedIndex: () => this.#replica?.lastApplied ?? 0,
      clients: () => Object.fromEntries(this.#reach.clients),
    });
    this.#faults = createNodeFaults(options.faultToken ?? null, this.#config.timing);
    this.#undo.push(() => this.#inspector.stop());
    this.#metrics = createNodeMetrics({
      node: this.id,
      cluster: this.#config.cluster,
      replica: () => this.#replica,
      links: () => this.#peers?.links ?? null,
      tap: this.#inspector.tap,
    });
    this.#undo.push(() => this.#metrics.stop());
  }

  get addresses(): Node['addresses'] {
    return this.#addresses;
  }

  async start(): Promise<void> {
    this.#proceed();
    const { id, cluster, voters, dataDir: dir, listen, join } = this.#config;
    // A first start that cannot succeed leaves no directory behind.
    if (await isUnused(dir)) await checkFree([listen.client, listen.peer], tryPort);
    const { traffic } = this.#metrics;
    const files = traffic.measured(nodeFiles);
    const dataDir = await openDataDir({ dir, cluster, node: id, voters, files });
    const store = new DiskStore(dataDir);
    // The store took over `dataDir`: releasing it here as well would close a descriptor twice, and
    // by then its number may belong to another file.
    this.#undo.push(() => {
      store.stop();
      return store.closed();
    });
    const known = await readPeerIncarnations(dataDir);
    const replica = this.#createReplica(this.#faults.slowed(store), dataDir);
    this.#proceed();
    await recovered(replica);
    this.#proceed();

    const http = createNodeHttp({
      status: () => this.status(),
      leader: () => this.#reach.hint(leaderInTouch(replica.server.getSnapshot())),
      metrics: this.#metrics,
    });
    const client = await this.#listen(listen.client, (socket) =>
      createClientListener({
        ...socket,
        http: http.handler,
        routes: [...this.#inspector.routes, ...this.#faults.routes],
        members: () => [...this.#reach.clients.values()],
        submit: (request, respond) => replica.submit(request, traffic.counted(request, respond)),
        watch: (request, sink) => replica.watch(request, sink),
      }),
    );
    this.#undo.push(() => http.stop());
    // Requests are answered from here on, some of them by a client of this very address.
    this.#addresses = { peer: '', client };
    const self = greetingOf(dataDir, this.#config.peers[id] ?? '', client, this.#config);
    this.#reach.clients.set(id, client);
    const peers = this.#createPeers(replica, dataDir, known);
    const peer = await this.#listen(listen.peer, (socket) => peers.listen(self, socket));
    this.#proceed();
    this.#addresses = { peer, client };
    this.#serves = true;
    peers.dial({ ...self, peerAddress: peer });
    this.#undo.push(() => peers.hangUp());
    const fail = (fault: Fault): void => this.#fail(fault);
    this.#undo.push(joinCluster({ join, id, cluster, peer, replica, logger: this.#logger, fail }));
    this.#logger.info({ cluster, ...this.#addresses, dir }, 'serving');
  }

  status(): NodeStatus {
    if (this.#replica === null) {
      throw new StatecraftError('ERR_STOPPED', 'the node has not started');
    }
    return nodeStatus({
      replica: this.#replica,
      cluster: this.#config.cluster,
      client: this.#addresses.client,
      startedAtMs: this.#startedAtMs,
      links: this.#peers?.links?.status() ?? {},
      clientAddresses: this.#reach.clients,
      removed: this.#peers?.removed === true,
    });
  }

  inspect(options: InspectOptions = {}): string {
    return this.#inspector.inspect(this.#addresses.client, options);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(): Promise<void> {
    const { electionTimeoutMs } = this.#config.timing;
    if (this.#replica !== null) await handOver(this.#replica, clock, electionTimeoutMs);
    await closeAll(this.#undo.reverse()).catch((error: unknown) => {
      const failure = asStatecraftError(error);
      this.#logger.warn({ code: failure.code }, failure.message);
      throw failure;
    });
  }

  #createReplica(store: ReplicaPorts['store'], { voters, boot }: DataDir): Replica {
    const { id, peers, limits } = this.#config;
    const replica = createReplica({
      id,
      voters,
      addresses: peers,
      machines: this.#options.machines ?? { kv: createKv() },
      timing: this.#faults.timing,
      limits,
      ...{ leases: this.#config.leases, boot },
      ports: {
        ...realPorts(this.#config.dataDir),
        store,
        send: (message) => {
          this.#inspector.sent(message);
          this.#faults.send(message, (one) => this.#peers?.send(one));
        },
      },
      leaderAddress: (leader) => this.#reach.hint(leader),
      status: () => this.status(),
      onApplied: (lastApplied) => this.#inspector.applied(lastApplied),
      onMembers: (members) => {
        this.#reach.follow(members);
        this.#peers?.membersChanged();
      },
      onWarning: (fault) => tellWarning(fault, this, this.#logger),
      onFault: (fault) => this.#fail(fault),
    });
    this.#inspector.tap.add(replica.server);
    this.#metrics.follow(replica.server);
    this.#undo.push(() => replica.stop());
    this.#undo.push(() => this.#faults.stop());
    this.#replica = replica;
    logRoles(this, this.#logger);
    tellChanges(replica.server, this);
    return replica;
  }

  #createPeers(replica: Replica, dataDir: DataDir, known: Incarnations): Peers {
    const peers = new Peers({
      ...{ replica, reach: this.#reach, faults: this.#faults, traffic: this.#metrics.traffic },
      ...{ tap: this.#inspector.tap, events: this, logger: this.#logger, known },
      write: (next) => writePeerIncarnations(dataDir, next),
      onFault: (fault) => this.#fail(fault),
    });
    this.#undo.push(() => peers.stop());
    this.#peers = peers;
    return peers;
  }

  #listen(at: Address, create: (socket: ListenOptions) => Listener): Promise<string> {
    return listen({
      at,
      create,
      onListener: (listener) => {
        this.#undo.push(() => new Promise<void>((done) => listener.stop(done)));
      },
      onFault: (fault) => this.#logger.warn(fault, 'listener'),
    });
  }

  /** Between the steps of the start: its signal may have given it up, or it has failed meanwhile. */
  #proceed(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) throw aborted('not-applied', signal);
    if (this.#fault !== null) throw new StatecraftError(this.#fault.code, this.#fault.message);
  }

  #fail(fault: Fault): void {
    this.#logger.error(fault, 'failed');
    if (this.#fault !== null) return;
    this.#fault = fault;
    // A fault during the start is told by the promise of createNode.
    if (this.#serves) this.#options.onFault?.(fault);
  }
}
