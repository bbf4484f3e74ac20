/**
 * What a server that does not lead tells clients: who does, as far as it knows (§8).
 */
import type { Reply } from '../events.ts';
import { named } from '../named.ts';
import type { Args } from '../server.setup.ts';

const notLeader = named('notLeader', ({ context, event }: Args): Reply => {
  if (!('batch' in event)) throw new Error(`only clients are refused, not ${event.type}`);
  return { kind: 'refused', batch: event.batch, leader: context.leader };
});

export const refuseClient = { type: 'reply', params: notLeader } as const;

export const refusesClients = {
  'client.command': { actions: refuseClient },
  'client.read': { actions: refuseClient },
  'admin.transfer': { actions: refuseClient },
  'admin.changeMembers': { actions: refuseClient },
} as const;
