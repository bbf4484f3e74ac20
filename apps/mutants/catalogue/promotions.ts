/**
 * Bugs of promotions: a server that joins is to vote once it has caught up, and that outlives the leader
 * that was asked for it (docs/divergence.md#membership), as does that it was given up.
 */
import type { Mutant } from '../mutant.ts';

export const promotions: readonly Mutant[] = [
  {
    name: 'S107',
    title: 'a new leader does not go on with servers that wait to vote: learners for ever',
    source: 'a bug that was: a promotion lived with the leader that was asked for it',
    edits: [
      {
        file: 'machines/roles/membership.ts',
        find: "        { guard: inheritsPromise, target: 'catchingUp', actions: resumeChange },\n",
        replace: '',
      },
    ],
    expects: ['L9', 'I50'],
  },
  {
    name: 'S108',
    title: 'a new leader promotes who waits, and forgets whom it is to replace',
    source: 'a promise that is kept by half',
    edits: [
      {
        file: 'machines/rules/membership.ts',
        find: 'return { target: { ...next, outgoing: [] }, joining };',
        replace:
          'return { target: { ...next, voters: [...voters, ...joining], outgoing: [] }, joining };',
      },
    ],
    expects: ['I50'],
  },
  {
    name: 'S109',
    title: 'charts are not told what is to follow once who joins has caught up',
    source: 'an optional field that one reader leaves out',
    edits: [
      {
        file: 'actors/configurations.ts',
        find: '...(entry.next === undefined ? {} : { next: entry.next }),',
        replace: '',
      },
    ],
    expects: ['L9', 'I27'],
  },
  {
    name: 'S110',
    title: 'who does not catch up is given up in memory only: the log still says that it follows',
    source: 'a refusal that is not written down',
    edits: [
      {
        file: 'machines/roles/membership.ts',
        find: '        { guard: isPromised, actions: [...withdraw] },\n',
        replace: '',
      },
    ],
    expects: ['I50', 'L9'],
  },
];
