/**
 * What a server that does not lead tells clients: who does, as far as it knows (§8).
 */
import { expectEvent } from '../expect-event.ts';
import type { Reply } from '../events.ts';
import { named } from '../named.ts';
import type { Args } from '../server.setup.ts';

const notLeader = named('notLeader', ({ context, event }: Args): Reply => {
  if (!('batch' in event)) throw new Error(`only clients are refused, not ${event.type}`);
  return { kind: 'refused', batch: event.batch, leader: context.leader };
});

export const refuseClient = { type: 'reply', params: notLeader } as const;

/** Without what a lease would do: the gateway asks again for a round, which a follower can have. */
const noLease = named('noLease', ({ event }: Args): Reply => {
  return { kind: 'unleased', batch: expectEvent(event, 'client.leaseRead').batch };
});

export const refuseLease = { type: 'reply', params: noLease } as const;

/** All but linearizable reads, which a follower serves by asking its leader. */
export const refusesMost = {
  'client.command': { actions: refuseClient },
  'client.leaseRead': { actions: refuseLease },
  'admin.changeMembers': { actions: refuseClient },
  'admin.transfer': { actions: refuseClient },
} as const;

export const refusesClients = {
  'client.command': { actions: refuseClient },
  'client.read': { actions: refuseClient },
  'client.leaseRead': { actions: refuseClient },
  'admin.transfer': { actions: refuseClient },
  'admin.changeMembers': { actions: refuseClient },
} as const;
