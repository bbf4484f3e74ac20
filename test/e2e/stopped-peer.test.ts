/**
 * A follower that stands still (SIGSTOP) while much is written: real processes and sockets. The leader
 * goes on with the other follower, and what it holds for the one that stands still has a bound.
 */
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import type { MetricData } from '../../actors/node/metrics/registry.ts';
import { defaultLimits } from '../../actors/ports.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { defaultPeerLimits } from '../../transport/limits.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { clientsOf, eventually, folderForTest, launch } from './processes.ts';

/** More than a window and a socket hold together. */
const valueBytes = 128 << 10;
const writes = 600;
/** Of writes under way at once. */
const pipeline = 20;

describe('e2e: a peer that stands still', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;

  before(async function () {
    this.timeout(buildDeadlineMs);
    await ensureBuilt();
  });

  beforeEach(async () => {
    folder = await folderForTest();
    cluster = await launch({ nodes: 3, dataDir: folder.path });
  });

  afterEach(async () => {
    await cluster.stop();
    await folder.remove();
  });

  it('costs the leader a window and a full socket, and no write', async () => {
    const { id: leader } = cluster.leader;
    const stopped = [...cluster.members.keys()].find((id) => id !== leader) ?? '';
    const leaderClient = cluster.members.get(leader)?.options.client ?? '';
    const of = async (name: string, peer = stopped): Promise<number> => {
      const response = await fetch(`http://${leaderClient}/metrics?format=json`);
      const { metrics } = (await response.json()) as { metrics: MetricData[] };
      const samples = metrics.find((metric) => metric.name === name)?.samples ?? [];
      return samples.find(({ labels }) => labels['peer'] === peer)?.value ?? 0;
    };
    const db = await connect(clientsOf(cluster), { timeoutMs: 30_000 });
    await db.put('k', 1);

    cluster.members.get(stopped)?.kill('SIGSTOP');
    const most = { inflight: 0, buffered: 0, lag: 0 };
    for (let sent = 0; sent < writes; sent += pipeline) {
      const values = Array.from({ length: pipeline }, () => 'x'.repeat(valueBytes));
      await Promise.all(values.map((value, i) => db.put(`k${i}`, value)));
      most.inflight = Math.max(most.inflight, await of('statecraft_peer_inflight_bytes'));
      most.buffered = Math.max(most.buffered, await of('statecraft_network_peer_buffered_bytes'));
      most.lag = Math.max(most.lag, await of('statecraft_peer_lag_entries'));
    }

    const { maxInflightBytes, maxFrameBytes } = defaultLimits;
    expect(most.inflight).to.be.within(1, maxInflightBytes + maxFrameBytes);
    expect(most.buffered).to.be.at.most(defaultPeerLimits.maxQueuedBytes);
    expect(most.lag, 'it stood still while all was written').to.be.above(writes / 2);

    cluster.members.get(stopped)?.kill('SIGCONT');
    await eventually('it has caught up', 60_000, async () => {
      return (await of('statecraft_peer_lag_entries')) === 0;
    });
    db.stop();
  });
});
