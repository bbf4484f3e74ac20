/**
 * `npm run bench:snapshot`: what it costs a cluster of three processes, under 1,000 writes a second, to
 * give its whole state to a server that joins.
 *
 * All of it runs on this machine, disk and clients, too. The writes are made by the clock, not by the
 * acknowledgement of the one before, so a stall shows in all that it held up. Peak memory is Linux's
 * VmHWM of each process, in multiples of the state.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { connect, type Client } from '../../actors/client.ts';
import { bench, commonOptions, delay, firstRead } from './bench.ts';
import { fill, valueOf } from './fill.ts';
import { joinerId, promoted, startJoiner } from './joining.ts';
import { peakMemory } from './memory.ts';

const valueBytes = 1_024;
const writesPerSecond = 1_000;
/** Writes are made in bursts so far apart. */
const burstMs = 10;
/** How long the cluster is measured before anybody joins, in milliseconds. */
const quietMs = 10_000;
const deadlineMs = 600_000;

const { values } = parseArgs({
  options: {
    ...commonOptions,
    /** Keys of the state, with 1 KiB each. */
    keys: { type: 'string', default: '250000' },
  },
});
const keys = Number(values.keys);

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
      await client.put(`k${n % keys}`, valueOf(n, valueBytes));
      this.latencies.record(Math.max(1, Math.round((performance.now() - startedMs) * 1_000)));
    } catch {
      this.failed += 1;
    }
  }
}

const percentileMs = (latencies: RecordableHistogram, percent: number): number =>
  latencies.percentile(percent) / 1_000;

const leaders: string[] = [];
const onLeader = (id: string, term: number): void => void leaders.push(`${id}@${term}`);

await bench(values, { onLeader }, async (cluster, endpoints, folder) => {
  const client = await connect(endpoints, { timeoutMs: 60_000 });
  await fill(client, { keys, valueBytes });
  const filledLeaders = leaders.length;
  const writes = new SteadyWrites(client);
  await delay(quietMs);
  const quiet = writes.latencies;
  writes.latencies = createHistogram();

  const startedMs = performance.now();
  const joiner = await startJoiner(endpoints, folder);
  try {
    await promoted(client, deadlineMs);
    const caughtUpMs = Math.round(performance.now() - startedMs);
    // It votes with the snapshot on its disk; it serves when its state is that of the snapshot.
    const readMs = await firstRead(joiner.options.client, startedMs + caughtUpMs);
    const during = writes.latencies;
    await writes.stop();

    const peaks: Record<string, string> = {};
    for (const [id, { pid }] of [...cluster.members, [joinerId, joiner] as const]) {
      const bytes = await peakMemory(pid);
      const mark = id === cluster.leader.id ? ' ★' : '';
      peaks[`peak ${id}${mark}`] =
        bytes === null ? '?' : `${(bytes / (keys * valueBytes)).toFixed(1)}×`;
    }
    return {
      stateMiB: Math.round((keys * valueBytes) / 2 ** 20),
      elections: leaders.length - filledLeaders,
      quietP50Ms: percentileMs(quiet, 50),
      quietP99Ms: percentileMs(quiet, 99),
      duringP50Ms: percentileMs(during, 50),
      duringP99Ms: percentileMs(during, 99),
      duringMaxMs: during.max / 1_000,
      failed: writes.failed,
      ...{ caughtUpMs, readMs },
      ...peaks,
    };
  } finally {
    client.stop();
    await joiner.stop();
  }
});
