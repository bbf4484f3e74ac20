/**
 * Linearizable reads without a log entry (ReadIndex, §8 and thesis §6.4), on the leader.
 *
 * The gateway gathers the reads of a turn into one batch and has one batch outstanding; each follower
 * that serves reads has one attempt. A round confirms all that came before it. Rounds are counted up
 * within a term: an answer to an older round, or to an older term, confirms nothing.
 */
import { expectEvent } from '../expect-event.ts';
import type { Reply } from '../events.ts';
import { configurationOf } from '../log.ts';
import type { Message } from '../messages.ts';
import { named } from '../named.ts';
import { hasQuorum } from '../rules/quorum.ts';
import { noReaders } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { ownTermCommitted, replicatorOf } from './leading.ts';

/** The gateway's batch waits for the next round. */
const gatherBatch = named(
  'gatherBatch',
  server.assign(({ context, event }) => {
    const { batch } = expectEvent(event, 'client.read');
    return { readers: { ...context.readers, batch } };
  }),
);

/** So does a follower; its newest attempt takes the place of an older one, which it gave up. */
const gatherAsker = named(
  'gatherAsker',
  server.assign(({ context: { readers }, event }) => {
    const { from, context } = expectEvent(event, 'current.readIndex');
    return { readers: { ...readers, askers: { ...readers.askers, [from]: context } } };
  }),
);

/** Thesis §6.4: "the leader saves its current commit index in a local variable readIndex". */
const startRound = named(
  'startRound',
  server.assign(({ context }) => {
    const round = context.round + 1;
    const read = { ...context.readers, readIndex: context.commitIndex, round };
    return { round, read, readers: noReaders };
  }),
);

/** "It then issues a new round of heartbeats and waits for their acknowledgments." */
export const confirmRound = named(
  'confirmRound',
  server.enqueueActions(({ context, enqueue }) => {
    for (const peer of Object.keys(context.peers)) {
      enqueue.sendTo(replicatorOf(peer), { type: 'leader.confirming', round: context.round });
    }
  }),
);

const majorityConfirmed = ({ context }: Args) => {
  const round = context.read?.round ?? Infinity;
  return hasQuorum(
    configurationOf(context.log),
    (voter) => voter === context.id || (context.peers[voter]?.round ?? 0) >= round,
  );
};

const moreCame = ({ context }: Args) =>
  context.readers.batch !== null || Object.keys(context.readers.askers).length > 0;
const confirmedAndMoreCame = (args: Args) => majorityConfirmed(args) && moreCame(args);

const answerReaders = named(
  'answerReaders',
  server.enqueueActions(({ context, enqueue }) => {
    if (context.read === null) throw new Error('nothing to read');
    const { batch, askers, readIndex } = context.read;
    if (batch !== null) {
      enqueue({ type: 'reply', params: { kind: 'readable', batch, readIndex } });
    }
    const messages = Object.entries(askers).map(([to, attempt]): Message => {
      const envelope = { from: context.id, to, term: context.currentTerm };
      const answer = { context: attempt, granted: true, readIndex };
      return { type: 'rpc.readIndexReply', ...envelope, ...answer };
    });
    if (messages.length > 0) enqueue({ type: 'send', params: { after: 'term', messages } });
  }),
);

const forgetRead = named('forgetRead', server.assign({ read: null }));
const readsReady = [answerReaders, forgetRead] as const;

const hasBatch = ({ context }: Args) =>
  context.readers.batch !== null || (context.read?.batch ?? null) !== null;

const oneAtATime = named('oneAtATime', ({ event }: Args): Reply => ({
  kind: 'refused',
  batch: expectEvent(event, 'client.read').batch,
  leader: null,
}));

/** The gateway never does this; if it did, one of its batches would be forgotten. */
const refuseReads = { type: 'reply', params: oneAtATime } as const;

const gather = {
  'client.read': [{ guard: hasBatch, actions: refuseReads }, { actions: gatherBatch }],
  'current.readIndex': { actions: gatherAsker },
} as const;

/** A region of the leader. */
export const reads = server.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      on: {
        'client.read': { target: 'waiting', actions: gatherBatch },
        'current.readIndex': { target: 'waiting', actions: gatherAsker },
      },
    },
    waiting: {
      description: 'Until the term is open, commitIndex may be behind what was acknowledged.',
      always: { guard: ownTermCommitted, target: 'confirming', actions: startRound },
      on: { ...gather },
    },
    confirming: {
      description: 'Thesis §6.4: is this server still the leader? A majority must say so.',
      entry: confirmRound,
      always: [
        { guard: confirmedAndMoreCame, target: 'waiting', actions: [...readsReady] },
        { guard: majorityConfirmed, target: 'idle', actions: [...readsReady] },
      ],
      on: { ...gather },
    },
  },
});
