/**
 * Promise 1: an acknowledged write is on the disks of a majority before the acknowledgement leaves.
 *
 * Three replicas, a network and disks that take their time in a random, seeded order. Whenever a
 * client is answered, the disks are looked at. The same check is shown a store that lies.
 */
import { expect } from 'chai';
import type { Message } from '../../machines/messages.ts';
import { randomFrom } from '../../simulation/random.ts';
import type { Store } from '../../storage/store.ts';
import { HeldReplica, methodsOf } from '../support/held-replica.ts';

const voters = ['a', 'b', 'c'];
const steps = 1_500;

interface Outcome {
  /** Clients that were told that their command is applied. */
  readonly acknowledged: number;
  /** An acknowledgement left while only so many disks held its entry. */
  readonly tooEarly: readonly string[];
}

/** Calls back at once, durably or not: not. */
const lying = (store: Store): Store => ({ ...methodsOf(store), sync: (_, done) => done(null) });

/** Runs a cluster for a while, in an order that `seed` chooses. */
function run(seed: number, wrap: (store: Store) => Store): Outcome {
  const random = randomFrom(seed);
  const servers = voters.map(
    (id) => new HeldReplica({ id, voters, wrap, random: () => random.next() }),
  );
  for (const server of servers) server.start();
  const network: Message[] = [];
  const tooEarly: string[] = [];
  let acknowledged = 0;

  const submit = (to: HeldReplica, id: number) => {
    to.replica.submit({ id, op: 'open' }, (answer) => {
      if (!answer.ok || !('session' in answer)) return;
      acknowledged += 1;
      const index = answer.session; // A session's number is the index of its entry.
      const holding = servers.filter(({ disk }) => disk.durableLastIndex >= index);
      if (2 * holding.length <= voters.length) {
        tooEarly.push(`entry ${index} is on ${holding.length} disks`);
      }
    });
  };

  for (let step = 0; step < steps; step += 1) {
    const server = random.pick(servers);
    const action = random.int(0, 9);
    if (action < 5) {
      const [message] = network.splice(random.int(0, network.length), 1);
      if (message !== undefined) servers[voters.indexOf(message.to)]!.receive(message);
    } else if (action === 5) server.sync();
    else if (action < 8) server.turn();
    else if (action === 8) for (const each of servers) each.pass(random.next() * 20);
    else for (const each of servers.filter(({ role }) => role === 'leader')) submit(each, step);
    for (const each of servers) network.push(...each.take());
  }
  return { acknowledged, tooEarly };
}

describe('acknowledgements', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

  for (const seed of seeds) {
    it(`leave only once a majority of disks holds the entry (seed ${seed})`, () => {
      const { acknowledged, tooEarly } = run(seed, (store) => store);
      expect(acknowledged).to.be.above(3);
      expect(tooEarly).to.deep.equal([]);
    });
  }

  it('leave too early when a sync calls back before it is durable: the check can fail', () => {
    const early = seeds.flatMap((seed) => run(seed, lying).tooEarly);
    expect(early.length).to.be.above(seeds.length);
  });
});
