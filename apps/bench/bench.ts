/**
 * What the benches of a whole cluster share: three server processes on this machine, in a folder that
 * goes away, and a row of results as a table or, with `-o json`, as a line of JSON.
 *
 * What is done to the cluster, and what of it is measured, is the affair of each bench.
 */
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { connect, type Client } from '../../actors/client.ts';
import { launchCluster, type Cluster, type LaunchOptions } from '../cli/cluster/launch.ts';
import { makeTemporaryFolder } from '../cli/cluster/temporary-folder.ts';
import { renderTable } from '../cli/table.ts';

/** Options of every bench, for `parseArgs`. */
export const commonOptions = {
  output: { type: 'string', short: 'o', default: 'text' },
  /** Where the servers keep their data; must be a disk, or fsync costs nothing. */
  dir: { type: 'string', default: tmpdir() },
} as const;

export interface CommonValues {
  readonly output: string;
  readonly dir: string;
}

export type Row = Readonly<Record<string, string | number | boolean>>;

/** Between two looks at a server that is waited for, in milliseconds. */
const lookEveryMs = 10;
/** For a server to catch up, in milliseconds. */
const catchUpDeadlineMs = 120_000;

export const delay = (ms: number): Promise<void> =>
  new Promise((done) => void setTimeout(done, ms));

/** Starts three servers, measures, prints what `measure` gives, and leaves nothing behind. */
export async function bench(
  { output, dir }: CommonValues,
  options: Partial<LaunchOptions>,
  measure: (cluster: Cluster, endpoints: readonly string[], folder: string) => Promise<Row>,
): Promise<void> {
  const folder = await makeTemporaryFolder(dir);
  try {
    const cluster = await launchCluster({
      ...{ nodes: 3, cluster: 'bench', dataDir: folder.path, ports: 'any' },
      ...options,
    });
    if (cluster === null) throw new Error('The start was given up.');
    try {
      const endpoints = [...cluster.members.values()].map((member) => member.options.client);
      print(await measure(cluster, endpoints, folder.path), output);
    } finally {
      await cluster.stop();
    }
  } finally {
    await folder.remove();
  }
}

function print(measured: Row, output: string): void {
  const row: Row = {
    ...measured,
    load: loadavg()[0]?.toFixed(1) ?? '?',
    cores: availableParallelism(),
    node: process.version,
  };
  const rows = Object.entries(row).map(([what, value]) => [what, String(value)]);
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(row)}\n` : renderTable(['WHAT', 'VALUE'], rows),
  );
}

/** Resolves when `look` gives something; throws past `deadlineMs`. */
export async function until<T>(
  what: string,
  deadlineMs: number,
  look: () => Promise<T | null> | T | null,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}.`);
    await delay(lookEveryMs);
  }
}

/** Resolves when the server at `endpoint` has applied all that the others have committed by now. */
export async function caughtUp(
  client: Client,
  endpoint: string,
  others: readonly string[],
): Promise<void> {
  const indexOf = async (at: string, index: 'commitIndex' | 'appliedIndex'): Promise<number> => {
    const status = await client.status(at, { timeoutMs: 1_000 }).catch(() => null);
    return (status as Record<string, number> | null)?.[index] ?? -1;
  };
  const goal = Math.max(...(await Promise.all(others.map((at) => indexOf(at, 'commitIndex')))));
  await until(`${endpoint} has caught up`, catchUpDeadlineMs, async () =>
    (await indexOf(endpoint, 'appliedIndex')) >= goal ? true : null,
  );
}

/** Milliseconds until the server at `endpoint` itself answers a linearizable read. */
export async function firstRead(endpoint: string, fromMs: number): Promise<number> {
  const client = await connect([endpoint], { timeoutMs: catchUpDeadlineMs });
  await client.get('bench/none');
  client.stop();
  return Math.round(performance.now() - fromMs);
}

/** Percentiles of a few durations. */
export class Durations {
  readonly #histogram: RecordableHistogram = createHistogram();

  add(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)));
  }

  /** `{ p50Ms, p99Ms, maxMs }`, behind `name`. */
  row(name: string): Row {
    const ms = (microseconds: number): number => Math.round(microseconds / 1_000);
    return {
      [`${name}P50Ms`]: ms(this.#histogram.percentile(50)),
      [`${name}P99Ms`]: ms(this.#histogram.percentile(99)),
      [`${name}MaxMs`]: ms(this.#histogram.max),
    };
  }
}
