/**
 * THE chart: one Raft server (Figure 4), with pre-candidates and what a disk can do to it.
 *
 * The region `role` holds what is true in every role: the term gate, what fails, the end. Beside it
 * stands trust, which no role change touches. Messages are heard only here, so the rule of terms is
 * written once and no region of a parallel state can swallow one.
 */
import { expectEvent } from './expect-event.ts';
import { matches } from './log.ts';
import { named } from './named.ts';
import { candidate } from './roles/candidate.ts';
import { refusesClients } from './roles/clients.ts';
import { reportFault } from './roles/faults.ts';
import { follower } from './roles/follower.ts';
import { installing } from './roles/installing.ts';
import { leader } from './roles/leader.ts';
import { preCandidate } from './roles/pre-candidate.ts';
import { recovering } from './roles/recovering.ts';
import { compactForPeers, compactOwn } from './roles/retaining.ts';
import {
  adoptTerm,
  higherTerm,
  persistVote,
  raiseCurrent,
  staleRefusal,
  staleTerm,
} from './roles/term-gate.ts';
import { trust } from './roles/trusting.ts';
import { initialContext } from './server.context.ts';
import { server, type Args } from './server.setup.ts';

/**
 * A completion speaks for the log only if no later write replaced entries: an index alone could
 * name an entry that was overwritten meanwhile and then written back (ABA).
 */
const isCurrentWrite = ({ context, event }: Args) => {
  const { write, lastIndex, lastTerm } = expectEvent(event, 'log.persisted');
  return write >= context.truncatingWrite && matches(context.log, lastIndex, lastTerm);
};

const noteDurable = named(
  'noteDurable',
  server.assign(({ context, event }) => ({
    durableIndex: Math.max(context.durableIndex, expectEvent(event, 'log.persisted').lastIndex),
  })),
);

/** One server: its role beside its trust. */
export const serverMachine = server.createMachine({
  id: 'server',
  context: ({ input }) => initialContext(input),
  type: 'parallel',
  invoke: [
    { src: 'logWriter', id: 'logWriter' },
    { src: 'snapshotter', id: 'snapshotter' },
  ],
  on: {
    'log.persisted': [{ guard: isCurrentWrite, actions: noteDurable }, {}],
    'log.snapshotted': [
      { guard: 'isLeading', actions: [...compactForPeers] },
      { actions: [...compactOwn] },
    ],
  },
  states: {
    role: {
      initial: 'recovering',
      // Here and not at the root: a root transition that enters a role would leave `trust`, too, and
      // so forget doubt (SCXML §3.13, a transition out of a parallel state exits all its regions).
      on: {
        'rpc.*': [
          { guard: staleTerm, actions: { type: 'send', params: staleRefusal } },
          {
            guard: higherTerm,
            target: '.follower',
            actions: [adoptTerm, persistVote, raiseCurrent],
          },
          { actions: raiseCurrent },
        ],
        'log.failed': { target: '.failed', actions: reportFault },
        'xstate.error.actor.*': { target: '.failed', actions: reportFault },
        'admin.stop': '.stopped',
      },
      states: {
        recovering,
        follower,
        installing,
        preCandidate,
        candidate,
        leader,
        failed: {
          description: 'Something happened that must not: the process ends with the code.',
          on: { ...refusesClients, '*': {} },
        },
        stopped: { on: { ...refusesClients, '*': {} } },
      },
    },
    trust,
  },
  options: { maxIterations: 1_000 },
});
