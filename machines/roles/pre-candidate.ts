/**
 * Would I win? (Thesis §9.6.) A server asks before it raises its term, so that one that was cut off
 * comes back without disturbing a leader that the others hear.
 */
import { expectEvent } from '../expect-event.ts';
import type { Send } from '../events.ts';
import { configurationOf, lastTerm } from '../log.ts';
import { ignore } from '../ignore.ts';
import { named } from '../named.ts';
import { hasQuorum } from '../rules/quorum.ts';
import { otherVoters } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { refuseReadIndex } from './asking.ts';
import { refusesClients } from './clients.ts';
import { raiseAgain } from './term-gate.ts';
import { answerPreVote, answerVoteRequest } from './voting.ts';

const startCanvass = named(
  'startCanvass',
  server.assign(({ context }) => ({ votes: [context.id], leader: null })),
);

const preVotes = named('preVotes', ({ context }: Args): Send => ({
  after: 'term',
  messages: otherVoters(context).map((peer) => ({
    type: 'rpc.preVote',
    from: context.id,
    to: peer,
    term: context.currentTerm,
    campaignTerm: context.currentTerm + 1,
    lastLogIndex: context.log.lastIndex,
    lastLogTerm: lastTerm(context.log),
  })),
}));

const isPromised = ({ context, event }: Args) => {
  const reply = expectEvent(event, 'current.preVoteReply');
  return reply.voteGranted && reply.campaignTerm === context.currentTerm + 1;
};

const countPromise = named(
  'countPromise',
  server.assign(({ context, event }) => {
    const { from } = expectEvent(event, 'current.preVoteReply');
    return { votes: [...context.votes.filter((voter) => voter !== from), from] };
  }),
);

/** A majority would vote for this server; asked of the voters alone. */
export const hasVotes = ({ context }: Args) =>
  hasQuorum(configurationOf(context.log), (voter) => context.votes.includes(voter));

export const preCandidate = server.createStateConfig({
  description: 'Asks whether it would win, before it raises its term.',
  entry: [startCanvass, { type: 'send', params: preVotes }],
  always: { guard: hasVotes, target: 'candidate' },
  after: { electionTimeout: { target: 'preCandidate', reenter: true } },
  on: {
    // A leader of this term exists after all: hear it as a follower.
    'current.appendEntries': { target: 'follower', actions: raiseAgain },
    'current.installSnapshot': { target: 'follower', actions: raiseAgain },
    'current.requestVote': [...answerVoteRequest],
    'current.preVote': [...answerPreVote],
    'current.preVoteReply': [{ guard: isPromised, actions: countPromise }, {}],
    // Thesis §3.10. It asks for votes already, so it may be elected.
    'current.timeoutNow': 'candidate',
    ...refusesClients,
    ...refuseReadIndex,
    ...ignore(
      'clock.late',
      'current.readIndexReply',
      'current.appendEntriesReply',
      'current.installSnapshotReply',
      'current.requestVoteReply',
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
