/**
 * A closed loop of writers: each client puts, waits for the acknowledgement, and puts again.
 *
 * Clients share a few connections, each of which pipelines what its clients have outstanding. A
 * failed put is counted and never as a write.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { connect, type Client } from '../../actors/client.ts';

export interface LoadOptions {
  /** Client addresses of the servers. */
  readonly endpoints: readonly string[];
  readonly clients: number;
  readonly connections: number;
  readonly valueBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadResult {
  readonly writesPerSecond: number;
  /** Milliseconds from the call to the acknowledgement. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Keys that each client writes in turn, so that the store does not grow with the speed. */
const keysPerClient = 64;

/** Writers that run until they are stopped. */
export class Load {
  /** Puts that were acknowledged so far, and that failed. */
  acknowledged = 0;
  failed = 0;
  /** Of what is acknowledged from now on, in microseconds; null: not timed. */
  latencies: RecordableHistogram | null = null;
  readonly #connections: readonly Client[];
  readonly #value: string;
  #running = true;
  #done: Promise<unknown> = Promise.resolve();

  private constructor(connections: readonly Client[], value: string) {
    this.#connections = connections;
    this.#value = value;
  }

  static async start(options: Omit<LoadOptions, 'warmUpMs' | 'measureMs'>): Promise<Load> {
    const { endpoints, clients, connections, valueBytes } = options;
    const load = new Load(
      await Promise.all(Array.from({ length: connections }, () => connect(endpoints))),
      'x'.repeat(valueBytes),
    );
    load.#done = Promise.all(
      Array.from({ length: clients }, (_, i) => load.#write(i % connections, String(i))),
    );
    return load;
  }

  /** Lets each writer finish. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
    for (const client of this.#connections) client.stop();
  }

  async #write(connection: number, name: string): Promise<void> {
    const client = this.#connections[connection]!;
    for (let n = 0; this.#running; n++) {
      const startedMs = performance.now();
      try {
        await client.put(`bench/${name}/${n % keysPerClient}`, this.#value);
        this.acknowledged += 1;
        this.latencies?.record(microseconds(performance.now() - startedMs));
      } catch {
        this.failed += 1;
      }
    }
  }
}

/** Runs the load, first unmeasured, then measured. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const load = await Load.start(options);
  await delay(options.warmUpMs);
  const startedMs = performance.now();
  const latencies = createHistogram();
  load.latencies = latencies;
  await delay(options.measureMs);
  load.latencies = null;
  const seconds = (performance.now() - startedMs) / 1_000;
  await load.stop();
  return {
    writesPerSecond: latencies.count / seconds,
    p50Ms: latencies.percentile(50) / 1_000,
    p99Ms: latencies.percentile(99) / 1_000,
    failed: load.failed,
  };
}

/** Histograms take integers above 0. */
function microseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1_000));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
