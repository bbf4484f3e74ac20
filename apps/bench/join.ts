/**
 * `npm run bench:join`: a server joins a cluster of three that has a state and is written to: from its
 * start to its vote, and from there to the first linearizable read that it serves itself.
 */
import { parseArgs } from 'node:util';
import { connect } from '../../actors/client.ts';
import { bench, commonOptions, firstRead } from './bench.ts';
import { fill } from './fill.ts';
import { joinerId, promoted, startJoiner } from './joining.ts';
import { peakMiB } from './memory.ts';
import { Writers } from './writers.ts';

const valueBytes = 1_024;
const deadlineMs = 600_000;

const { values } = parseArgs({
  options: {
    ...commonOptions,
    keys: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '32' },
  },
});
const keys = Number(values.keys);
const clients = Number(values.clients);

await bench(values, {}, async (_cluster, endpoints, folder) => {
  const client = await connect(endpoints, { timeoutMs: deadlineMs });
  await fill(client, { keys, valueBytes });
  const writers = await Writers.start(endpoints, clients, deadlineMs);
  writers.takeLongestPause();
  const startedMs = performance.now();
  const joiner = await startJoiner(endpoints, folder);
  try {
    await promoted(client, deadlineMs);
    const votesMs = performance.now();
    const readMs = await firstRead(joiner.options.client, votesMs);
    const longestPauseMs = writers.takeLongestPause();
    const { failed } = writers;
    const lost = await writers.stop();
    return {
      stateMiB: Math.round((keys * valueBytes) / 2 ** 20),
      votesMs: Math.round(votesMs - startedMs),
      readMs,
      longestPauseMs: Math.round(longestPauseMs),
      ...{ failed, lost, clients },
      [`peak ${joinerId} MiB`]: await peakMiB(joiner.pid),
    };
  } finally {
    client.stop();
    await joiner.stop();
  }
});
