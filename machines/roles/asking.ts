/**
 * Linearizable reads on a server that does not lead (thesis §6.4): it asks its leader for a ReadIndex,
 * and serves the reads once it has applied that far.
 *
 * One attempt at a time, each with a context of its own, so that a late answer to an earlier one
 * confirms nothing. No answer in time is an error, never a read of what happens to be here.
 */
import { expectEvent } from '../expect-event.ts';
import type { Reply, Send } from '../events.ts';
import { ignore } from '../ignore.ts';
import type { Message } from '../messages.ts';
import { named } from '../named.ts';
import { server, type Args } from '../server.setup.ts';
import { refuseClient } from './clients.ts';

const replyOf = (event: Args['event']) => expectEvent(event, 'current.readIndexReply');

const knowsLeader = ({ context }: Args) => context.leader !== null;

/** The number of the batch is the context: the gateway never uses one twice. */
const noteAttempt = named(
  'noteAttempt',
  server.assign(({ event }) => ({ attempt: expectEvent(event, 'client.read').batch })),
);

const askLeader = named('askLeader', ({ context }: Args): Send => {
  const { id, leader, currentTerm: term, attempt } = context;
  if (leader === null || attempt === null) throw new Error('nobody to ask, or nothing');
  return {
    after: 'term',
    messages: [{ type: 'rpc.readIndex', from: id, to: leader, term, context: attempt }],
  };
});

const isGranted = ({ context, event }: Args) =>
  replyOf(event).context === context.attempt && replyOf(event).granted;
const isRefused = ({ context, event }: Args) => replyOf(event).context === context.attempt;
const isAnswered = ({ context }: Args) => context.attempt === null;

const readable = named('readable', ({ event }: Args): Reply => {
  const { context: batch, readIndex } = replyOf(event);
  return { kind: 'readable', batch, readIndex };
});
const forgetAttempt = named('forgetAttempt', server.assign({ attempt: null }));

/** Whatever ends the wait, the gateway hears of it; nothing when it has had its answer. */
const giveUp = named(
  'giveUp',
  server.enqueueActions(({ context: { attempt, leader }, enqueue }) => {
    if (attempt === null) return;
    enqueue({ type: 'reply', params: { kind: 'refused', batch: attempt, leader } });
  }),
);

/** A region of the follower. */
export const asking = server.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      on: {
        'client.read': [
          { guard: knowsLeader, target: 'asking', actions: noteAttempt },
          { actions: refuseClient },
        ],
        ...ignore('current.readIndexReply'),
      },
    },
    asking: {
      description: 'Thesis §6.4: the leader says from where on the reads here may be served.',
      entry: { type: 'send', params: askLeader },
      exit: [giveUp, forgetAttempt],
      always: { guard: isAnswered, target: 'idle' },
      after: { readTimeout: 'idle' },
      on: {
        'client.read': { actions: refuseClient }, // The gateway has one batch outstanding.
        'current.readIndexReply': [
          { guard: isGranted, actions: [{ type: 'reply', params: readable }, forgetAttempt] },
          { guard: isRefused, target: 'idle' },
          {}, // Of an attempt that was given up.
        ],
      },
    },
  },
});

const refusal = named('readIndexRefused', ({ context: { id, currentTerm }, event }: Args): Send => {
  const { from, context } = expectEvent(event, 'current.readIndex');
  const message: Message = {
    type: 'rpc.readIndexReply',
    ...{ from: id, to: from, term: currentTerm },
    ...{ context, granted: false, readIndex: 0 },
  };
  return { after: 'term', messages: [message] };
});

/** Who asks takes this server for its leader, which it is no more. */
export const refuseReadIndex = {
  'current.readIndex': { actions: { type: 'send', params: refusal } },
} as const;
