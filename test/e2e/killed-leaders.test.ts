/**
 * The promises that matter most, with real processes, disks and sockets: twenty clients work while
 * the leader is killed with `kill -9` and started again, ten times over.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { formatHistory } from '../../simulation/simulate.ts';
import { lastIndexOf, sliceLines } from '../../storage/lines.ts';
import type { Lines } from '../../storage/store.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { Writers } from './clients.ts';
import { clientsOf, eventually, folderForTest, launch, statecraft } from './processes.ts';
import { putsOf, readWholeLog, type LoggedPut } from './read-log.ts';

const kills = 10;
const clientCount = 20;
/** Writes acknowledged between two kills. */
const writesPerKill = 200;
/** For an election, and for the writes between two kills, in milliseconds. */
const deadlineMs = 20_000;

describe('e2e: the leader is killed ten times', function () {
  this.timeout(180_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let cluster: Cluster;
  let writers: Writers;
  /** Servers that ended without being killed. */
  const deaths: string[] = [];
  /** Values and revisions by key, as the cluster told them in the end. */
  const told = new Map<string, { value: unknown; revision: number }>();
  /** What all servers had applied when they were stopped. */
  let commitIndex = 0;
  /** Logs by server, read from the directories. */
  const logs = new Map<string, Lines>();
  let puts: LoggedPut[] = [];

  before(async function () {
    this.timeout(buildDeadlineMs + 180_000);
    await ensureBuilt();
    folder = await folderForTest();
    cluster = await launch({
      nodes: 3,
      dataDir: folder.path,
      onDeath({ options }, { signal, code, stderr }) {
        if (signal !== 'SIGKILL') deaths.push(`${options.id} ended with ${code}: ${stderr}`);
      },
    });
    try {
      writers = new Writers(clientsOf(cluster), clientCount);
      for (let kill = 1; kill <= kills; kill++) {
        await moreWrites();
        await killLeader();
      }
      await moreWrites();
      await writers.stop();
      await readBack();
    } finally {
      await cluster.stop();
    }
    for (const { options } of cluster.members.values()) {
      logs.set(options.id, await readWholeLog(options.dataDir, options.cluster, options.id));
    }
    puts = putsOf(logs.get('n1')!);
    const counts = `${writers.acknowledged.length} writes, ${writers.reads} reads`;
    console.log(`      ${counts}, ${commitIndex} entries, ${puts.length - first().size} retries`);
  });

  after(() => folder.remove());

  async function moreWrites(): Promise<void> {
    const enough = writers.acknowledged.length + writesPerKill;
    await eventually(
      'acknowledged writes',
      deadlineMs,
      () => writers.acknowledged.length >= enough,
    );
  }

  async function killLeader(): Promise<void> {
    const { id, term } = cluster.leader;
    const victim = cluster.members.get(id)!;
    victim.kill('SIGKILL');
    await victim.died;
    cluster.restart(id);
    await eventually('another leader', deadlineMs, () => cluster.leader.term > term);
  }

  /** Reads every key, then waits until all servers have applied the same, the last entry. */
  async function readBack(): Promise<void> {
    await using client = await connect(clientsOf(cluster));
    for (const { key, value, revision } of (await client.list('client/')).entries) {
      told.set(key, { value, revision });
    }
    commitIndex = await eventually('servers in step', deadlineMs, async () => {
      // One that was just started again may not listen yet.
      const asked = clientsOf(cluster).map((each) => client.status(each).catch(() => null));
      const statuses = (await Promise.all(asked)) as unknown as (Record<string, number> | null)[];
      if (deaths.length > 0) throw new Error(deaths.join('\n'));
      if (statuses.includes(null)) return null;
      const positions = statuses.flatMap((status) => [
        status?.['lastIndex'] ?? 0,
        status?.['appliedIndex'] ?? 0,
      ]);
      return new Set(positions).size === 1 && (positions[0] ?? null);
    });
  }

  /** By command, where it is first in the log: only there it may have an effect. */
  function first(): Map<string, LoggedPut> {
    const found = new Map<string, LoggedPut>();
    for (const put of puts) if (!found.has(put.command)) found.set(put.command, put);
    return found;
  }

  it('no server ended but by the kills', () => {
    expect(deaths).to.deep.equal([]);
  });

  it('no client saw an error, an unknown outcome, or a read that went backwards', () => {
    expect(writers.complaints).to.deep.equal([]);
    expect(writers.reads).to.be.greaterThan(kills * writesPerKill);
  });

  it('an order explains everything that clients were told: the history is linearizable', async () => {
    const file = join(folder.path, 'history.jsonl');
    const history = writers.recorder.history();
    expect(history.length).to.be.greaterThan(writers.acknowledged.length);
    await writeFile(file, formatHistory(history));
    const { code, out, err } = await statecraft('check-history', file);
    expect({ code, err }, out).to.deep.equal({ code: 0, err: '' });
  });

  it('every acknowledged write is in the log, where its acknowledgement said', () => {
    const byIndex = new Map(puts.map((put) => [put.index, put]));
    const lost = writers.acknowledged.filter(({ key, value, revision }) => {
      const put = byIndex.get(revision);
      return put?.key !== key || put.value !== value;
    });
    expect(lost).to.deep.equal([]);
  });

  it('no write was applied twice: a retry in the log is the same command, and had no effect', () => {
    const effects = [...first().values()];
    const values = effects.map(({ key, value }) => `${key}=${value}`);
    expect(new Set(values).size, 'values in more than one command').to.equal(values.length);
    // The effect of a put is its revision: the one acknowledged, and in the end the last one's.
    const at = new Map(effects.map((put) => [`${put.key}=${put.value}`, put.index]));
    for (const { key, value, revision } of writers.acknowledged) {
      expect(at.get(`${key}=${value}`), `${key}=${value}`).to.equal(revision);
    }
    const last = new Map(effects.map(({ key, value, index }) => [key, { value, revision: index }]));
    expect(told).to.deep.equal(last);
    expect(told.size).to.equal(clientCount);
  });

  it('the three logs are equal, byte for byte, through the commit index', () => {
    const bytes = [...logs.values()].map((lines) => sliceLines(lines, 1, commitIndex).bytes);
    expect(commitIndex).to.be.greaterThan(writers.acknowledged.length);
    expect([...logs.values()].map(lastIndexOf)).to.deep.equal(bytes.map(() => commitIndex));
    for (const each of bytes) expect(Buffer.compare(each, bytes[0]!)).to.equal(0);
  });
});
