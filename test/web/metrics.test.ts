/** The numbers of the page, from streams that say exactly what they should come to. */
import { expect } from 'chai';
import type { NodeEvent, NodeFact } from '../../actors/inspect/index.ts';
import { maxPoints, Metrics } from '../../apps/web/model/metrics.ts';
import { percentile, ServerMeter } from '../../apps/web/model/server-meter.ts';
import { lineOf } from '../../apps/web/model/lines.ts';
import { aServer } from './facts.ts';

let seq = 0;
function at(atMs: number, fact: NodeFact): NodeEvent {
  seq += 1;
  return { ...fact, seq, atMs };
}
const appended = (atMs: number, firstIndex: number, lastIndex: number): NodeEvent =>
  at(atMs, { type: 'log.appended', firstIndex, lastIndex, runs: [] });
const committed = (atMs: number, index: number): NodeEvent =>
  at(atMs, { type: 'log.committed', index });
const writer = (atMs: number, type: string, value?: string): NodeEvent =>
  at(atMs, {
    ...{ type: 'step', actor: 'n1/logWriter', cause: { type }, edges: [], guards: {} },
    ...(value === undefined ? {} : { value }),
  });

function meterOf(...events: NodeEvent[]): ServerMeter {
  const meter = new ServerMeter();
  for (const event of events) meter.take(event);
  return meter;
}

describe('web: what is measured of a server', () => {
  it('times a batch from its append to its commit, and counts the entries', () => {
    const meter = meterOf(
      ...[committed(0, 10), appended(1, 11, 20), appended(2, 21, 21)],
      ...[committed(9, 20), committed(12, 21)],
    );
    const { committed: count, commitP50Ms, commitP99Ms } = meter.tick();
    expect([count, commitP50Ms, commitP99Ms]).to.deep.equal([12, 10, 10]);
  });

  it('does not time what was truncated: it will never be committed here', () => {
    const truncated = at(2, { type: 'log.truncated', firstIndex: 11, lastIndex: 20 });
    const meter = meterOf(appended(1, 11, 20), truncated, committed(900, 30));
    expect(meter.tick().commitP99Ms).to.equal(null);
  });

  it('times each fsync alone, though the next one begins as the last ends', () => {
    const meter = meterOf(
      ...[writer(0, 'server.wrote', 'syncing'), writer(2, 'server.wrote')],
      ...[writer(5, 'disk.synced'), writer(8, 'disk.synced', 'idle')],
      ...[writer(500, 'server.wrote', 'syncing'), writer(501, 'disk.synced', 'idle')],
    );
    expect(meter.tick().syncP99Ms).to.equal(5);
  });

  it('counts the messages that a loaded server only counts, with those that it tells', () => {
    const sent = at(1, { type: 'message.sent', message: { type: 'rpc.appendEntries' } });
    const counted = at(2, { type: 'counted', steps: {}, sent: { n2: 3, n3: 4 }, received: {} });
    expect(meterOf(sent, counted).tick().sent).to.equal(8);
  });

  it('neither counts nor times what happened while its stream was cut for too long', () => {
    const meter = meterOf(
      committed(0, 10),
      appended(1, 11, 11),
      writer(1, 'server.wrote', 'syncing'),
    );
    meter.missed();
    for (const event of [writer(9_000, 'disk.synced', 'idle'), committed(9_000, 5_000)]) {
      meter.take(event);
    }
    const { committed: count, commitP99Ms, syncP99Ms } = meter.tick();
    expect([count, commitP99Ms, syncP99Ms]).to.deep.equal([2, null, null]);
  });

  it('begins anew with each tick', () => {
    const meter = meterOf(committed(0, 1), appended(1, 2, 2), committed(3, 2));
    meter.tick();
    expect(meter.tick()).to.deep.equal({
      ...{ committed: 0, sent: 0, commitP50Ms: null, commitP99Ms: null },
      ...{ syncP99Ms: null, loopDelayMs: null },
    });
  });
});

describe('web: the lines of a chart', () => {
  it('are told apart, those of a cluster of nine servers, too', () => {
    const lines = Array.from({ length: 9 }, (_, i) => JSON.stringify(lineOf(i)));
    expect(new Set(lines).size).to.equal(9);
  });
});

describe('web: percentiles', () => {
  it('are values that occurred, and none of nothing', () => {
    expect(percentile([], 99)).to.equal(null);
    expect(percentile([3], 50)).to.equal(3);
    expect(percentile([9, 1, 5, 7, 3], 50)).to.equal(5);
    expect(percentile([9, 1, 5, 7, 3], 99)).to.equal(9);
  });
});

describe('web: metrics of a cluster', () => {
  const leader = aServer('n1', { role: 'leader', votedFor: 'n1', leader: 'n1' });

  it("are the leader's where they are about the cluster, and nobody's without one", () => {
    const metrics = new Metrics();
    for (const event of [committed(0, 1), committed(1, 4)]) metrics.take('n1', event);
    metrics.take('n2', committed(1, 900));
    metrics.tick(1_000, [leader], []);
    metrics.tick(2_000, [{ ...leader, role: 'follower' }], []);
    const [commits] = metrics.charts(['n1', 'n2']);
    expect(commits?.series[0]?.values).to.deep.equal([4, null]);
    expect(metrics.times()).to.deep.equal([1, 2]);
  });

  it('are rates though the page was out of sight, where its timers are held back', () => {
    const metrics = new Metrics();
    metrics.tick(1_000, [leader], []);
    for (const event of [committed(0, 1), committed(1, 600)]) metrics.take('n1', event);
    metrics.tick(61_003, [{ ...leader, term: 7 }], []);
    const charts = metrics.charts(['n1']);
    const lastOf = (id: string) => charts.find((one) => one.id === id)?.series[0]?.values.at(-1);
    expect([lastOf('commits'), lastOf('elections')]).to.deep.equal([10, 0.1]);
  });

  it('count the terms that were begun, not the one that was found', () => {
    const metrics = new Metrics();
    metrics.tick(1_000, [{ ...leader, term: 7 }], []);
    metrics.tick(2_000, [{ ...leader, term: 9 }], []);
    const elections = metrics.charts([]).find(({ id }) => id === 'elections');
    expect(elections?.series[0]?.values).to.deep.equal([0, 2]);
  });

  it(`keep the last ${maxPoints} points, however long the page stays open`, () => {
    const metrics = new Metrics();
    for (let i = 1; i <= 2 * maxPoints; i++) metrics.tick(i * 1_000, [leader], []);
    expect(metrics.times()).to.have.length(maxPoints);
    expect(metrics.times().at(-1)).to.equal(2 * maxPoints);
  });
});
