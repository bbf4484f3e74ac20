/**
 * The console's client: the project's own, in the page, with the path that each request took.
 *
 * It speaks to the servers as any program does: follows redirects, retries, takes effect once. Every
 * connection that it opens during a request is a station of that request's path.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import {
  createClient,
  socketsFrom,
  StatecraftError,
  type Change,
  type Client,
} from '../../../actors/client.ts';
import { toPlainJson } from '../../../actors/client/json.ts';
import { Load } from './load.ts';
import type { ServerModel } from './server-model.ts';

/** Milliseconds for one request. */
const timeoutMs = 5_000;
/** Results that are kept. */
const maxResults = 50;

export interface Result {
  readonly key: number;
  /** What was asked, `put greeting "hello"`. */
  readonly asked: string;
  readonly ok: boolean;
  readonly answer: string;
  /** Where it went and what came of it: `page`, ids of servers in order, `index 12`. */
  readonly path: readonly string[];
  readonly tookMs: number;
}

export type Call = (client: Client) => Promise<unknown>;

export class Console {
  readonly load: Load;
  /** Newest first. */
  readonly results = signal<readonly Result[]>([]);
  /** What is watched; null: nothing. */
  readonly watching = signal<string | null>(null);
  readonly #client: Client;
  readonly #nameOf: (address: string) => string;
  /** The server that the open connection leads to. */
  #connected = '';
  #stations: string[] = [];
  #count = 0;
  #stopWatch = new AbortController();

  constructor(servers: ReadonlySignal<readonly ServerModel[]>) {
    this.#nameOf = (address) =>
      servers.peek().find((server) => server.address === address)?.id ?? address;
    const endpoints = servers.peek().map(({ address }) => address);
    const open = socketsFrom((url) => {
      this.#connected = this.#nameOf(new URL(url).host);
      this.#stations.push(this.#connected);
      return new WebSocket(url);
    });
    this.#client = createClient(endpoints, { openSocket: open, timeoutMs });
    this.load = new Load(endpoints);
  }

  /** Never rejects: a failure is a result, with its code. */
  async run(asked: string, call: Call): Promise<void> {
    this.#stations = this.#connected === '' ? [] : [this.#connected];
    const startedAtMs = performance.now();
    const { ok, answer, index } = await settled(call(this.#client));
    const tookMs = performance.now() - startedAtMs;
    const end = index === null ? [] : [`index ${index}`];
    this.#tell({ asked, ok, answer, path: ['page', ...this.#stations, ...end], tookMs });
  }

  /** What a key is changed to, from now on, until `unwatch`. */
  async watch(prefix: string): Promise<void> {
    this.unwatch();
    const stop = new AbortController();
    this.#stopWatch = stop;
    this.watching.value = prefix;
    try {
      for await (const change of this.#client.watch({ prefix }, { signal: stop.signal })) {
        const path = [this.#connected, 'page'];
        this.#tell({
          asked: `watch ${prefix}`,
          ok: true,
          answer: inWords(change),
          path,
          tookMs: 0,
        });
      }
    } catch (error) {
      if (stop.signal.aborted) return;
      this.watching.value = null;
      const answer = failureOf(error);
      this.#tell({ asked: `watch ${prefix}`, ok: false, answer, path: [], tookMs: 0 });
    }
  }

  unwatch(): void {
    this.#stopWatch.abort();
    this.watching.value = null;
  }

  /** What an entry of the log changed, from the history that servers keep; null: no key. */
  async entry(index: number): Promise<string | null> {
    const stop = AbortSignal.timeout(timeoutMs);
    const changes = this.#client.watch(
      { prefix: '' },
      { from: index, progress: true, signal: stop },
    );
    for await (const change of changes) {
      return change.revision === index && change.events.length > 0 ? inWords(change) : null;
    }
    return null;
  }

  #tell(result: Omit<Result, 'key'>): void {
    this.#count += 1;
    const told = { ...result, key: this.#count };
    this.results.value = [told, ...this.results.value].slice(0, maxResults);
  }
}

async function settled(
  answer: Promise<unknown>,
): Promise<{ ok: boolean; answer: string; index: number | null }> {
  try {
    const given = await answer;
    const { revision } = (given ?? {}) as { readonly revision?: number };
    const text = given === null ? 'no such key' : JSON.stringify(toPlainJson(given));
    return { ok: true, answer: text, index: revision ?? null };
  } catch (error) {
    return { ok: false, answer: failureOf(error), index: null };
  }
}

export function failureOf(error: unknown): string {
  if (!(error instanceof StatecraftError)) return String(error);
  return `${error.code} (${error.outcome}): ${error.message}`;
}

function inWords({ revision, events }: Change): string {
  const told = events.map((event) =>
    event.type === 'put'
      ? `put ${event.key} = ${JSON.stringify(toPlainJson(event.value))}`
      : `delete ${event.key}`,
  );
  return `index ${revision}: ${told.join('; ') || 'nothing of it'}`;
}
