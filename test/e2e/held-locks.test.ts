/** Locks between real processes: a holder that is killed, and a leader that is killed under a holder. */
import { expect } from 'chai';
import { connect, type Client } from '../../actors/client.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { begin, clientsOf, eventually, folderForTest, launch, type Running } from './processes.ts';

const ttlMs = 2_000;
const deadlineMs = 20_000;

describe('e2e: locks', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;
  let client: Client;
  const begun: Running[] = [];

  before(async function () {
    this.timeout(buildDeadlineMs + 60_000);
    await ensureBuilt();
    folder = await folderForTest();
    cluster = await launch({ nodes: 3, dataDir: folder.path });
    client = await connect(clientsOf(cluster), { timeoutMs: deadlineMs });
  });

  after(async () => {
    client.stop();
    for (const { child } of begun) child.kill('SIGKILL');
    await cluster.stop();
    await folder.remove();
  });

  function holder(): Running {
    const words = ['lock', 'job', '--ttl', `${ttlMs}ms`, '-o', 'json'];
    const running = begin([...words, '--endpoints', clientsOf(cluster).join()]);
    begun.push(running);
    return running;
  }

  function tokenOf({ written }: Running): number | null {
    const [line, rest] = written.out.split('\n');
    return rest === undefined ? null : (JSON.parse(line!) as { token: number }).token;
  }

  it('the next one has it when its holder was killed, no earlier than its ttl, with a larger token', async () => {
    const first = holder();
    const token = await eventually('the first one holds it', deadlineMs, () => tokenOf(first));
    const second = holder();
    await eventually('the second one waits', deadlineMs, async () => {
      return (await client.get('lock/job')) !== null && second.written.err === '';
    });

    first.child.kill('SIGKILL');
    await first.exited;
    const next = await eventually('the second one has it', deadlineMs, () => tokenOf(second));
    expect(next).to.be.above(token);
    expect((await client.get('lock/job'))?.revision).to.equal(next);
  });

  it('its holder keeps it when the leader is killed', async () => {
    const { revision } = (await client.get('lock/job'))!;
    const { id, term } = cluster.leader;
    cluster.end(id, 'SIGKILL');
    await eventually('another one leads', deadlineMs, () => cluster.leader.term > term);
    const from = performance.now();
    await eventually('more time has passed than the lock has', deadlineMs, async () => {
      expect((await client.get('lock/job'))?.revision).to.equal(revision);
      return performance.now() > from + 2 * ttlMs;
    });
    expect(begun.at(-1)?.written.err).to.equal('');
  });

  it('its holder gives it up at SIGTERM, before it ends', async () => {
    const holds = begun.at(-1)!;
    holds.child.kill('SIGTERM');
    expect((await holds.exited).code).to.equal(143);
    expect(await client.get('lock/job')).to.equal(null);
  });
});
