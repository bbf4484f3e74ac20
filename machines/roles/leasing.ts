/**
 * A leader's lease (thesis §6.4.1): within it no other server can be elected, so a read needs no round.
 *
 * Every follower that answered a round ignores candidates for the least election timeout after it was
 * asked. The lease is shorter, by more than clocks drift apart, and counted from when the round was
 * sent; the delay knows when that was (docs/adr/0012). A leader that has told another to campaign has
 * no lease in that term any more, since its word may arrive late.
 */
import { expectEvent } from '../expect-event.ts';
import type { Reply } from '../events.ts';
import { configurationOf } from '../log.ts';
import { named } from '../named.ts';
import { quorumValue } from '../rules/quorum.ts';
import type { ServerContext } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { refuseLease } from './clients.ts';
import { ownTermCommitted } from './leading.ts';
import { confirmRound } from './reading.ts';

/** The newest round that a majority of the voters has answered. */
const confirmedRound = ({ id, log, round, peers }: ServerContext): number =>
  quorumValue(configurationOf(log), (voter) => (voter === id ? round : (peers[voter]?.round ?? 0)));

const isConfirmedAnew = ({ context }: Args) =>
  context.leases && confirmedRound(context) > context.leasedRound;

const noteLease = named(
  'noteLease',
  server.assign(({ context }) => ({ leasedRound: confirmedRound(context) })),
);

/** The target may be elected at any moment, also when this server leads on and the word was late. */
const hasHandedOver = ({ context }: Args) => context.transfer?.handed === true;

const usesLeases = ({ context }: Args) => context.leases;

const countRound = named(
  'countRound',
  server.assign(({ context }) => ({ round: context.round + 1 })),
);

const batchOf = (event: Args['event']) => expectEvent(event, 'client.leaseRead').batch;

const readableNow = named('readableNow', ({ context, event }: Args): Reply => {
  return { kind: 'readable', batch: batchOf(event), readIndex: context.commitIndex };
});

/** A region of the leader. */
export const lease = server.createStateConfig({
  initial: 'none',
  states: {
    none: {
      always: [
        { guard: hasHandedOver, target: 'forfeited' },
        { guard: isConfirmedAnew, target: 'held', actions: noteLease },
      ],
      on: { 'client.leaseRead': { actions: refuseLease } },
    },
    held: {
      description: 'Thesis §6.4.1: a majority hears no candidate until this is over.',
      always: [
        { guard: hasHandedOver, target: 'forfeited' },
        { guard: isConfirmedAnew, target: 'held', reenter: true, actions: noteLease },
      ],
      after: { leaseTimeout: 'none' },
      on: {
        'client.leaseRead': [
          // Before, commitIndex may be behind what was acknowledged.
          { guard: ownTermCommitted, actions: { type: 'reply', params: readableNow } },
          { actions: refuseLease },
        ],
      },
    },
    forfeited: {
      description: 'Another was told to campaign in the next term: no lease in this one.',
      on: { 'client.leaseRead': { actions: refuseLease } },
    },
  },
});

/** A region of the leader: rounds by the clock, so that the lease never ends while all is well. */
export const renewal = server.createStateConfig({
  initial: 'resting',
  states: {
    resting: { always: { guard: usesLeases, target: 'renewing' } },
    renewing: {
      after: {
        leaseRenewal: { target: 'renewing', reenter: true, actions: [countRound, confirmRound] },
      },
    },
  },
});
