/** Three real processes: they elect, serve the command line, survive a death, and keep their data. */
import { expect } from 'chai';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { clientsOf, eventually, folderForTest, launch, statecraft } from './processes.ts';

describe('e2e: three processes', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;
  let at: string[];
  const leaders: { id: string; atMs: number }[] = [];

  before(async function () {
    this.timeout(buildDeadlineMs + 60_000);
    await ensureBuilt();
    folder = await folderForTest();
    cluster = await launch({
      nodes: 3,
      dataDir: folder.path,
      onLeader: (id) => leaders.push({ id, atMs: performance.now() }),
    });
    at = ['--endpoints', clientsOf(cluster).join(',')];
  });

  after(async () => {
    await cluster.stop();
    await folder.remove();
  });

  it('elect a leader, and status shows it with everybody in step', async () => {
    const status = await eventually('all in step', 10_000, async () => {
      const { code, out } = await statecraft('status', '--strict', '-o', 'json', ...at);
      if (code !== 0) return null;
      const view = JSON.parse(out) as { leader: string; members: { lag: number | null }[] };
      return view.members.every(({ lag }) => (lag ?? 0) === 0) ? view : null;
    });
    expect(status.leader).to.equal(cluster.leader.id);
    expect(status.members).to.have.length(3);
  });

  it('answer puts and gets of the command line, whichever server is asked', async () => {
    for (const client of clientsOf(cluster)) {
      const asked = ['--endpoints', client];
      expect(await statecraft('put', client, `by ${client}`, ...asked)).to.include({ code: 0 });
      const got = await statecraft('get', client, ...asked);
      expect(got).to.deep.equal({ code: 0, out: `by ${client}\n`, err: '' });
    }
  });

  it('go on when the leader is killed: another leads soon, without waiting for silence', async () => {
    const dead = cluster.leader.id;
    const killedMs = performance.now();
    leaders.length = 0;
    cluster.members.get(dead)!.kill('SIGKILL');

    const next = await eventually('another leader', 5_000, () => leaders[0] ?? null);

    expect(next.id).to.not.equal(dead);
    console.log(`      failover took ${Math.round(next.atMs - killedMs)} ms`);
    const status = await statecraft('status', ...at);
    expect(status).to.include({ code: 0, err: '' });
    expect(status.out).to.match(new RegExp(`^${dead} +\\(down\\)`, 'm'));
    expect(status.out).to.include('DEGRADED').and.include('can lose 0 more');
    expect(await statecraft('status', '--strict', ...at)).to.include({ code: 5 });
    const [client = ''] = clientsOf(cluster);
    expect(await statecraft('get', client, ...at)).to.include({ out: `by ${client}\n` });
  });

  it('take the dead one back: it catches up from its own disk and the new leader', async () => {
    const dead = [...cluster.members.keys()].find((id) => !cluster.members.get(id)!.alive)!;
    await statecraft('put', 'while', 'you were out', ...at);
    cluster.restart(dead);

    await eventually('healthy again', 10_000, async () => {
      const { code, out } = await statecraft('status', '--strict', '-o', 'json', ...at);
      if (code !== 0) return null;
      const { members } = JSON.parse(out) as { members: { applied: number; lag: number | null }[] };
      return members.every(({ lag }) => (lag ?? 0) === 0);
    });
  });
});
