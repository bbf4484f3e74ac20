/**
 * Partitions worth a button: each names what a reader of the paper would want to see tried, relative to the
 * server that leads now. Who is named on no side hears nobody and is heard by nobody. What a majority is is
 * a matter of the voters; learners are on the side that does not have the leader.
 */
import type { Faults } from './faults.ts';

type Cuts = Pick<Faults, 'partition' | 'setCut' | 'setOneWay'>;

export interface Partition {
  readonly name: string;
  /** `voters` are some of `ids`, or all. */
  apply(faults: Cuts, ids: readonly string[], leader: string, voters: readonly string[]): void;
}

export const partitions: readonly Partition[] = [
  {
    name: 'Isolate the leader',
    apply: (faults, ids, leader) =>
      faults.partition(ids, [ids.filter((id) => id !== leader), [leader]]),
  },
  {
    name: 'Leader in the minority',
    apply(faults, ids, leader, voters) {
      const others = voters.filter((id) => id !== leader);
      const size = Math.max(1, Math.floor((voters.length - 1) / 2));
      const minority = [leader, ...others.slice(0, size - 1)];
      faults.partition(ids, [minority, ids.filter((id) => !minority.includes(id))]);
    },
  },
  {
    name: 'Leader in the majority',
    apply(faults, ids, leader, voters) {
      const others = voters.filter((id) => id !== leader);
      const majority = [leader, ...others.slice(0, Math.floor(voters.length / 2))];
      faults.partition(ids, [majority, ids.filter((id) => !majority.includes(id))]);
    },
  },
  {
    name: 'Leader hears nobody',
    apply(faults, ids, leader) {
      faults.partition(ids, [ids]);
      for (const id of ids) if (id !== leader) faults.setOneWay(id, leader, true);
    },
  },
  {
    name: 'Nobody hears the leader',
    apply(faults, ids, leader) {
      faults.partition(ids, [ids]);
      for (const id of ids) if (id !== leader) faults.setOneWay(leader, id, true);
    },
  },
  {
    name: 'One follower is the only bridge',
    apply(faults, ids, leader, voters) {
      faults.partition(ids, [ids]);
      const bridge = voters.find((id) => id !== leader);
      const cut = ids.filter((id) => id !== leader && id !== bridge);
      for (const id of cut) faults.setCut(leader, id, true);
    },
  },
  { name: 'Whole again', apply: (faults, ids) => faults.partition(ids, [ids]) },
];
