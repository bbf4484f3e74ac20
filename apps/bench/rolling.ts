/**
 * `npm run bench:rolling`: what a rolling restart of three servers costs clients that write: each is
 * stopped in order (SIGTERM), started, and has caught up before the next.
 *
 * Per restart the longest time in which no write was acknowledged counts, from the signal until the
 * server has caught up.
 */
import { parseArgs } from 'node:util';
import { connect } from '../../actors/client.ts';
import { bench, caughtUp, commonOptions, delay, Durations } from './bench.ts';
import { Writers } from './writers.ts';

/** Between one restart and the next, in milliseconds. */
const calmMs = 500;
const clientDeadlineMs = 5_000;

const { values } = parseArgs({
  options: {
    ...commonOptions,
    rounds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '32' },
  },
});
const rounds = Number(values.rounds);
const clients = Number(values.clients);

await bench(values, {}, async (cluster, endpoints) => {
  const ofLeaders = new Durations();
  const ofFollowers = new Durations();
  const operator = await connect(endpoints);
  const writers = await Writers.start(endpoints, clients, clientDeadlineMs);

  for (let round = 0; round < rounds; round += 1) {
    for (const id of [...cluster.members.keys()]) {
      await delay(calmMs);
      const led = cluster.leader.id === id;
      writers.takeLongestPause();
      const member = cluster.members.get(id);
      if (member === undefined) throw new Error(`Nobody is ${id}.`);
      await member.stop();
      cluster.restart(id);
      const own = member.options.client;
      await caughtUp(
        operator,
        own,
        endpoints.filter((endpoint) => endpoint !== own),
      );
      (led ? ofLeaders : ofFollowers).add(writers.takeLongestPause());
    }
  }

  const { acknowledged, failed, unknown } = writers;
  operator.stop();
  const lost = await writers.stop();
  return {
    rounds,
    ...ofLeaders.row('leaderPause'),
    ...ofFollowers.row('followerPause'),
    ...{ acknowledged, failed, unknown, lost, clients },
  };
});
