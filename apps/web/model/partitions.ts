/**
 * Partitions worth a button: each names what a reader of the paper would want to see tried, relative to the
 * server that leads now. Who is named on no side hears nobody and is heard by nobody.
 */
import type { Faults } from './faults.ts';

export interface Partition {
  readonly name: string;
  apply(faults: Faults, ids: readonly string[], leader: string): void;
}

export const partitions: readonly Partition[] = [
  {
    name: 'Isolate the leader',
    apply: (faults, ids, leader) =>
      faults.partition(ids, [ids.filter((id) => id !== leader), [leader]]),
  },
  {
    name: 'Leader in the minority',
    apply(faults, ids, leader) {
      const others = ids.filter((id) => id !== leader);
      const minority = [leader, ...others.slice(0, Math.floor((ids.length - 1) / 2) - 1)];
      faults.partition(ids, [minority, ids.filter((id) => !minority.includes(id))]);
    },
  },
  {
    name: 'Leader in the majority',
    apply(faults, ids, leader) {
      const others = ids.filter((id) => id !== leader);
      const majority = [leader, ...others.slice(0, Math.floor(ids.length / 2))];
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
    apply(faults, ids, leader) {
      faults.partition(ids, [ids]);
      const [, ...cut] = ids.filter((id) => id !== leader);
      for (const id of cut) faults.setCut(leader, id, true);
    },
  },
  { name: 'Whole again', apply: (faults, ids) => faults.partition(ids, [ids]) },
];
