/**
 * The worlds that a server is led through: each small enough to be walked whole, together enough to
 * bring every chart everywhere. What they are about is their title.
 */
import { configurationOf } from '../../machines/log.ts';
import type { Bounds } from './server-events.ts';
import { keyOf, type Setting, type World } from './server-world.ts';

export interface Walk extends Setting, Bounds {
  readonly title: string;
  /**
   * Tells states apart by what is active alone: few paths, which may miss what only the context
   * decides, so that every event can be tried in every state.
   */
  readonly isCoarse?: true;
}

const three = { voters: ['a', 'b', 'c'], term: 1, log: [1], frames: 1, maxTerm: 2 } as const;

export const walks: readonly Walk[] = [
  {
    ...{ ...three, title: 'asked for its vote, and asking, while disks take their time' },
    ...{ topics: ['vote', 'voteReply', 'stop'], maxLog: 2, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'following leaders whose histories differ', term: 0, log: [] },
    ...{ topics: ['append', 'partialAppend', 'link'], maxLog: 2, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'following a new leader before the disk has what the old one sent' },
    ...{ log: [], topics: ['append'], maxLog: 2, maxWaiting: 2 },
  },
  {
    ...{ ...three, title: 'leading two frames ahead of its peers', frames: 2 },
    ...{ topics: ['voteReply', 'appendReply', 'command'], maxLog: 3, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'leading peers that refuse', log: [1, 1] },
    ...{ topics: ['voteReply', 'appendReply', 'refusal', 'command'], maxLog: 3, maxWaiting: 0 },
  },
  {
    ...{ ...three, title: 'reading through the leader', log: [] },
    ...{ topics: ['voteReply', 'appendReply', 'read'], maxLog: 3, maxWaiting: 0 },
  },
  {
    ...{ ...three, title: 'reading for others, and through others', log: [] },
    topics: ['voteReply', 'appendReply', 'append', 'read', 'reading', 'late'],
    ...{ maxLog: 3, maxWaiting: 0, isCoarse: true },
  },
  {
    ...{ ...three, title: 'leading by leases, and promising them', log: [], leases: true },
    topics: [
      ...(['vote', 'voteReply', 'appendReply', 'append', 'reading', 'transfer'] as const),
      ...(['link', 'late', 'command', 'read', 'failure', 'change'] as const),
    ],
    ...{ maxLog: 3, maxWaiting: 1, isCoarse: true },
  },
  {
    ...{ ...three, title: 'handing leadership over, and taking it', log: [] },
    topics: ['voteReply', 'appendReply', 'command', 'transfer', 'failure'],
    ...{ maxLog: 2, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'leading with a disk that stalls and fails' },
    ...{ topics: ['voteReply', 'failure', 'command', 'stop'], maxLog: 3, maxWaiting: 2 },
  },
  {
    ...{ ...three, title: 'alone, its own majority', voters: ['a'] },
    ...{ topics: ['command', 'read', 'stop', 'failure'], maxLog: 3, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'without a vote of its own', voters: ['b', 'c'], maxTerm: 1 },
    ...{ topics: ['append', 'link', 'transfer'], maxLog: 2, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'in doubt', trust: 'doubtful' },
    ...{ topics: ['vote', 'append'], maxLog: 2, maxWaiting: 0 },
  },
  {
    ...{ ...three, title: 'hearing everything everywhere', isCoarse: true },
    topics: [
      ...(['append', 'vote', 'voteReply', 'appendReply', 'command', 'change'] as const),
      ...(['read', 'link', 'stop', 'failure', 'transfer', 'reading', 'late'] as const),
    ],
    ...{ maxLog: 2, maxWaiting: 1 },
  },
  {
    ...{ ...three, title: 'hearing everything in doubt', isCoarse: true, trust: 'doubtful' },
    topics: [
      ...(['append', 'partialAppend', 'vote', 'voteReply', 'appendReply'] as const),
      ...([
        'command',
        'change',
        'read',
        'link',
        'stop',
        'failure',
        'transfer',
        'reading',
        'late',
      ] as const),
    ],
    ...{ maxLog: 2, maxWaiting: 2 },
  },
  {
    ...{ ...three, title: 'hearing everything while a read waits', isCoarse: true },
    topics: ['voteReply', 'appendReply', 'command', 'read', 'failure', 'transfer'],
    ...{ maxLog: 4, maxWaiting: 3 },
  },
  {
    ...{ ...three, title: 'adding a server and leaving it the cluster', voters: ['a'], log: [] },
    topics: ['appendReply', 'change'],
    ...{ maxLog: 8, maxWaiting: 0, isCoarse: true },
  },
  {
    ...{ ...three, title: 'hearing everything while members change', voters: ['a'], log: [] },
    topics: [
      ...(['vote', 'voteReply', 'append', 'appendReply', 'command'] as const),
      ...(['change', 'read', 'link', 'transfer', 'stop', 'failure', 'reading', 'late'] as const),
    ],
    ...{ maxLog: 4, maxWaiting: 1, term: 0, maxTerm: 1, isCoarse: true },
  },
];

export const keyIn = (walk: Walk) => (walk.isCoarse === true ? coarseKey : keyOf);

function coarseKey({ family, timers, led, isOver }: World): string {
  const { server, logWriter } = family;
  const { currentTerm, log } = server.context;
  // Terms, and the length of the log, since what peers may say depends on them.
  return JSON.stringify([
    ...[server.value, logWriter.value, currentTerm, log.lastIndex, timers, led, isOver],
    configurationOf(log),
  ]);
}
