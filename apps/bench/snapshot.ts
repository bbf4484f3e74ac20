/**
 * `npm run bench:snapshot`: what it costs a cluster of three processes, under 1,000 writes a second, to
 * give its whole state to a server that joins.
 *
 * All of it runs on this machine, disk and clients, too. The writes are made by the clock, not by the
 * acknowledgement of the one before, so a stall shows in all that it held up. Peak memory is Linux's
 * VmHWM of each process, in multiples of the state.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { connect, type Client } from '../../actors/client.ts';
import { anyFreePorts } from '../cli/cluster/free-ports.ts';
import { launchCluster } from '../cli/cluster/launch.ts';
import { MemberProcess } from '../cli/cluster/member-process.ts';
import { makeTemporaryFolder } from '../cli/cluster/temporary-folder.ts';
import { renderTable } from '../cli/table.ts';

const valueBytes = 1_024;
const writesPerSecond = 1_000;
/** Writes are made in bursts so far apart. */
const burstMs = 10;
/** How long the cluster is measured before anybody joins, in milliseconds. */
const quietMs = 10_000;
/** Of writes under way at once while the state is made. */
const pipeline = 512;

const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'text' },
    dir: { type: 'string', default: tmpdir() },
    /** Keys of the state, with 1 KiB each. */
    keys: { type: 'string', default: '250000' },
  },
});
const keys = Number(values.keys);

const value = (n: number): string => `${n}:`.padEnd(valueBytes, 'x');
const delay = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms));

async function fill(client: Client): Promise<void> {
  for (let next = 0; next < keys; next += pipeline) {
    const batch = Array.from({ length: Math.min(pipeline, keys - next) }, (_, i) => next + i);
    await Promise.all(batch.map((n) => client.put(`k${n}`, value(n))));
  }
}

/** Writes by the clock until it is stopped. */
class SteadyWrites {
  latencies: RecordableHistogram = createHistogram();
  failed = 0;
  #running = true;
  readonly #done: Promise<void>;

  constructor(client: Client) {
    this.#done = this.#run(client);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(client: Client): Promise<void> {
    const perBurst = (writesPerSecond * burstMs) / 1_000;
    const startedMs = performance.now();
    const outstanding = new Set<Promise<void>>();
    for (let bursts = 1; this.#running; bursts += 1) {
      for (let i = 0; i < perBurst; i += 1) {
        const write = this.#write(client, bursts * perBurst + i);
        outstanding.add(write);
        void write.then(() => outstanding.delete(write));
      }
      await delay(Math.max(0, startedMs + bursts * burstMs - performance.now()));
    }
    await Promise.all(outstanding);
  }

  async #write(client: Client, n: number): Promise<void> {
    const startedMs = performance.now();
    try {
      await client.put(`k${n % keys}`, value(n));
      this.latencies.record(Math.max(1, Math.round((performance.now() - startedMs) * 1_000)));
    } catch {
      this.failed += 1;
    }
  }
}

const percentileMs = (latencies: RecordableHistogram, percent: number): number =>
  latencies.percentile(percent) / 1_000;

/** Bytes; null where there is no /proc. */
async function peakMemory(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(text);
  return found === null ? null : Number(found[1]) * 1_024;
}

const folder = await makeTemporaryFolder(values.dir);
const leaders: string[] = [];
const cluster = await launchCluster({
  ...{ nodes: 3, cluster: 'bench', dataDir: folder.path, ports: 'any' },
  onLeader: (id, term) => leaders.push(`${id}@${term}`),
  onDeath: ({ options }) => process.stderr.write(`${options.id} died: the row is worthless.\n`),
});
if (cluster === null) throw new Error('The start was given up.');
const endpoints = [...cluster.members.values()].map(({ options }) => options.client);
const client = await connect(endpoints, { timeoutMs: 60_000 });
let joining: MemberProcess | null = null;
try {
  await fill(client);
  const filledLeaders = leaders.length;
  const writes = new SteadyWrites(client);
  await delay(quietMs);
  const quiet = writes.latencies;
  writes.latencies = createHistogram();

  const [own, peer] = (await anyFreePorts(2)).map((port) => `127.0.0.1:${port}`);
  const startedMs = performance.now();
  joining = new MemberProcess(
    {
      ...{ id: 'n4', cluster: 'bench', dataDir: join(folder.path, 'n4'), faultToken: null },
      ...{ peer: peer ?? '', peers: `n4=${peer}`, client: own ?? '' },
      flags: ['--join', endpoints.join(',')],
    },
    () => undefined,
  );
  let members = await client.members();
  while (!('n4' in members.voters) || !members.committed) {
    await delay(50);
    members = await client.members();
  }
  const caughtUpMs = Math.round(performance.now() - startedMs);
  const during = writes.latencies;
  await writes.stop();

  const peaks: Record<string, string> = {};
  for (const [id, { pid }] of [...cluster.members, ['n4', joining] as const]) {
    const bytes = await peakMemory(pid);
    const mark = id === cluster.leader.id ? ' ★' : '';
    peaks[`peak ${id}${mark}`] =
      bytes === null ? '?' : `${(bytes / (keys * valueBytes)).toFixed(1)}×`;
  }
  const row = {
    stateMiB: Math.round((keys * valueBytes) / 2 ** 20),
    elections: leaders.length - filledLeaders,
    quietP50Ms: percentileMs(quiet, 50),
    quietP99Ms: percentileMs(quiet, 99),
    duringP50Ms: percentileMs(during, 50),
    duringP99Ms: percentileMs(during, 99),
    duringMaxMs: during.max / 1_000,
    failed: writes.failed,
    caughtUpMs,
    ...peaks,
    load: loadavg()[0]?.toFixed(1) ?? '?',
    cores: availableParallelism(),
    node: process.version,
  };
  process.stdout.write(
    values.output === 'json'
      ? `${JSON.stringify(row)}\n`
      : renderTable(
          ['WHAT', 'VALUE'],
          Object.entries(row).map(([a, b]) => [a, String(b)]),
        ),
  );
} finally {
  client.stop();
  await joining?.stop();
  await cluster.stop();
  await folder.remove();
}
