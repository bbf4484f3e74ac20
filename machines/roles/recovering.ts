/**
 * A server that does not know yet what it promised: it hears nobody until its disk has spoken.
 */
import { expectEvent } from '../expect-event.ts';
import { ignore } from '../ignore.ts';
import { configurationOf } from '../log.ts';
import { named } from '../named.ts';
import { hasQuorum } from '../rules/quorum.ts';
import type { ServerContext } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { refusesClients } from './clients.ts';
import { hearsNobody } from './term-gate.ts';

/** Figure 2: what was persisted is all that survives; everything recovered is durable. */
function recovered({ context, event }: Args): ServerContext {
  const heard = expectEvent(event, 'log.recovered');
  const { term, votedFor, snapshotIndex, snapshotTerm, lastIndex, runs, commitIndex } = heard;
  return {
    ...context,
    currentTerm: term,
    votedFor,
    log: {
      ...context.log,
      ...{ snapshotIndex, snapshotTerm, lastIndex, runs, configurations: heard.configurations },
      base: heard.base ?? context.log.base,
    },
    durableIndex: lastIndex,
    commitIndex,
  };
}

const restore = named('restore', server.assign(recovered));

/** Its own vote is a majority: no leader can be there to be waited for (§5.2). */
const decidesAlone = (args: Args) =>
  expectEvent(args.event, 'log.recovered').trust === 'proven' &&
  hasQuorum(configurationOf(recovered(args).log), (voter) => voter === args.context.id);

export const recovering = server.createStateConfig({
  on: {
    'log.recovered': [
      { guard: decidesAlone, target: 'preCandidate', actions: restore },
      { target: 'follower', actions: restore },
    ],
    ...refusesClients,
    ...hearsNobody,
    ...ignore(
      'clock.late',
      'log.persisted',
      'log.received',
      'log.installed',
      'log.discarded',
      'log.snapshotted',
      'log.stalled',
      'link.closed',
      'peer.matched',
      'peer.pinned',
    ),
  },
});
