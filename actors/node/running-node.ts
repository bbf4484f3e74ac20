/**
 * The composition root: the one file of the actors that names concrete classes, and the order in which
 * a node starts and stops.
 */
import { EventEmitter } from 'node:events';
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import { createKv } from '../../replicated/kv.ts';
import { isUnused, openDataDir, type DataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { createClientListener } from '../../transport/client-listener.ts';
import { readPeerIncarnations, writePeerIncarnations } from '../../storage/peer-incarnations.ts';
import { nodeFiles } from '../../storage/file-system.ts';
import { defaultPeerLimits } from '../../transport/limits.ts';
import { createPeerListener, type PeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Hello } from '../../transport/transport.ts';
import { tryPort, type Listener, type ListenOptions } from '../../transport/websocket-server.ts';
import { aborted } from '../client/errors.ts';
import { StatecraftError } from '../errors.ts';
import { createLinks, type Links } from '../links/links.ts';
import { handOver } from './hand-over.ts';
import { createNodeHttp } from './http.ts';
import type { Node } from './api.ts';
import { createNodeFaults, type NodeFaults } from './faults.ts';
import { greetingOf } from './greeting.ts';
import { logRoles, tellChanges, tellWarning, type NodeEvents } from './events.ts';
import { recovered } from './starting.ts';
import { createNodeInspector, type InspectOptions, type NodeInspector } from './inspector.ts';
import { checkFree, listen } from './listen.ts';
import { createNodeMetrics, type NodeMetrics } from './metrics/node-metrics.ts';
import { checkOptions, silent, type Address, type Logger } from './options.ts';
import type { NodeOptions } from './options.ts';
import { realPorts } from './ports.ts';
import { joinCluster } from './join.ts';
import { Reach } from './reach.ts';
import { Door } from './door.ts';
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
  readonly #reach = new Reach(() => this.#links);
  /** What stop() has to undo, newest last. */
  readonly #undo: (() => Promise<void> | void)[] = [];
  #replica: Replica | null = null;
  #links: Links | null = null;
  #door: Door | null = null;
  #addresses = { peer: '', client: '' };
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
    });
    this.#faults = createNodeFaults(options.faultToken ?? null, this.#config.timing);
    this.#undo.push(() => this.#inspector.stop());
    this.#metrics = createNodeMetrics({
      node: this.id,
      cluster: this.#config.cluster,
      replica: () => this.#replica,
      links: () => this.#links,
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
    const self = greetingOf(dataDir, this.#config.peers[id] ?? '', client, this.#config);
    this.#reach.clients.set(id, client);
    const door = new Door({
      ...{ replica, known, events: this, logger: this.#logger },
      write: (next) => writePeerIncarnations(dataDir, next),
      // Nobody takes a connection of it any more.
      onRemoved: () => this.#links?.stop(),
      // A chart that has failed casts no vote either, whatever the owner of the node does about it.
      onFault: (fault) => replica.server.send({ type: 'log.failed', fault }),
    });
    this.#door = door;
    this.#undo.push(() => door.stop());
    let listener: PeerListener | null = null;
    const peer = await this.#listen(listen.peer, (socket) => {
      return (listener = createPeerListener({
        ...socket,
        self,
        traffic,
        turnAway: (hello) => door.turnAway(hello),
        handlers: {
          message: (message) => {
            const { from } = message;
            if (door.hears(from) && this.#faults.hears(from)) replica.receive(message);
          },
          peerOpened: (hello) => {
            door.letIn(hello);
            this.#reach.dialledBy(hello);
          },
          peerClosed: (gone) => {
            this.#logger.debug({ peer: gone }, 'inbound connection closed');
            door.left(gone);
            this.#reach.left(gone);
          },
        },
        onRefused: (why, from) => door.refused(why, from),
      }));
    });
    door.follow(() => listener?.review());
    this.#proceed();
    this.#addresses = { peer, client };
    this.#links = this.#dialPeers({ ...self, peerAddress: peer }, replica, door);
    this.#reach.follow(replica.members);
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
      links: this.#links?.status() ?? {},
      clientAddresses: this.#reach.clients,
      removed: this.#door?.removed === true,
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
    for (const undo of this.#undo.reverse()) await undo();
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
          this.#faults.send(message, (one) => this.#links?.send(one));
        },
      },
      leaderAddress: (leader) => this.#reach.hint(leader),
      status: () => this.status(),
      onApplied: (lastApplied) => this.#inspector.applied(lastApplied),
      onMembers: (members) => {
        this.#reach.follow(members);
        this.#door?.membersChanged();
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

  #dialPeers(self: Hello, replica: Replica, door: Door): Links {
    const links = createLinks({
      self,
      peers: {},
      dialer: createPeerDialer(self, defaultPeerLimits, this.#metrics.traffic, (hello) =>
        door.turnAway(hello),
      ),
      clock,
      random: Math.random,
      onLink: (actor) => this.#inspector.tap.add(actor),
      onOpened: (peer, hello) => {
        door.accepted(peer);
        this.#reach.met(hello);
        this.#logger.info({ peer }, 'connected');
      },
      onClosed: (peer) => {
        this.#logger.info({ peer }, 'connection lost');
        if (this.#faults.hears(peer)) replica.linkClosed(peer);
      },
      onEnded: (peer, why) => door.ended(peer, why),
      onFault: (fault) => this.#fail(fault),
    });
    this.#undo.push(() => links.stop());
    return links;
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
    if (this.#addresses.client !== '') this.#options.onFault?.(fault);
  }
}
