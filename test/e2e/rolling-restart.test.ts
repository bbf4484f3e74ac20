/**
 * What an operator does every week: all servers are restarted by SIGTERM, one after the other, while
 * clients write. Leadership is handed over (thesis §3.10), so nobody waits for an election.
 */
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { Writers } from './clients.ts';
import { clientsOf, eventually, folderForTest, launch, statecraft } from './processes.ts';

const clientCount = 10;
/** Writes acknowledged before, between and after the restarts. */
const writesBetween = 100;
/** A client's patience for one operation, in milliseconds. */
const patienceMs = 5_000;
const deadlineMs = 20_000;

describe('e2e: a rolling restart', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;
  let writers: Writers;

  before(async function () {
    this.timeout(buildDeadlineMs + 60_000);
    await ensureBuilt();
    folder = await folderForTest();
    cluster = await launch({ nodes: 3, dataDir: folder.path });
    writers = new Writers(clientsOf(cluster), clientCount, patienceMs);
  });

  after(async () => {
    await writers.stop();
    await cluster.stop();
    await folder.remove();
  });

  async function moreWrites(): Promise<void> {
    const enough = writers.acknowledged.length + writesBetween;
    await eventually('more writes', deadlineMs, () => writers.acknowledged.length >= enough);
  }

  it('fails no write of clients that wait five seconds, and loses none', async () => {
    for (const id of cluster.members.keys()) {
      await moreWrites();
      const { code } = await cluster.members.get(id)!.stop();
      expect(code).to.equal(0);
      await moreWrites();
      cluster.restart(id);
      await eventually('everybody is back', deadlineMs, async () => {
        const at = ['--endpoints', clientsOf(cluster).join(',')];
        return (await statecraft('status', '--strict', ...at)).code === 0;
      });
    }
    await moreWrites();
    await writers.stop();

    expect(writers.complaints).to.deep.equal([]);
    await using client = await connect(clientsOf(cluster));
    const { entries } = await client.list('client/');
    const last = new Map(writers.acknowledged.map(({ key, value }) => [key, value]));
    expect(new Map(entries.map(({ key, value }) => [key, value]))).to.deep.equal(last);
  });

  it('by hand: move-leader goes to the server that is named', async () => {
    const at = ['--endpoints', clientsOf(cluster).join(',')];
    const { id, term } = cluster.leader;
    const target = [...cluster.members.keys()].find((other) => other !== id)!;

    expect(await statecraft('move-leader', target, ...at)).to.include({ code: 0, err: '' });

    await eventually('it leads', deadlineMs, () => cluster.leader.id === target);
    expect(cluster.leader.term).to.equal(term + 1);
    expect(await statecraft('move-leader', 'n9', ...at)).to.include({ code: 4 });
  });
});
