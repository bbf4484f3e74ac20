/**
 * Servers come and go under load, as real processes (§6): one joins, the leader is killed while others
 * join, the leader is removed, a killed server is replaced, and one hears of its removal when it is
 * back. What was acknowledged stays, and the logs of those that are left agree.
 */
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, type Client } from '../../actors/client.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { lastIndexOf, sliceLines } from '../../storage/lines.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { Writers } from './clients.ts';
import {
  begin,
  clientsOf,
  eventually,
  folderForTest,
  isListening,
  launch,
  statecraft,
  type Running,
} from './processes.ts';
import { readWholeLog } from './read-log.ts';

const clientCount = 5;
/** Writes acknowledged before and after each change. */
const writesBetween = 50;
const deadlineMs = 30_000;
const removedExitCode = 4;

describe('e2e: members come and go', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;
  let writers: Writers;
  let client: Client;
  /** Servers that joined, with where clients and peers reach them. */
  const joined = new Map<string, { process: Running; client: string; peer: string }>();

  before(async function () {
    this.timeout(buildDeadlineMs + 60_000);
    await ensureBuilt();
    folder = await folderForTest();
    cluster = await launch({ nodes: 3, dataDir: folder.path });
    writers = new Writers(clientsOf(cluster), clientCount);
    client = await connect(clientsOf(cluster), { timeoutMs: deadlineMs });
  });

  after(async () => {
    client.stop();
    await writers.stop();
    await cluster.stop();
    for (const { process } of joined.values()) process.child.kill('SIGKILL');
    await Promise.all([...joined.values()].map(({ process }) => process.exited));
    await folder.remove();
  });

  const everyone = (): string =>
    [...clientsOf(cluster), ...[...joined.values()].map((each) => each.client)].join(',');

  async function moreWrites(): Promise<void> {
    const enough = writers.acknowledged.length + writesBetween;
    await eventually('more writes', deadlineMs, () => writers.acknowledged.length >= enough);
  }

  async function addresses(): Promise<{ peer: string; client: string }> {
    const [peer, own] = await anyFreePorts(2);
    return { peer: `127.0.0.1:${peer}`, client: `127.0.0.1:${own}` };
  }

  /** `start --join`, with a directory of its own. */
  function startJoining(
    id: string,
    at: { peer: string; client: string },
    to: string = everyone(),
  ): void {
    const words = ['--id', id, '--cluster', 'e2e', '--data-dir', join(folder.path, id)];
    const where = ['--peers', `${id}=${at.peer}`, '--client', at.client];
    const process = begin(['start', ...words, ...where, '--join', to]);
    joined.set(id, { process, ...at });
  }

  const votes = (id: string): Promise<true> =>
    eventually(`${id} votes`, deadlineMs, async () => {
      const { voters, committed } = await client.members();
      return id in voters && committed;
    });

  /** Who leads now, by the cluster's own word. */
  async function leader(): Promise<string> {
    return eventually('a leader', deadlineMs, async () => (await client.members()).leader);
  }

  /** Who leads, one of the first three: leadership is moved there if need be. */
  async function oldLeader(): Promise<string> {
    const { leader: id, removed } = await client.members();
    if (id !== null && cluster.members.has(id)) return id;
    const target = [...cluster.members.keys()].find((each) => !removed.includes(each))!;
    return client.moveLeader(target);
  }

  it('start --join: a fourth server catches up, votes, and serves linearizable reads', async () => {
    await moreWrites();
    const at = await addresses();
    startJoining('n4', at);
    await votes('n4');

    await client.put('after', 'n4 joined');
    const read = await statecraft('get', 'after', '--endpoints', at.client);
    expect(read).to.deep.equal({ code: 0, out: 'n4 joined\n', err: '' });
    await moreWrites();
  });

  it('the leader dies while a server is added: the change is made by the next one', async () => {
    const at = await addresses();
    // It does not run yet, so it is a learner for as long as the leader waits for it.
    const added = client.memberAdd('n5', at.peer, { timeoutMs: 90_000 });
    await eventually('n5 is a learner', deadlineMs, async () => {
      return 'n5' in (await client.members()).learners;
    });
    const dead = cluster.members.get(await oldLeader())!;
    dead.kill('SIGKILL');
    await dead.died;
    startJoining('n5', at);

    expect((await added).voters).to.have.property('n5', at.peer);
    cluster.restart(dead.options.id);
    await moreWrites();
  });

  it('leader and asker die while a server that was added is suspended: it votes all the same', async () => {
    const at = await addresses();
    // It finds nobody to ask, so that nobody but the log knows that it is to vote.
    startJoining('n7', at, '127.0.0.1:1');
    const { child } = joined.get('n7')!.process;
    await eventually('n7 listens', deadlineMs, () => isListening(at.peer));
    child.kill('SIGSTOP');
    const asker = begin(['member', 'add', 'n7', at.peer, '--endpoints', everyone()]);
    await eventually('n7 is to vote', deadlineMs, async () => {
      const { next, committed } = await client.members();
      return committed && next?.voters.includes('n7') === true;
    });
    asker.child.kill('SIGKILL');
    const dead = cluster.members.get(await oldLeader())!;
    dead.kill('SIGKILL');
    await Promise.all([asker.exited, dead.died]);
    child.kill('SIGCONT');

    await votes('n7');
    cluster.restart(dead.options.id);
    await moreWrites();
  });

  it('the leader is removed: another leads, and its process ends and says why', async () => {
    const id = await oldLeader();
    const gone = await statecraft('member', 'remove', id, '--endpoints', everyone());
    expect(gone).to.include({ code: 0, err: '' });

    const { code, failed, stderr } = await cluster.members.get(id)!.died;
    expect(code, stderr).to.equal(removedExitCode);
    expect(failed?.code).to.equal('ERR_REMOVED');
    expect(await leader()).not.to.equal(id);
    await moreWrites();
  });

  it('a killed server is replaced, and hears of it when it comes back', async () => {
    const id = (await client.members()).removed.includes('n2') ? 'n3' : 'n2';
    const dead = cluster.members.get(id)!;
    dead.kill('SIGKILL');
    await dead.died;
    const at = await addresses();
    startJoining('n6', at);
    await votes('n6');
    const replaced = await statecraft(
      'member',
      'replace',
      id,
      'n6',
      at.peer,
      '--endpoints',
      everyone(),
    );
    expect(replaced).to.include({ code: 0, err: '' });
    await moreWrites();

    cluster.restart(id);
    const { code, failed, stderr } = await cluster.members.get(id)!.died;
    expect(code, stderr).to.equal(removedExitCode);
    expect(failed?.message).to.include(`${id} was removed from the cluster`);
    await moreWrites();
  });

  it('every acknowledged write is there, and the logs of those that are left agree', async () => {
    await writers.stop();
    expect(writers.complaints).to.deep.equal([]);
    const { entries } = await client.list('client/');
    const last = new Map(writers.acknowledged.map(({ key, value }) => [key, value]));
    expect(new Map(entries.map(({ key, value }) => [key, value]))).to.deep.equal(last);

    const { voters, outgoing, learners, removed } = await client.members();
    expect({ outgoing, learners }).to.deep.equal({ outgoing: {}, learners: {} });
    expect(removed).to.have.length(2);
    const left = Object.keys(voters);
    expect(left).to.have.length(5);
    expect([...left, ...removed].sort()).to.deep.equal(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']);
    const listed = await statecraft('member', 'list', '--endpoints', everyone());
    for (const id of left) expect(listed.out).to.match(new RegExp(`^${id} .*voter`, 'm'));

    const commitIndex = await eventually('servers in step', deadlineMs, async () => {
      const at = left.map(
        (id) => joined.get(id)?.client ?? cluster.members.get(id)!.options.client,
      );
      const all = await Promise.all(at.map((each) => client.status(each)));
      const applied = all.map((each) => (each as { appliedIndex: number }).appliedIndex);
      return new Set(applied).size === 1 && (applied[0] ?? null);
    });
    await cluster.stop();
    for (const { process } of joined.values()) process.child.kill('SIGTERM');
    const ends = await Promise.all([...joined.values()].map(({ process }) => process.exited));
    expect(ends.map(({ code }) => code)).to.deep.equal([0, 0, 0, 0]);
    const logs = await Promise.all(
      left.map((id) => readWholeLog(join(folder.path, id), 'e2e', id)),
    );
    expect(logs.map((lines) => lastIndexOf(lines) >= commitIndex)).to.deep.equal(
      left.map(() => true),
    );
    const bytes = logs.map((lines) => sliceLines(lines, 1, commitIndex).bytes);
    for (const each of bytes) expect(Buffer.compare(each, bytes[0]!)).to.equal(0);
  });
});
