/**
 * A leader (Figure 2, "Leaders"): it appends, its replicators carry, a majority commits.
 *
 * The regions are what it must find out at the same time: has an entry of its own term committed,
 * does a majority still answer, may the waiting reads be served, who takes part? Leaving the state ends them all.
 */
import { ignore } from '../ignore.ts';
import { server } from '../server.setup.ts';
import { reportTwoLeaders } from './faults.ts';
import { lease, renewal } from './leasing.ts';
import {
  abandonBatches,
  canCommit,
  commit,
  forgetContacts,
  forwardReply,
  isPeer,
  isStaleReport,
  majorityAnswered,
  noteContact,
  noteMatch,
  openTerm,
  ownTermCommitted,
  resign,
  startLeading,
  stopReplicators,
  spawnReplicators,
} from './leading.ts';
import { membership } from './membership.ts';
import { reads } from './reading.ts';
import { notePinned } from './retaining.ts';
import { isDisruptive, transfer } from './transferring.ts';

export const leader = server.createStateConfig({
  description: 'Appends commands and replicates them; one replicator actor per peer.',
  type: 'parallel',
  entry: [startLeading, spawnReplicators, ...openTerm],
  exit: [stopReplicators, abandonBatches, resign],
  on: {
    'current.appendEntriesReply': [{ guard: isPeer, actions: [noteContact, forwardReply] }, {}],
    'current.installSnapshotReply': [{ guard: isPeer, actions: [noteContact, forwardReply] }, {}],
    'peer.matched': [{ guard: isStaleReport }, { actions: noteMatch }],
    'peer.pinned': [{ guard: isStaleReport }, { actions: notePinned }],
    'current.appendEntries': { target: 'failed', actions: reportTwoLeaders },
    'current.installSnapshot': { target: 'failed', actions: reportTwoLeaders },
    'clock.late': {
      target: 'follower',
      description: 'A server that stood still for so long may have been replaced meanwhile.',
    },
    'log.stalled': {
      target: 'follower',
      description: 'A leader whose disk does not answer can commit nothing: let another lead.',
    },
    ...ignore(
      'rpc.preVote',
      'current.requestVote',
      'current.requestVoteReply',
      'current.preVote',
      'current.preVoteReply',
      'current.timeoutNow',
      'current.readIndexReply',
      'log.recovered',
      'log.received',
      'log.installed',
      'log.discarded',
      'link.closed',
    ),
    // Thesis §4.2.3: a leader that hears a majority is not deposed by whoever does not hear it.
    'rpc.requestVote': { guard: isDisruptive },
  },
  states: {
    transfer,
    term: {
      initial: 'opening',
      // In one region: of a state around all of them it would be asked once for each.
      always: { guard: canCommit, actions: commit },
      states: {
        opening: {
          description: 'No entry of this term has committed yet (§5.4.2, §8).',
          always: { guard: ownTermCommitted, target: 'open' },
        },
        open: {},
      },
    },
    quorum: {
      initial: 'watching',
      states: {
        watching: {
          description: 'A leader that no majority answers steps down (check-quorum).',
          after: {
            quorumCheck: [
              {
                guard: majorityAnswered,
                target: 'watching',
                reenter: true,
                actions: forgetContacts,
              },
              { target: '#server.role.follower' },
            ],
          },
        },
      },
    },
    membership,
    reads,
    lease,
    renewal,
  },
});
