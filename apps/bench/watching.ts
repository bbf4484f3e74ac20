/**
 * `npm run bench:watch`: what watching every server of a loaded cluster costs, as a page watches it.
 *
 * One cluster under one load is watched and left alone in turns, so that what else the machine does
 * falls on both alike. What the servers used of the processor counts, per write; throughput is told,
 * too, but on a machine that does other work it moves more by itself. The watcher is a process of its
 * own, as a browser is: what it uses is no part of the servers' cost.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bench, commonOptions, delay, type Row } from './bench.ts';
import { Load } from './load.ts';

const { values } = parseArgs({
  options: {
    ...commonOptions,
    rounds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '256' },
    seconds: { type: 'string', default: '8' },
  },
});
const rounds = Number(values.rounds);
const clients = Number(values.clients);
const measureMs = Number(values.seconds) * 1_000;
const load = { clients, connections: 4, valueBytes: 256 };

/** Under load before the first turn: code is compiled, the log is warm. */
const warmUpMs = 5_000;
/** From the change to the turn that is measured. After a watcher left, servers record for 10 s. */
const settleMs = { watched: 1_000, alone: 11_000 };

interface Turn {
  readonly cpuMsPerThousand: number;
  readonly writesPerSecond: number;
}

await bench(values, {}, async (_cluster, endpoints) => {
  const writers = await Load.start({ ...load, endpoints });
  await delay(warmUpMs);
  const turns: Record<'watched' | 'alone', Turn[]> = { watched: [], alone: [] };
  for (let round = 0; round < rounds; round += 1) {
    turns.alone.push(await turn(writers, endpoints));
    const watcher = await startWatcher(endpoints);
    await delay(settleMs.watched);
    turns.watched.push(await turn(writers, endpoints));
    watcher.kill();
    if (round < rounds - 1) await delay(settleMs.alone);
  }
  await writers.stop();
  return {
    ...compared('cpuMsPerThousandWrites', turns, ({ cpuMsPerThousand }) => cpuMsPerThousand),
    ...compared('writesPerSecond', turns, ({ writesPerSecond }) => writesPerSecond),
    ...{ rounds, clients, valueBytes: load.valueBytes, failed: writers.failed },
  };
});

async function turn(writers: Load, endpoints: readonly string[]): Promise<Turn> {
  const [startedMs, cpuS, before] = [
    performance.now(),
    await cpuOf(endpoints),
    writers.acknowledged,
  ];
  await delay(measureMs);
  const writes = writers.acknowledged - before;
  const seconds = (performance.now() - startedMs) / 1_000;
  const usedMs = ((await cpuOf(endpoints)) - cpuS) * 1_000;
  return { cpuMsPerThousand: (usedMs / writes) * 1_000, writesPerSecond: writes / seconds };
}

/** What the servers have used of the processor together since they began, in seconds. */
async function cpuOf(endpoints: readonly string[]): Promise<number> {
  const used = await Promise.all(
    endpoints.map(async (endpoint) => {
      const metrics = await (await fetch(`http://${endpoint}/metrics`)).text();
      const [, seconds] = /^process_cpu_seconds_total\S* (\S+)$/m.exec(metrics) ?? [];
      if (seconds === undefined) throw new Error(`${endpoint} does not tell what it used.`);
      return Number(seconds);
    }),
  );
  return used.reduce((sum, seconds) => sum + seconds, 0);
}

async function startWatcher(endpoints: readonly string[]): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('watch-server.js', import.meta.url));
  const watcher = fork(file, [...endpoints]);
  await new Promise((watches) => watcher.once('message', watches));
  return watcher;
}

/** Medians of both, and how much more it is while somebody watches, in percent. */
function compared(
  name: string,
  { alone, watched }: Record<'watched' | 'alone', readonly Turn[]>,
  of: (turn: Turn) => number,
): Row {
  const [without, with_] = [median(alone.map(of)), median(watched.map(of))];
  return {
    [name]: without.toFixed(1),
    [`${name}Watched`]: with_.toFixed(1),
    [`${name}MorePercent`]: ((with_ / without - 1) * 100).toFixed(1),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
