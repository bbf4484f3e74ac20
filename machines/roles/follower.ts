/**
 * Followers "issue no requests on their own but simply respond" (§5.1), until no leader is heard.
 *
 * `contact` says how sure it is of its leader. Only a `fresh` one turns candidates away unheard
 * (thesis §4.2.3); the rest differ in how long they wait before they campaign. Beside it, `install`
 * says whether a snapshot is on its way (installing.ts).
 */
import { expectEvent } from '../expect-event.ts';
import { ignore } from '../ignore.ts';
import { server, type Args } from '../server.setup.ts';
import { asking, refuseReadIndex } from './asking.ts';
import { refusesMost } from './clients.ts';
import {
  acceptEntries,
  answerHeartbeat,
  answerRepetition,
  bringsEntries,
  isHeartbeat,
  logConflicts,
  overwritesCommitted,
  refuseAppend,
} from './following.ts';
import { reportOverwrite } from './faults.ts';
import { answerTimeoutNow, isDisruptive } from './transferring.ts';
import { install } from './installing.ts';
import { answerPreVote, answerVoteRequest, campaignOrWait } from './voting.ts';

/** With leases, a closed connection is no reason to break a promise: the leader may still live. */
const leaderLeft = ({ context, event }: Args) =>
  !context.leases && expectEvent(event, 'link.closed').peer === context.leader;

/** docs/adr/0012: before its restart, or in the term before, it may have promised not to vote. */
const mayHavePromised = ({ context }: Args) => context.leases && context.currentTerm > 0;

const hearsNoCandidate = {
  ...ignore('rpc.preVote'),
  'rpc.requestVote': { guard: isDisruptive },
} as const;

const contact = server.createStateConfig({
  initial: 'leaderless',
  on: {
    'current.appendEntries': [
      { guard: logConflicts, target: '.fresh', actions: refuseAppend },
      { guard: overwritesCommitted, target: '#server.role.failed', actions: reportOverwrite },
      { guard: bringsEntries, target: '.fresh', actions: acceptEntries },
      { guard: isHeartbeat, target: '.fresh', actions: answerHeartbeat },
      { target: '.fresh', actions: answerRepetition },
    ],
  },
  states: {
    leaderless: {
      description: 'No leader was heard in this term: wait a whole election timeout.',
      always: { guard: mayHavePromised, target: 'wary' },
      after: {
        electionTimeout: [...campaignOrWait],
      },
      on: { ...ignore('link.closed') },
    },
    fresh: {
      description: 'The leader was heard within the least election timeout: ignore candidates.',
      on: {
        ...hearsNoCandidate,
        'link.closed': [{ guard: leaderLeft, target: 'suspecting' }, {}],
      },
      after: { freshness: 'stale' },
    },
    wary: {
      description: 'With leases: a promise to a leader may still stand (thesis §6.4.1).',
      on: { ...hearsNoCandidate, ...ignore('link.closed') },
      after: { freshness: 'stale' },
    },
    stale: {
      description: 'The leader has been silent: wait the random rest of the election timeout.',
      after: {
        staleness: [...campaignOrWait],
      },
      on: { ...ignore('link.closed') },
    },
    suspecting: {
      description: "The leader's socket closed: its process has probably died.",
      after: {
        suspicion: [...campaignOrWait],
      },
      on: { ...ignore('link.closed') },
    },
  },
});

export const follower = server.createStateConfig({
  type: 'parallel',
  on: {
    'current.requestVote': [...answerVoteRequest],
    'current.preVote': [...answerPreVote],
    'current.timeoutNow': [...answerTimeoutNow],
    ...refusesMost,
    ...refuseReadIndex,
    ...ignore(
      'clock.late',
      'current.appendEntriesReply',
      'current.installSnapshotReply',
      'current.requestVoteReply',
      'current.preVoteReply',
      'current.timeoutNowReply',
      'log.recovered',
      'log.installed',
      'log.stalled',
      'peer.matched',
      'peer.pinned',
    ),
  },
  states: { contact, install, reads: asking },
});
