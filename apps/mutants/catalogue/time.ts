/**
 * Bugs of replicated time and of what stands on it: sessions, keys that end, compares and locks.
 */
import type { Mutant } from '../mutant.ts';

const shared =
  'const shared = globalThis as { ticks?: number };\n' +
  '      shared.ticks = (shared.ticks ?? 0) + 1;\n';

export const time: readonly Mutant[] = [
  {
    name: 'S50',
    title: 'keys end by what time it is here, not by what the entry says',
    source: 'leases judged by local clocks; the reason for DESIGN of replicated time',
    edits: [
      {
        file: 'replicated/kv.ts',
        find: 'const keys = deadlines.due(timeMs, maxExpiredAtOnce);',
        replace: `${shared}      const keys = deadlines.due(timeMs - (shared.ticks % 3) * 5, maxExpiredAtOnce);`,
      },
    ],
    expects: ['I5', 'I19', 'I36'],
  },
  {
    name: 'S51',
    title: 'a lock is taken though somebody holds it',
    source: 'thesis §6.3; a compare that always holds',
    edits: [
      {
        file: 'replicated/kv.ts',
        find: 'return (item !== undefined) === compare.exists;',
        replace: 'return true;',
      },
    ],
    expects: ['I36', 'I37'],
  },
  {
    name: 'S52',
    title: 'a renewal does not look at the token, and renews the lock of another',
    source: 'Redlock without fencing',
    edits: [
      {
        file: 'replicated/kv.ts',
        find: 'if (item === undefined || current !== command.revision) return { ok: false, current };',
        replace: 'if (item === undefined) return { ok: false, current };',
      },
    ],
    expects: ['I36', 'I37'],
  },
  {
    name: 'S53',
    title: 'compare-and-set sets without comparing',
    source: 'lost updates',
    edits: [
      {
        file: 'replicated/kv.ts',
        find: 'if (current !== command.revision) return { ok: false, current };\n        return { ok: true, ...write',
        replace: 'return { ok: true, ...write',
      },
    ],
    expects: ['I36', 'I37'],
  },
  {
    name: 'S54',
    title: 'a session that is used expires all the same, counted from when it was opened',
    source: 'thesis §6.3; sessions of live clients must be kept',
    edits: [
      {
        file: 'replicated/sessions.ts',
        find: 'session.lastUsedMs = timeMs;',
        replace: '',
      },
    ],
    expects: ['I32', 'I37', 'I33', 'I36', 'I5'],
  },
  {
    name: 'S56',
    title: 'a watch goes on after the revision that it asked for',
    source: 'etcd robustness tests: watch, resumable',
    edits: [
      {
        file: 'replicated/kv-history.ts',
        find: 'if ((kept[middle]?.revision ?? from) < from) low = middle + 1;',
        replace: 'if ((kept[middle]?.revision ?? from) <= from) low = middle + 1;',
      },
    ],
    expects: ['I38'],
  },
  {
    name: 'S57',
    title: 'nobody is told that a key has ended',
    source: 'etcd robustness tests: watch, reliable',
    edits: [
      {
        file: 'replicated/kv.ts',
        find: 'lastRevision = index;\n      history.add(index, events);\n      return keys;',
        replace: 'lastRevision = index;\n      return keys;',
      },
    ],
    expects: ['I38'],
  },
  {
    name: 'S55',
    title: 'nobody lets time go on while nobody writes',
    source: 'etcd lessor: a lease that is never revoked',
    edits: [
      {
        file: 'actors/time/ticker.ts',
        find: 'options.tick();',
        replace: '',
      },
    ],
    expects: ['L8'],
  },
];
