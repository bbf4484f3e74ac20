/**
 * Linearizable reads without a log entry (ReadIndex, §8 and thesis §6.4).
 *
 * The gateway gathers the reads of a turn into one batch and has one batch outstanding, so a round
 * confirms them all. Rounds are counted up within a term: an answer to an older round, or to an
 * older term, confirms nothing.
 */
import { expectEvent } from '../expect-event.ts';
import type { Reply } from '../events.ts';
import { configurationOf } from '../log.ts';
import { named } from '../named.ts';
import { hasQuorum } from '../rules/quorum.ts';
import { server, type Args } from '../server.setup.ts';
import { replicatorOf } from './leading.ts';
export { ownTermCommitted } from './leading.ts';

export const takeReads = named(
  'takeReads',
  server.assign(({ event }) => {
    const { batch } = expectEvent(event, 'client.read');
    return { read: { batch, readIndex: 0, round: 0 } };
  }),
);

/** Thesis §6.4: "the leader saves its current commit index in a local variable readIndex". */
export const startRound = named(
  'startRound',
  server.assign(({ context }) => {
    if (context.read === null) throw new Error('a round without reads');
    const round = context.round + 1;
    return { round, read: { ...context.read, readIndex: context.commitIndex, round } };
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

export const majorityConfirmed = ({ context }: Args) => {
  const round = context.read?.round ?? Infinity;
  return hasQuorum(
    configurationOf(context.log),
    (voter) => voter === context.id || (context.peers[voter]?.round ?? 0) >= round,
  );
};

const readable = named('readable', ({ context }: Args): Reply => {
  if (context.read === null) throw new Error('nothing to read');
  const { batch, readIndex } = context.read;
  return { kind: 'readable', batch, readIndex };
});

const forgetReads = named('forgetReads', server.assign({ read: null }));

export const readsReady = [{ type: 'reply', params: readable }, forgetReads] as const;

const oneAtATime = named('oneAtATime', ({ event }: Args): Reply => ({
  kind: 'refused',
  batch: expectEvent(event, 'client.read').batch,
  leader: null,
}));

/** The gateway never does this; if it did, the newer batch would be answered by the older round. */
export const refuseReads = { type: 'reply', params: oneAtATime } as const;
