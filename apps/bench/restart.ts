/**
 * `npm run bench:restart`: how soon a server with a log of a million entries serves again, and what
 * memory it takes. No snapshot is made, so all of the log is read and applied anew.
 *
 * A follower is restarted beside a cluster that goes on. It serves when it has answered a linearizable
 * read itself.
 */
import { parseArgs } from 'node:util';
import { connect } from '../../actors/client.ts';
import { bench, caughtUp, commonOptions, firstRead } from './bench.ts';
import { fill } from './fill.ts';
import { peakMiB } from './memory.ts';

/** Entries go to so many keys: the state is small, the log is long. */
const keys = 1_000;
const valueBytes = 64;
const deadlineMs = 60_000;

const { values } = parseArgs({
  options: { ...commonOptions, entries: { type: 'string', default: '1000000' } },
});
const entries = Number(values.entries);
const withoutSnapshots = ['--snapshot-entries', '1000000000', '--snapshot-bytes', '1000GiB'];

await bench(values, { flags: withoutSnapshots }, async (cluster, endpoints) => {
  const client = await connect(endpoints, { timeoutMs: deadlineMs });
  await fill(client, { keys, valueBytes, count: entries });
  const member = [...cluster.members.values()].find(
    ({ options: { id } }) => id !== cluster.leader.id,
  );
  if (member === undefined) throw new Error('There is no follower.');
  const { id, client: own } = member.options;
  await caughtUp(
    client,
    own,
    endpoints.filter((endpoint) => endpoint !== own),
  );
  const peakBeforeMiB = await peakMiB(member.pid);
  await member.stop();
  const startedMs = performance.now();
  cluster.restart(id);
  const servesMs = await firstRead(own, startedMs);
  client.stop();
  const peakAfterMiB = await peakMiB(cluster.members.get(id)?.pid ?? 0);
  return { entries, valueBytes, servesMs, peakBeforeMiB, peakAfterMiB };
});
