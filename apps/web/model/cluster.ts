/**
 * The cluster as the page sees it: every server's event stream, and one signal that says "look again".
 *
 * The node that served the page tells its own address and those of the peers it has met; each is
 * watched directly, so the death of one, even of that node, ends one stream and not the page.
 */
import { signal } from '@preact/signals';
import { watch, type Header, type NodeEvent } from '../../../actors/inspect/index.ts';
import { CompactEvents } from './compact-events.ts';
import { EventReader, maxEventRows, type EventRow } from './event-rows.ts';
import { factsOf, type Facts } from './facts.ts';
import type { Faults } from './faults.ts';
import { Metrics } from './metrics.ts';
import { Recent } from './recent.ts';
import { ServerModel } from './server-model.ts';
import { afterOthers, Slices } from './slices.ts';

/** Milliseconds between questions for the addresses that are not known yet … */
const askEveryMs = 1_000;
/** … and for servers that joined since. */
const askAgainEveryMs = 5_000;
/** Milliseconds between two looks of the views: what counts down moves by itself (use-now.ts). */
const lookEveryMs = 100;
/** Events of all servers that may wait to be taken in; past it the oldest are left out, and it is said. */
const maxQueuedEvents = 20_000;
/** Milliseconds between two points of the metrics. */
const tickEveryMs = 1_000;

interface Told {
  readonly server: ServerModel;
  readonly event: NodeEvent;
}

interface Status {
  readonly id: string;
  readonly cluster: string;
  readonly client: string;
  readonly peers: Readonly<Record<string, { readonly client: string | null }>>;
}

export class ClusterModel {
  readonly name = signal('');
  /** By id, in alphabetical order. */
  readonly servers = signal<readonly ServerModel[]>([]);
  /** Ids of all servers, met or not. */
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
  readonly #origin: string;
  readonly #reader = new EventReader();
  readonly #told = new Slices<Told>({
    maxQueued: maxQueuedEvents,
    apply: (told) => this.#take(told),
    now: () => performance.now(),
    soon: afterOthers(),
  });
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

  /** Asks until the addresses of all servers are known, and more calmly from then on: servers join. */
  async #discover(): Promise<void> {
    const status = await this.#ask();
    let allKnown = false;
    if (status !== null) {
      this.name.value = status.cluster;
      const ids = [status.id, ...Object.keys(status.peers)].sort();
      if (String(ids) !== String(this.ids.value)) this.ids.value = ids;
      const found = [[status.id, status.client] as const].concat(
        Object.entries(status.peers).flatMap(([id, { client }]) =>
          client === null ? [] : [[id, client] as const],
        ),
      );
      for (const [id, address] of found) this.#watch(id, address);
      allKnown = found.length === ids.length;
    }
    setTimeout(() => void this.#discover(), allKnown ? askAgainEveryMs : askEveryMs);
  }

  async #ask(): Promise<Status | null> {
    try {
      const response = await fetch(`${this.#origin}/status`);
      return response.ok ? ((await response.json()) as Status) : null;
    } catch {
      return null; // The node is gone or not yet there; the header says that nobody is heard.
    }
  }

  #watch(id: string, address: string): void {
    if (this.servers.value.some((server) => server.id === id)) return;
    const server = new ServerModel(id, address);
    this.servers.value = [...this.servers.value, server].sort((a, b) => (a.id < b.id ? -1 : 1));
    watch(`ws://${address}/inspect`, {
      connected: ({ clockOffsetMs }) => {
        server.clockOffsetMs = clockOffsetMs;
        server.connection = 'live';
        this.faults.connect(id, address);
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
        server.view = view;
        this.#lookSoon();
      },
      events: (events) => {
        this.#told.push(events.map((event) => ({ server, event })));
      },
    });
  }

  #take({ server, event }: Told): void {
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
      this.#frame.value += 1;
    }, lookEveryMs);
  }
}
