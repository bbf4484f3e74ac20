/**
 * A server that asks for votes (§5.2). It leaves in one of three ways: it wins, another server
 * establishes itself as leader, or a period of time goes by with no winner.
 */
import { expectEvent } from '../expect-event.ts';
import type { Send } from '../events.ts';
import { lastTerm } from '../log.ts';
import { ignore } from '../ignore.ts';
import { named } from '../named.ts';
import { otherVoters } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { refuseReadIndex } from './asking.ts';
import { refusesClients } from './clients.ts';
import { hasVotes } from './pre-candidate.ts';
import { persistVote, raiseAgain } from './term-gate.ts';
import { answerPreVote, refuseVote } from './voting.ts';

/** §5.2: "a follower increments its current term and transitions to candidate state". */
const startElection = named(
  'startElection',
  server.assign(({ context }) => ({
    currentTerm: context.currentTerm + 1,
    votedFor: context.id,
    leader: null,
    verifiedIndex: 0,
    leaderLast: null,
    votes: [],
    writes: context.writes + 1,
  })),
);

const requestVotes = named('requestVotes', ({ context, event }: Args): Send => ({
  after: 'term',
  messages: otherVoters(context).map((peer) => ({
    type: 'rpc.requestVote',
    from: context.id,
    to: peer,
    term: context.currentTerm,
    lastLogIndex: context.log.lastIndex,
    lastLogTerm: lastTerm(context.log),
    // Thesis §4.2.3: voters that still hear the leader are told that it wants this election.
    leadershipTransfer: event.type === 'current.timeoutNow',
  })),
}));

/** §5.2: "It then votes for itself". Counted when the vote is on disk, like everyone's. */
const ownVote = named('ownVote', ({ context }: Args): Send => ({
  after: 'term',
  messages: [
    {
      type: 'rpc.requestVoteReply',
      from: context.id,
      to: context.id,
      term: context.currentTerm,
      voteGranted: true,
    },
  ],
}));

const isGranted = ({ event }: Args) => expectEvent(event, 'current.requestVoteReply').voteGranted;

const countVote = named(
  'countVote',
  server.assign(({ context, event }) => {
    const { from } = expectEvent(event, 'current.requestVoteReply');
    return { votes: [...context.votes.filter((voter) => voter !== from), from] };
  }),
);

export const candidate = server.createStateConfig({
  description: 'Asks for votes in a term of its own.',
  entry: [
    startElection,
    persistVote,
    { type: 'send', params: requestVotes },
    { type: 'send', params: ownVote },
  ],
  always: { guard: hasVotes, target: 'leader' },
  after: { electionTimeout: 'preCandidate' },
  on: {
    // §5.2: "the candidate recognizes the leader as legitimate and returns to follower state".
    'current.appendEntries': { target: 'follower', actions: raiseAgain },
    'current.installSnapshot': { target: 'follower', actions: raiseAgain },
    'current.requestVote': { actions: refuseVote },
    'current.requestVoteReply': [{ guard: isGranted, actions: countVote }, {}],
    'current.preVote': [...answerPreVote],
    ...refusesClients,
    ...refuseReadIndex,
    ...ignore(
      'clock.late',
      'current.readIndexReply',
      'current.appendEntriesReply',
      'current.installSnapshotReply',
      'current.preVoteReply',
      'current.timeoutNow', // It campaigns already.
      'current.timeoutNowReply',
      'log.recovered',
      'log.received',
      'log.installed',
      'log.discarded',
      'log.stalled',
      'link.closed',
      'peer.matched',
      'peer.pinned',
    ),
  },
});
