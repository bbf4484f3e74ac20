/**
 * How a server that does not lead answers those who want to (§5.2, §5.4.1; thesis §9.6).
 *
 * Doubt forbids every grant: a server that may have lost entries could help to elect a leader
 * without them (docs/glossary.md#doubtful).
 */
import { expectEvent } from '../expect-event.ts';
import type { Send } from '../events.ts';
import { configurationAt, configurationOf } from '../log.ts';
import { named } from '../named.ts';
import { grantsVote, isUpToDate } from '../rules/elections.ts';
import { isVoter } from '../rules/membership.ts';
import { server, type Args } from '../server.setup.ts';
import { persistVote } from './term-gate.ts';

export const deservesVote = ({ context, event }: Args) =>
  grantsVote(context, expectEvent(event, 'current.requestVote'));

/** Thesis §9.6: a pre-vote asks about a term to come, so only the log speaks against it. */
export const deservesPreVote = ({ context, event }: Args) => {
  const m = expectEvent(event, 'current.preVote');
  return (
    m.campaignTerm > context.currentTerm && isUpToDate(context.log, m.lastLogTerm, m.lastLogIndex)
  );
};

/**
 * Who is no voter waits for one to lead it; but not whom an uncommitted C_new leaves out (thesis
 * §4.2.2: it "should still start new elections, as it might still be needed").
 *
 *   a, which leads, has C_new {b} on its own disk alone and stops leading; b has C_old,new {a, b}
 *   → b needs the vote of a, whose log is longer: nobody but a can be elected, by b's vote alone
 */
export const isNoVoter = ({ context: { log, commitIndex, id } }: Args) =>
  !isVoter(configurationOf(log), id) && !isVoter(configurationAt(log, commitIndex), id);

const recordVote = named(
  'recordVote',
  server.assign(({ context, event }) => ({
    votedFor: expectEvent(event, 'current.requestVote').from,
    writes: context.writes + 1,
  })),
);

const voteReply = ({ context, event }: Args, voteGranted: boolean): Send => ({
  after: 'term',
  messages: [
    {
      type: 'rpc.requestVoteReply',
      from: context.id,
      to: expectEvent(event, 'current.requestVote').from,
      term: context.currentTerm,
      voteGranted,
    },
  ],
});

const preVoteReply = ({ context, event }: Args, voteGranted: boolean): Send => {
  const { from, campaignTerm } = expectEvent(event, 'current.preVote');
  const { id, currentTerm } = context;
  return {
    after: 'term',
    messages: [
      {
        type: 'rpc.preVoteReply',
        from: id,
        to: from,
        term: currentTerm,
        campaignTerm,
        voteGranted,
      },
    ],
  };
};

const voteGranted = named('voteGranted', (args: Args) => voteReply(args, true));
const voteRefused = named('voteRefused', (args: Args) => voteReply(args, false));
const preVoteGranted = named('preVoteGranted', (args: Args) => preVoteReply(args, true));
const preVoteRefused = named('preVoteRefused', (args: Args) => preVoteReply(args, false));

/** §5.2: the vote is on disk before the answer leaves. */
const grantVote = [recordVote, persistVote, { type: 'send', params: voteGranted }] as const;
export const refuseVote = { type: 'send', params: voteRefused } as const;

/** §5.2: a server that gave its vote waits a whole election timeout for the winner. */
export const answerVoteRequest = [
  { guard: 'isDoubtful', actions: refuseVote },
  { guard: deservesVote, target: '#server.role.follower', reenter: true, actions: grantVote },
  { actions: refuseVote },
] as const;

/** Thesis §9.6: a pre-vote promises nothing and changes nothing. */
export const answerPreVote = [
  { guard: 'isDoubtful', actions: { type: 'send', params: preVoteRefused } },
  { guard: deservesPreVote, actions: { type: 'send', params: preVoteGranted } },
  { actions: { type: 'send', params: preVoteRefused } },
] as const;

/** An election timeout leads to a canvass, unless this server may not be elected. */
export const campaignOrWait = [
  { guard: 'isDoubtful', target: '#server.role.follower', reenter: true },
  { guard: isNoVoter, target: '#server.role.follower', reenter: true },
  { target: '#server.role.preCandidate' },
] as const;
