/**
 * `npm run bench:failover`: how long clients that wait for a write wait on when the leader is killed
 * (`kill -9`), or with `--pause` stopped (SIGSTOP), until the first of them is acknowledged.
 *
 * Each time the old leader comes back and catches up before the next one goes. Default timeouts.
 */
import { parseArgs } from 'node:util';
import { connect } from '../../actors/client.ts';
import { bench, caughtUp, commonOptions, delay, Durations, until } from './bench.ts';
import { Writers } from './writers.ts';

/** What the old leader answered arrives within so many milliseconds; only what comes later counts. */
const settleMs = 10;
/** Between one failover and the next, in milliseconds: back-offs have been forgotten. */
const calmMs = 500;
const clientDeadlineMs = 5_000;
const electionDeadlineMs = 30_000;

const { values } = parseArgs({
  options: {
    ...commonOptions,
    kills: { type: 'string', default: '100' },
    clients: { type: 'string', default: '32' },
    pause: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const clients = Number(values.clients);

let ledMs = 0;
const onLeader = (): void => {
  ledMs = performance.now();
};

await bench(values, { onLeader }, async (cluster, endpoints) => {
  const first = new Durations();
  const all = new Durations();
  const elected = new Durations();
  const operator = await connect(endpoints);
  const writers = await Writers.start(endpoints, clients, clientDeadlineMs);

  for (let kill = 0; kill < kills; kill += 1) {
    await delay(calmMs);
    const { id, term } = cluster.leader;
    const victim = cluster.members.get(id);
    if (victim === undefined) throw new Error(`Nobody is ${id}.`);
    const atMs = performance.now();
    victim.kill(values.pause ? 'SIGSTOP' : 'SIGKILL');
    await delay(settleMs);
    const next = writers.next();
    first.add((await next.first) - atMs);
    await until('another leader', electionDeadlineMs, () => cluster.leader.term > term || null);
    elected.add(ledMs - atMs);
    all.add((await next.all) - atMs);

    if (values.pause) victim.kill('SIGCONT');
    else {
      await victim.died;
      cluster.restart(id);
    }
    const own = victim.options.client;
    await caughtUp(
      operator,
      own,
      endpoints.filter((endpoint) => endpoint !== own),
    );
  }

  const { acknowledged, failed, unknown } = writers;
  operator.stop();
  const lost = await writers.stop();
  return {
    [values.pause ? 'pauses' : 'kills']: kills,
    ...first.row('firstWrite'),
    ...all.row('allClients'),
    ...elected.row('leader'),
    ...{ acknowledged, failed, unknown, lost, clients },
  };
});
