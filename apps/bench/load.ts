/**
 * A closed loop of writers: each client puts, waits for the acknowledgement, and puts again.
 *
 * Clients share a few connections, each of which pipelines what its clients have outstanding. A
 * failed put is counted and never as a write.
 */
import { createHistogram } from 'node:perf_hooks';
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

/** Runs the load, first unmeasured, then measured. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const latencies = createHistogram();
  const value = 'x'.repeat(options.valueBytes);
  const connections = await Promise.all(
    Array.from({ length: options.connections }, () => connect(options.endpoints)),
  );
  let phase: 'warmUp' | 'measure' | 'over' = 'warmUp';
  let failed = 0;

  async function runClient(client: Client, name: string): Promise<void> {
    for (let n = 0; phase !== 'over'; n++) {
      const startedMs = performance.now();
      try {
        await client.put(`bench/${name}/${n % keysPerClient}`, value);
        if (phase === 'measure') latencies.record(microseconds(performance.now() - startedMs));
      } catch {
        failed += 1;
      }
    }
  }

  const clients = Array.from({ length: options.clients }, (_, i) =>
    runClient(connections[i % connections.length]!, String(i)),
  );
  await delay(options.warmUpMs);
  const startedMs = performance.now();
  phase = 'measure';
  await delay(options.measureMs);
  phase = 'over';
  const seconds = (performance.now() - startedMs) / 1_000;
  await Promise.all(clients);
  for (const client of connections) client.stop();
  return {
    writesPerSecond: latencies.count / seconds,
    p50Ms: latencies.percentile(50) / 1_000,
    p99Ms: latencies.percentile(99) / 1_000,
    failed,
  };
}

/** Histograms take integers above 0. */
function microseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1_000));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
