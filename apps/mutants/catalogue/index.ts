/**
 * Every mutant, and the canary.
 */
import type { Mutant } from '../mutant.ts';
import { clients } from './clients.ts';
import { durability } from './durability.ts';
import { elections } from './elections.ts';
import { limits } from './limits.ts';
import { leases } from './leases.ts';
import { membership } from './membership.ts';
import { promotions } from './promotions.ts';
import { replication } from './replication.ts';
import { snapshots } from './snapshots.ts';
import { time } from './time.ts';
import { trust } from './trust.ts';

export const mutants: readonly Mutant[] = [
  ...elections,
  ...replication,
  ...durability,
  ...clients,
  ...leases,
  ...limits,
  ...membership,
  ...promotions,
  ...snapshots,
  ...time,
  ...trust,
];

/** So gross that any seed shows it. When it survives, it is the pipeline that is broken. */
export const canary: Mutant = {
  name: 'canary',
  title: 'a leader commits what only itself has, and not even on disk',
  source: 'the proof that the pipeline reports',
  edits: [
    {
      file: 'machines/rules/commitment.ts',
      find: 'const counted = quorumValue(configurationOf(view.log), (voter) => view.matchIndex(voter));',
      replace: 'const counted = quorumValue(configurationOf(view.log), () => view.log.lastIndex);',
    },
  ],
  expects: ['I17'],
};
