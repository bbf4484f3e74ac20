/** What the page knows of a server, for tests: a follower that is heard and has done nothing yet. */
import type { Facts } from '../../apps/web/model/facts.ts';
import type { Configuration } from '../../machines/messages.ts';

export function aServer(id: string, facts: Partial<Facts> = {}): Facts {
  return {
    ...{ id, live: true, role: 'follower', trust: 'proven', term: 1, votedFor: null, leader: null },
    ...{ members: members([]), votes: [], runs: [], timers: [], fault: null },
    ...{ snapshotIndex: 0, lastIndex: 0, lastTerm: 0, durableIndex: 0, commitIndex: 0 },
    appliedIndex: 0,
    ...facts,
  };
}

export function members(
  voters: readonly string[],
  others: Partial<Configuration> = {},
): Configuration {
  return { voters, outgoing: [], learners: [], ...others };
}
