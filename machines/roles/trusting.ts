/**
 * Is what this server forgot known to be harmless (docs/glossary.md#doubtful)?
 *
 * Doubt comes from the disk and ends, durably, when a leader has matched this log, on this disk,
 * through the last index that the leader had when it was first heard in its term: by then the log
 * holds all that could have been acknowledged. No role change touches it.
 */
import { expectEvent } from '../expect-event.ts';
import type { Persist } from '../events.ts';
import { named } from '../named.ts';
import { server, type Args } from '../server.setup.ts';

const recoveredDoubtful = ({ event }: Args) =>
  expectEvent(event, 'log.recovered').trust === 'doubtful';

const matchedByLeader = ({ context }: Args) =>
  context.leaderLast !== null &&
  Math.min(context.verifiedIndex, context.durableIndex) >= context.leaderLast;

const countWrite = named(
  'countWrite',
  server.assign(({ context }) => ({ writes: context.writes + 1 })),
);

const proof = named('proof', ({ context }: Args): Persist => ({
  kind: 'trust',
  write: context.writes,
  trust: 'proven',
}));

export const trust = server.createStateConfig({
  initial: 'proven',
  states: {
    proven: {
      on: { 'log.recovered': [{ guard: recoveredDoubtful, target: 'doubtful' }, {}] },
    },
    doubtful: {
      description: 'Entries may be missing here: no vote, no pre-vote, no campaign.',
      always: {
        guard: matchedByLeader,
        target: 'proven',
        actions: [countWrite, { type: 'persist', params: proof }],
      },
    },
  },
});
