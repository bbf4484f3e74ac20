/**
 * Bugs of doubt: a server that may have forgotten what it acknowledged (docs/glossary.md#doubtful).
 */
import type { Mutant } from '../mutant.ts';

export const trust: readonly Mutant[] = [
  {
    name: 'S40',
    title: 'a doubtful server gives its vote',
    source: 'Protocol-Aware Recovery (FAST 2018): amnesia in an election',
    edits: [
      {
        file: 'machines/roles/voting.ts',
        find: "{ guard: 'isDoubtful', actions: refuseVote },",
        replace: '',
      },
    ],
    expects: ['I12'],
  },
  {
    name: 'S41',
    title: 'a doubtful server campaigns',
    source: 'Protocol-Aware Recovery (FAST 2018): amnesia in an election',
    edits: [
      {
        file: 'machines/roles/voting.ts',
        find: "{ guard: 'isDoubtful', target: '#server.role.follower', reenter: true },",
        replace: '',
      },
    ],
    expects: ['I12'],
  },
  {
    name: 'S42',
    title: 'doubt ends when a leader is heard, matched or not',
    source: 'VSR recovering_head: how much must be had back',
    edits: [
      {
        file: 'machines/roles/trusting.ts',
        find: 'Math.min(context.verifiedIndex, context.durableIndex) >= context.leaderLast;',
        replace: 'context.leaderLast >= 0;',
      },
    ],
    expects: ['I18', 'I4', 'I12'],
  },
  {
    name: 'S43',
    title: 'doubt ends for entries that were received and are not yet on disk',
    source: 'VSR recovering_head: had back is not yet kept',
    edits: [
      {
        file: 'machines/roles/trusting.ts',
        find: 'Math.min(context.verifiedIndex, context.durableIndex) >= context.leaderLast;',
        replace: 'context.verifiedIndex >= context.leaderLast;',
      },
    ],
    expects: ['I18', 'I4'],
  },
];
