/**
 * The cluster as the page sees it: every server's event stream, and one signal that says "look again".
 *
 * The node that served the page tells its own address and those of the peers it has met, and so does
 * every stream; each server is watched directly, so the death of one, even of that node, ends one stream
 * and not the page. Who is a member is told by the streams (membership.ts); who is none any more is
 * watched no longer.
 */
import { signal } from '@preact/signals';
import { watch, type Header, type NodeEvent } from '../../../actors/inspect/index.ts';
import { Addresses } from './addresses.ts';
import { askStatus, type Status } from './ask-status.ts';
import { CompactEvents } from './compact-events.ts';
import { EventReader, maxEventRows, type EventRow } from './event-rows.ts';
import { factsOf, type Facts } from './facts.ts';
import type { Faults } from './faults.ts';
import { Membership } from './membership.ts';
import { Metrics } from './metrics.ts';
import { Recent } from './recent.ts';
import { ServerModel } from './server-model.ts';
import { afterOthers, Slices } from './slices.ts';

/** Milliseconds between questions for addresses that are not known yet. */
const askEveryMs = 1_000;
/** Milliseconds between two looks of the views: what counts down moves by itself (use-now.ts). */
const lookEveryMs = 100;
/** Events of all servers that may wait to be taken in; past it the oldest are left out, and it is said. */
const maxQueuedEvents = 20_000;
/** Milliseconds between two points of the metrics. */
const tickEveryMs = 1_000;

interface Told {
  readonly server: ServerModel;
  /** null: what came after the last one is not known; what follows begins with another full state. */
  readonly event: NodeEvent | null;
}

export class ClusterModel {
  readonly name = signal('');
  /** By id, in alphabetical order. */
  readonly servers = signal<readonly ServerModel[]>([]);
  /** Ids of all members, met or not, and of who was removed a moment ago. */
  readonly ids = signal<readonly string[]>([]);
  /** Events of all servers, with those of heartbeats. */
  readonly events = new Recent<EventRow>(maxEventRows);
  /** The same as things that happened. */
  readonly compact = new CompactEvents();
  /** Events so far. */
  eventCount = 0;
  readonly metrics = new Metrics();
  /** Counted up with each point of the metrics. */
  readonly ticks = signal(0);
  readonly membership = new Membership();
  readonly #origin: string;
  readonly #addresses = new Addresses();
  readonly #reader = new EventReader();
  readonly #told = new Slices<Told>({
    maxQueued: maxQueuedEvents,
    apply: (told) => this.#take(told),
    now: () => performance.now(),
    soon: afterOthers(),
  });
  /** Ends the stream of a server. */
  readonly #unwatch = new Map<string, () => void>();
  readonly #onSent = new Set<(message: Header) => void>();
  /** Counted up when views should look again. */
  readonly #frame = signal(0);
  #looking = false;

  readonly faults: Faults;

  /** `origin`: of the node that served the page, `http://127.0.0.1:7401`. */
  constructor(origin: string, faults: Faults) {
    this.#origin = origin;
    this.faults = faults;
  }

  start(): void {
    void this.#discover();
    setInterval(() => {
      this.#notice();
      this.metrics.tick(Date.now(), this.facts(), this.servers.value);
      this.ticks.value += 1;
    }, tickEveryMs);
  }

  /** Has the component that calls it drawn again whenever something happened. */
  look(): number {
    return this.#frame.value;
  }

  /** Events that were left out, since more came than this page could take in. */
  get skippedEvents(): number {
    return this.#told.skipped;
  }

  /** What is known of every server that was heard. */
  facts(): Facts[] {
    return this.servers.value.flatMap((server) => factsOf(server) ?? []);
  }

  /** Calls back for every message that leaves a server, until the returned function is called. */
  onSent(listener: (message: Header) => void): () => void {
    this.#onSent.add(listener);
    return () => void this.#onSent.delete(listener);
  }

  /** Asks, while anybody is a member whose address is not known. */
  async #discover(): Promise<void> {
    const isKnown = (id: string): boolean => this.servers.peek().some((one) => one.id === id);
    const ids = this.ids.peek();
    if (ids.length === 0 || !ids.every(isKnown)) this.#meet(await askStatus(this.#origin));
    setTimeout(() => void this.#discover(), askEveryMs);
  }

  #meet(status: Status | null): void {
    if (status === null) return;
    this.name.value = status.cluster;
    const peers = Object.entries(status.peers);
    // What it says of members may be old: it need not have heard of the last change.
    if (this.membership.members === null) {
      this.#setIds([status.id, ...peers.map(([id]) => id)].sort());
    }
    const met = peers.flatMap(([id, { client }]) =>
      client === null ? [] : [[id, client] as const],
    );
    this.#addresses.take(Object.fromEntries([[status.id, status.client], ...met]));
    this.#dial();
  }

  #dial(): void {
    const servers = this.servers.peek();
    for (const [id, address] of this.#addresses.toDial(this.ids.peek(), servers)) {
      this.#unwatch.get(id)?.();
      this.#watch(id, address);
    }
  }

  #watch(id: string, address: string): void {
    const server = new ServerModel(id, address);
    const others = this.servers.peek().filter((one) => one.id !== id);
    this.servers.value = [...others, server].sort((a, b) => (a.id < b.id ? -1 : 1));
    const unwatch = watch(`ws://${address}/inspect`, {
      connected: ({ clockOffsetMs }) => {
        server.clockOffsetMs = clockOffsetMs;
        server.connection = 'live';
        server.told(Date.now());
        this.faults.connect(id, address);
        this.#lookSoon();
      },
      addresses: (clients) => {
        this.#addresses.take(clients);
        this.#lookSoon();
      },
      disconnected: (code) => {
        server.connection = 'lost';
        server.lostBy = code;
        this.#lookSoon();
      },
      failed: (code) => {
        server.connection = 'lost';
        server.lostBy = code;
        this.#lookSoon();
      },
      state: (view) => {
        if (server.view !== null) this.#told.push([{ server, event: null }]);
        server.told(Date.now());
        server.see(view, Date.now());
        this.#lookSoon();
      },
      events: (events) => {
        server.told(Date.now());
        this.#told.push(events.map((event) => ({ server, event })));
      },
    });
    this.#unwatch.set(id, unwatch);
  }

  /** Has the ring follow the configuration. */
  #notice(): void {
    const nowMs = Date.now();
    const silent = this.servers.peek().filter((server) => server.fellSilent(nowMs));
    if (silent.length > 0) this.#lookSoon();
    this.membership.take(this.facts(), nowMs);
    const shown = this.membership.shown(nowMs);
    if (shown === null) return;
    this.#setIds(shown);
    this.#dial();
    const gone = this.servers.peek().filter(({ id }) => !shown.includes(id));
    if (gone.length === 0) return;
    for (const { id } of gone) {
      this.#unwatch.get(id)?.();
      this.#unwatch.delete(id);
    }
    this.servers.value = this.servers.peek().filter((server) => !gone.includes(server));
  }

  #setIds(ids: readonly string[]): void {
    if (String(ids) !== String(this.ids.peek())) this.ids.value = ids;
  }

  #take({ server, event }: Told): void {
    if (event === null) {
      server.missed();
      this.metrics.missed(server.id);
      return;
    }
    server.take(event);
    this.metrics.take(server.id, event);
    const row = this.#reader.row(server.id, event);
    this.events.push(row);
    this.compact.take(row);
    this.eventCount += 1;
    if (event.type === 'message.sent') this.#onSent.forEach((hear) => hear(event.message));
    this.#lookSoon();
  }

  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    setTimeout(() => {
      this.#looking = false;
      this.#notice();
      this.#frame.value += 1;
    }, lookEveryMs);
  }
}
