/**
 * `npm run bench`: acknowledged writes per second of a cluster of three processes on this machine.
 *
 * All of it runs here: servers, clients, and the disk, with fsync on, so the row names what it
 * depends on. A client has one put outstanding and makes the next when it is acknowledged; how the
 * load is made is `load.ts`.
 */
import { availableParallelism, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { launchCluster } from '../cli/cluster/launch.ts';
import { makeTemporaryFolder } from '../cli/cluster/temporary-folder.ts';
import { renderTable } from '../cli/table.ts';
import { runLoad, type LoadOptions } from './load.ts';
import { medianSyncMs } from './sync-time.ts';

const load: Omit<LoadOptions, 'endpoints'> = {
  clients: 256,
  connections: 4,
  valueBytes: 256,
  warmUpMs: 3_000,
  measureMs: 10_000,
};

const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'text' },
    /** Where the servers keep their data; must be a disk, or fsync costs nothing. */
    dir: { type: 'string', default: tmpdir() },
  },
});

const folder = await makeTemporaryFolder(values.dir);
try {
  const fsyncMs = await medianSyncMs(folder.path);
  const cluster = await launchCluster({
    nodes: 3,
    cluster: 'bench',
    dataDir: folder.path,
    onDeath: ({ options }) => process.stderr.write(`${options.id} died: the row is worthless.\n`),
  });
  if (cluster === null) throw new Error('The start was given up.');
  try {
    const endpoints = [...cluster.members.values()].map(({ options }) => options.client);
    const { writesPerSecond, p50Ms, p99Ms, failed } = await runLoad({ ...load, endpoints });
    const row = {
      writesPerSecond: Math.round(writesPerSecond),
      p50Ms,
      p99Ms,
      failed,
      clients: load.clients,
      valueBytes: load.valueBytes,
      servers: 3,
      fsyncMs,
      node: process.version,
      cores: availableParallelism(),
    };
    process.stdout.write(
      values.output === 'json'
        ? `${JSON.stringify(row)}\n`
        : renderTable(Object.keys(row), [Object.values(row).map(String)]),
    );
  } finally {
    await cluster.stop();
  }
} finally {
  await folder.remove();
}
