/**
 * Servers that need what no log has any more (§7): real processes and disks, `kill -9` of those that
 * are given a snapshot and of the one that gives it.
 */
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, type Client } from '../../actors/client.ts';
import type { NodeStatus } from '../../actors/node/status.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { begin, clientsOf, eventually, folderForTest, launch, type Running } from './processes.ts';
import { readState } from './read-state.ts';

const writes = 30_000;
/** Keys of the state, which each has a value of so many bytes. */
const keys = 20_000;
const valueBytes = 1_024;
/** Of writes under way at once. */
const pipeline = 200;
/** Of a server while it is given a snapshot. */
const kills = 4;
const waitMs = 120_000;

const flags = ['--snapshot-entries', '5000', '--retained-entries', '500'];

describe('e2e: snapshots', function () {
  this.timeout(600_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;
  let db: Client;
  let joined: (Running & { readonly client: string }) | null = null;
  /** What was acknowledged last, by key. */
  const told = new Map<string, number>();
  let written = 0;

  before(async function () {
    this.timeout(buildDeadlineMs);
    await ensureBuilt();
    folder = await folderForTest();
    cluster = await launch({ nodes: 3, dataDir: folder.path, flags });
    db = await connect(clientsOf(cluster), { timeoutMs: waitMs });
  });

  after(async () => {
    db.stop();
    joined?.child.kill('SIGKILL');
    await cluster.stop();
    await folder.remove();
  });

  async function write(count: number): Promise<void> {
    for (const end = written + count; written < end;) {
      const batch = Array.from({ length: Math.min(pipeline, end - written) }, () => written++);
      await Promise.all(
        batch.map(async (n) => {
          await db.put(`k${n % keys}`, `${n}:`.padEnd(valueBytes, 'x'));
          told.set(`k${n % keys}`, n);
        }),
      );
    }
  }

  /** null: it does not answer. */
  async function statusOf(client: string): Promise<NodeStatus | null> {
    const status = await db.status(client, { timeoutMs: 1_000 }).catch(() => null);
    return status as unknown as NodeStatus | null;
  }

  const clientOf = (id: string): string => cluster.members.get(id)?.options.client ?? '';
  const leader = async (): Promise<NodeStatus | null> => statusOf(clientOf(cluster.leader.id));

  async function kill(id: string): Promise<void> {
    const member = cluster.members.get(id)!;
    member.kill('SIGKILL');
    await member.died;
  }

  /** Writes until no log reaches back to `index`: whoever ends there needs a snapshot. */
  async function leaveBehind(index: number): Promise<void> {
    await eventually('the log lets go of the server that is away', waitMs, async () => {
      await write(pipeline);
      const status = await leader();
      return status !== null && status.firstIndex > index + 1;
    });
  }

  const isReceiving = (status: NodeStatus | null): boolean =>
    status?.state.includes('install.receiving') === true;

  async function caughtUp(client: string): Promise<NodeStatus> {
    return eventually('it has all that the leader has', waitMs, async () => {
      const [own, its] = [await leader(), await statusOf(client)];
      return own !== null && its !== null && its.appliedIndex >= own.commitIndex && its;
    });
  }

  it('a server that was away for 30,000 writes is given a snapshot, and what came later', async () => {
    const away = [...cluster.members.keys()].find((id) => id !== cluster.leader.id)!;
    await write(pipeline);
    const { lastIndex } = (await statusOf(clientOf(away)))!;
    await kill(away);
    await write(writes);
    await leaveBehind(lastIndex);

    cluster.restart(away);
    const { snapshotIndex, firstIndex } = await caughtUp(clientOf(away));

    expect(firstIndex, 'its own log ended far before').to.be.above(lastIndex + 1);
    expect(snapshotIndex).to.be.above(lastIndex + writes / 2);
  });

  it('killed in the middle of that again and again, and its leader, too, it still gets there', async () => {
    const away = [...cluster.members.keys()].find((id) => id !== cluster.leader.id)!;
    const { lastIndex } = (await statusOf(clientOf(away)))!;
    await kill(away);
    await leaveBehind(lastIndex);

    for (let killed = 0; killed < kills; killed += 1) {
      cluster.restart(away);
      await eventually('it receives', waitMs, async () =>
        isReceiving(await statusOf(clientOf(away))),
      );
      await kill(away);
    }
    cluster.restart(away);
    await eventually('it receives', waitMs, async () =>
      isReceiving(await statusOf(clientOf(away))),
    );
    const { id, term } = cluster.leader;
    await kill(id);
    await eventually('another leads', waitMs, () => cluster.leader.term > term);
    const { firstIndex } = await caughtUp(clientOf(away));
    cluster.restart(id);
    await caughtUp(clientOf(id));

    expect(firstIndex).to.be.above(lastIndex + 1);
  });

  it('a server that joins with an empty directory begins with a snapshot', async () => {
    const [client = '', peer] = (await anyFreePorts(2)).map((port) => `127.0.0.1:${port}`);
    const running = begin([
      ...['start', '--id', 'n4', '--cluster', 'e2e', '--data-dir', join(folder.path, 'n4')],
      ...['--client', client, '--peers', `n4=${peer}`, '--join', clientsOf(cluster).join()],
      ...['--log-level', 'warn', ...flags],
    ]);
    joined = { ...running, client };
    const { firstIndex, snapshotIndex } = await eventually('it votes', waitMs, async () => {
      await write(1);
      const { voters, committed } = await db.members();
      return 'n4' in voters && committed && caughtUp(client);
    });

    expect(firstIndex).to.be.above(1);
    expect(snapshotIndex).to.be.above(keys);
  });

  it('nothing that was acknowledged is lost', async () => {
    const found = new Map<string, number>();
    for (let start = 'k'; ;) {
      const { entries, next } = await db.list('k', { start });
      for (const { key, value } of entries) found.set(key, parseInt(value as string, 10));
      if (next === null) break;
      start = next;
    }
    expect(found.size).to.equal(keys);
    expect(found).to.deep.equal(told);
  });

  it('all four have applied the same, to the last bit', async () => {
    const addresses = [...clientsOf(cluster), joined?.client ?? ''];
    const { commitIndex } = (await leader())!;
    await eventually('all are as far', waitMs, async () => {
      const all = await Promise.all(addresses.map(statusOf));
      return all.every((status) => (status?.durableIndex ?? 0) >= commitIndex);
    });
    for (const id of cluster.members.keys()) await kill(id);
    joined?.child.kill('SIGKILL');
    await joined?.exited;

    const ids = ['n1', 'n2', 'n3', 'n4'];
    const states = [];
    for (const id of ids) {
      states.push(await readState(join(folder.path, id), 'e2e', id, commitIndex));
    }
    expect(states.map(({ snapshotIndex }) => snapshotIndex > keys)).to.deep.equal(
      ids.map(() => true),
    );
    expect(new Set(states.map(({ hash }) => hash)).size, JSON.stringify(states)).to.equal(1);
  });
});
