/** A node's metrics: all that are documented and no other, of few values, and no secret among them. */
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import { createNode, type Node } from '../../actors/node.ts';
import { metrics, type MetricDefinition } from '../../actors/node/metrics/definitions.ts';
import { Distribution } from '../../actors/node/metrics/distribution.ts';
import { monitorEventLoop } from '../../actors/node/metrics/event-loop.ts';
import type { MetricData } from '../../actors/node/metrics/registry.ts';
import { cli, singleNode, temporaryFolder } from '../cli/support.ts';

type Sample = MetricData['samples'][number];

describe('node: metrics', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;
  let url: string;

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(folder.path);
    url = `http://${node.addresses.client}/metrics`;
    const db = await connect([node.addresses.client]);
    await db.put('a-secret-key', 'a-secret-value');
    await db.get('a-secret-key');
    db.stop();
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  async function scrape(): Promise<Map<string, MetricData>> {
    const response = await fetch(`${url}?format=json`);
    const { metrics: all } = (await response.json()) as { metrics: MetricData[] };
    return new Map(all.map((metric) => [metric.name, metric]));
  }

  async function samples(name: string): Promise<readonly Sample[]> {
    return (await scrape()).get(name)?.samples ?? [];
  }

  it('are those of the table, each with its type, help and labels', async () => {
    const all = await scrape();
    expect([...all.keys()]).to.have.members(Object.keys(metrics));
    for (const [name, known] of Object.entries<MetricDefinition>(metrics)) {
      const { type, help, samples: found = [] } = all.get(name) ?? {};
      expect({ type, help }, name).to.deep.equal({ type: known.type, help: known.help });
      for (const { labels } of found) {
        const own = Object.keys(labels).filter((label) => label !== 'le');
        expect(own, name).to.have.members(known.labels);
      }
    }
  });

  it('tell the newest snapshot from what the log was compacted to', async () => {
    const limits = { snapshotEntries: 5, retainedEntries: 1_000 };
    const peers = { n1: '127.0.0.1:0' };
    const dataDir = `${folder.path}/other`;
    const other = await createNode({ id: 'n1', peers, client: '127.0.0.1:0', dataDir, limits });
    const db = await connect([other.addresses.client]);
    for (let n = 0; n < 10; n += 1) await db.put('a', n);
    while (other.status().snapshotIndex === 0) await db.get('a');
    db.stop();
    // The next snapshot may be finished between the two looks: then look again.
    let text = '';
    let snapshotIndex = 0;
    while (snapshotIndex !== other.status().snapshotIndex) {
      ({ snapshotIndex } = other.status());
      text = await (await fetch(`http://${other.addresses.client}/metrics`)).text();
    }
    await other.stop();
    expect(text).to.include(`\nstatecraft_server_snapshot_index ${snapshotIndex}\n`);
    expect(text).to.include('\nstatecraft_server_first_index 1\n');
  });

  it('are served as Prometheus reads them', async () => {
    const response = await fetch(url);
    expect(response.headers.get('content-type')).to.equal(
      'text/plain; version=0.0.4; charset=utf-8',
    );
    const lines = (await response.text()).split('\n');
    expect(lines).to.include('# TYPE statecraft_disk_wal_fsync_duration_seconds histogram');
    const line =
      /^([a-z_]+)(\{([a-z]+="([^"\\]|\\.)*",?)*\})? (-?\d+(\.\d+)?(e[+-]?\d+)?|\+Inf|NaN)$/;
    expect(lines.filter((text) => text !== '' && !text.startsWith('#') && !line.test(text))).to.eql(
      [],
    );
  });

  it('tell what the server is and did', async () => {
    const all = await scrape();
    const valueOf = (name: string, labels: Record<string, string> = {}): number | undefined =>
      all
        .get(name)
        ?.samples.find((sample) =>
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
        )?.value;
    const { term, commitIndex } = node.status();
    expect(valueOf('statecraft_server_is_leader')).to.equal(1);
    expect(valueOf('statecraft_server_role', { role: 'leader' })).to.equal(1);
    expect(valueOf('statecraft_server_role', { role: 'follower' })).to.equal(0);
    expect(valueOf('statecraft_server_term')).to.equal(term);
    expect(valueOf('statecraft_server_voters')).to.equal(1);
    expect(valueOf('statecraft_server_is_learner')).to.equal(0);
    expect(valueOf('statecraft_server_proposals_committed_total')).to.equal(commitIndex);
    expect(valueOf('statecraft_server_leader_changes_seen_total')).to.equal(1);
    expect(valueOf('statecraft_sessions')).to.equal(1);
    const command = { op: 'command', code: 'OK', outcome: 'applied' };
    expect(valueOf('statecraft_requests_total', command)).to.equal(1);
    expect(valueOf('statecraft_disk_written_bytes_total')).to.be.greaterThan(0);
    const won = { machine: 'server', from: 'role.candidate', to: 'role.leader', event: 'always' };
    expect(valueOf('statecraft_chart_transitions_total', won)).to.equal(1);
  });

  it('have cumulative buckets that end with the count', async () => {
    for (const name of [
      'statecraft_disk_wal_fsync_duration_seconds',
      'statecraft_event_loop_delay_seconds',
    ]) {
      const found = await samples(name);
      const buckets = found.filter((sample) => sample.name === `${name}_bucket`);
      const counts = buckets.map(({ value }) => value);
      expect(counts, name).to.deep.equal([...counts].sort((a, b) => a - b));
      const count = found.find((sample) => sample.name === `${name}_count`)?.value;
      expect(buckets.at(-1)).to.deep.include({ labels: { le: '+Inf' }, value: count });
      expect(count, name).to.be.greaterThan(0);
    }
  });

  it('never hold a key, a value or a path', async () => {
    const text = await (await fetch(url)).text();
    expect(text).not.to.include('secret');
    expect(text).not.to.include(folder.path);
  });

  it('are printed by "statecraft metrics", by whichever server answers', async () => {
    const nobody = '127.0.0.1:1';
    const endpoints = ['--endpoints', `${nobody},${node.addresses.client}`];
    const { code, out } = await cli('metrics', ...endpoints);
    expect(code).to.equal(0);
    expect(out).to.include('statecraft_server_has_leader 1\n');
    const failed = await cli('metrics', '--endpoints', nobody);
    expect(failed.err).to.include('ERR_UNREACHABLE');
  });
});

describe('metrics: distributions', () => {
  it('count a value in the first bucket whose bound is not below it', () => {
    const distribution = new Distribution([1, 2]);
    for (const value of [0.5, 1, 1.5, 2, 3]) distribution.observe(value);
    expect(distribution).to.deep.include({ counts: [2, 2, 1], sum: 8 });
  });

  it('of the event loop: a turn that computes for 60 ms is late by more than 20 ms', async () => {
    const monitor = monitorEventLoop();
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 15));
    await turn();
    const endMs = performance.now() + 60;
    while (performance.now() < endMs);
    await turn();
    const { counts, sum } = monitor.read();
    monitor.stop();
    const { buckets } = metrics.statecraft_event_loop_delay_seconds;
    const late = counts.slice(buckets.indexOf(0.02) + 1).reduce((all, count) => all + count, 0);
    expect(late).to.be.greaterThan(0);
    expect(sum).to.be.greaterThan(0.02);
  });
});
