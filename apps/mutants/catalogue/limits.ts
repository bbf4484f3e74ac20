/**
 * Bugs of what a server takes and what it refuses: bounds that leak, and room that is not there.
 */
import type { Mutant } from '../mutant.ts';

export const limits: readonly Mutant[] = [
  {
    name: 'M50b',
    title: 'commands that are given up with the leadership go on counting as uncommitted',
    source: 'etcd-io/raft a370b6f',
    edits: [
      {
        file: 'actors/gateway/pending-commands.ts',
        find: '#fail(pending: Pending, failure: Failure): void {\n    this.#end(pending);',
        replace:
          '#fail(pending: Pending, failure: Failure): void {\n' +
          '    if (pending.key !== null) this.#byKey.delete(pending.key);',
      },
    ],
    expects: ['L2', 'L5'],
  },
  {
    name: 'S60',
    title: 'a command that was applied goes on counting as uncommitted',
    source: 'a slip in the same accounting: everything is refused after a while',
    edits: [
      {
        file: 'actors/gateway/pending-commands.ts',
        find: 'this.#budget.giveBack(session, bytes);',
        replace: 'this.#budget.giveBack(session, bytes - 1);',
      },
    ],
    expects: ['L2', 'L5'],
  },
  {
    name: 'S61',
    title: 'the free space of the disk is looked at once, at the start',
    source: 'what a check at the start alone would be',
    edits: [
      {
        file: 'actors/disk-space.ts',
        find: 'timer = clock.setTimeout(() => look({ readFreeBytes, everyMs }), everyMs);',
        replace: '',
      },
    ],
    expects: ['I46', 'L2'],
  },
  {
    name: 'S62',
    title: 'space that came back is not noticed',
    source: 'a latch, as for a failed fsync, where none belongs',
    edits: [
      {
        file: 'actors/disk-space.ts',
        find: 'freeBytes = bytes;',
        replace: 'freeBytes = Math.min(freeBytes ?? Infinity, bytes ?? Infinity);',
      },
    ],
    expects: ['L2'],
  },
  {
    name: 'S63',
    title: 'commands go on to the log without a look at the free space',
    source: 'etcd: a disk that fills up under a quota nobody asks',
    edits: [
      {
        file: 'actors/gateway/gateway.ts',
        find: 'if (options.isShortOfSpace()) commands.refuseGathered(storageFull);',
        replace: '',
      },
    ],
    expects: ['I46'],
  },
];
