/**
 * The console's client: the project's own, in the page, with the path that each request took.
 *
 * It speaks to the servers as any program does: follows redirects, retries, takes effect once. Every
 * connection that it opens during a request is a station of that request's path.
 */
import { createClient, socketsFrom, StatecraftError, type Client } from '../../../actors/client.ts';
import { toPlainJson } from '../../../actors/client/json.ts';
import type { ServerModel } from './server-model.ts';

/** Milliseconds for one request. */
const timeoutMs = 5_000;

export interface Result {
  readonly key: number;
  /** What was asked, `put greeting "hello"`. */
  readonly asked: string;
  readonly ok: boolean;
  readonly answer: string;
  /** Ids of the servers, in the order in which they were asked. */
  readonly path: readonly string[];
  readonly tookMs: number;
}

export type Call = (client: Client) => Promise<unknown>;

export class Console {
  readonly #client: Client;
  readonly #nameOf: (address: string) => string;
  /** The server that the open connection leads to. */
  #connected = '';
  #stations: string[] = [];
  #count = 0;

  constructor(servers: readonly ServerModel[]) {
    const names = new Map(servers.map(({ id, address }) => [address, id]));
    this.#nameOf = (address) => names.get(address) ?? address;
    const open = socketsFrom((url) => {
      this.#connected = this.#nameOf(new URL(url).host);
      this.#stations.push(this.#connected);
      return new WebSocket(url);
    });
    this.#client = createClient([...names.keys()], { openSocket: open, timeoutMs });
  }

  /** Never rejects: a failure is a result, with its code. */
  async run(asked: string, call: Call): Promise<Result> {
    this.#stations = this.#connected === '' ? [] : [this.#connected];
    const startedAtMs = performance.now();
    const [ok, answer] = await settled(call(this.#client));
    const tookMs = performance.now() - startedAtMs;
    return { key: ++this.#count, asked, ok, answer, path: this.#stations, tookMs };
  }

  stop(): void {
    this.#client.stop();
  }
}

async function settled(answer: Promise<unknown>): Promise<[ok: boolean, text: string]> {
  try {
    const given = await answer;
    return [true, given === null ? 'no such key' : JSON.stringify(toPlainJson(given))];
  } catch (error) {
    if (!(error instanceof StatecraftError)) return [false, String(error)];
    return [false, `${error.code} (${error.outcome}): ${error.message}`];
  }
}
