/**
 * A server that does not know yet what it promised: it hears nobody until its disk has spoken.
 */
import { expectEvent } from '../expect-event.ts';
import { ignore } from '../ignore.ts';
import { named } from '../named.ts';
import { server } from '../server.setup.ts';
import { refusesClients } from './clients.ts';

/** Figure 2: what was persisted is all that survives; everything recovered is durable. */
const restore = named(
  'restore',
  server.assign(({ context, event }) => {
    const { term, votedFor, lastIndex, runs } = expectEvent(event, 'log.recovered');
    return {
      currentTerm: term,
      votedFor,
      log: { ...context.log, lastIndex, runs },
      durableIndex: lastIndex,
    };
  }),
);

export const recovering = server.createStateConfig({
  on: {
    'log.recovered': { target: 'follower', actions: restore },
    ...refusesClients,
    ...ignore(
      'rpc.appendEntries',
      'rpc.appendEntriesReply',
      'rpc.requestVote',
      'rpc.requestVoteReply',
      'rpc.preVote',
      'rpc.preVoteReply',
      'log.persisted',
      'log.stalled',
      'link.closed',
      'peer.matched',
    ),
  },
});
