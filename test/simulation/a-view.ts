/**
 * Hand-made views for the tests of the checker: a follower of three, of whom any field can be set.
 *
 * Entries are `terms[i]` at index i + 1. A checksum stands for a whole history: it is made from the
 * terms up to its index and from `branch`, so two branches differ from their first entry on.
 */
import { append, bootstrapLog, type Log } from '../../machines/log.ts';
import type { LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { Progress } from '../../machines/server.context.ts';
import { crc32 } from '../../storage/crc32.ts';
import { Invariants } from '../../simulation/invariants.ts';
import type { DiskView, ServerView } from '../../simulation/invariants/observation.ts';

export interface ViewFields {
  readonly id?: ServerId;
  readonly incarnation?: number;
  readonly role?: string;
  readonly doubtful?: boolean;
  readonly holdsLease?: boolean;
  readonly term?: Term;
  readonly votedFor?: ServerId | null;
  readonly terms?: readonly Term[];
  readonly branch?: string;
  readonly commitIndex?: LogIndex;
  readonly durableIndex?: LogIndex;
  readonly lastApplied?: LogIndex;
  readonly leader?: ServerId | null;
  readonly peers?: Readonly<Record<ServerId, Progress>>;
  readonly stateCode?: number;
  readonly timersArmed?: number;
  readonly stateHash?: number;
  readonly disk?: DiskView;
}

/** The log with these terms. */
export function aLog(terms: readonly Term[]): Log {
  return terms.reduce(
    (log, term, i) => append(log, [{ firstIndex: i + 1, term }], i + 1),
    bootstrapLog(['a', 'b', 'c']),
  );
}

/** Stands for the history of `terms` up to `index`. */
export function checksumOf(terms: readonly Term[], index: LogIndex, branch = ''): number {
  const text = `${terms.slice(0, index).join()}${branch}`;
  return crc32(new TextEncoder().encode(text), 7);
}

/** A disk that holds a vote and the entries of `terms`. */
export function aDisk(
  terms: readonly Term[] = [],
  vote: { readonly term?: Term; readonly votedFor?: ServerId | null } = {},
  branch = '',
): DiskView {
  return {
    term: vote.term ?? 1,
    votedFor: vote.votedFor ?? null,
    doubtful: false,
    lastIndex: terms.length,
    firstIndex: 1,
    snapshot: null,
    termAt: (index) => (index === 0 ? 0 : (terms[index - 1] ?? null)),
    checksumAt: (index) => (index <= terms.length ? checksumOf(terms, index, branch) : null),
  };
}

/** A server as the checker sees it; everything that `fields` leave out is quiet and consistent. */
export function aView(fields: ViewFields = {}): ServerView {
  const { id = 'a', term = 1, votedFor = null, terms = [], branch = '' } = fields;
  return {
    id,
    incarnation: fields.incarnation ?? 1,
    role: fields.role ?? 'follower',
    doubtful: fields.doubtful ?? false,
    holdsLease: fields.holdsLease ?? false,
    context: {
      currentTerm: term,
      votedFor,
      log: aLog(terms),
      commitIndex: fields.commitIndex ?? 0,
      durableIndex: fields.durableIndex ?? 0,
      leader: fields.leader ?? null,
      peers: fields.peers ?? {},
      change: null,
    },
    stateCode: fields.stateCode ?? 0,
    timersArmed: fields.timersArmed ?? 0,
    lastApplied: fields.lastApplied ?? 0,
    stateHash: () => fields.stateHash ?? 0,
    checksumAt: (index) => (index <= terms.length ? checksumOf(terms, index, branch) : null),
    entryAt: () => ({ kind: 'noop' }),
    timeAt: () => 0,
    disk: fields.disk ?? aDisk(terms, { term, votedFor }, branch),
  };
}

/** A checker of three servers `a`, `b`, `c`, and the ids of what it reported. */
export function aChecker(disks: Partial<Record<'a' | 'b' | 'c', DiskView>> = {}) {
  const { a = aDisk(), b = aDisk(), c = aDisk() } = disks;
  const all = new Map(Object.entries({ a, b, c }));
  const checker = new Invariants(all, ['a', 'b', 'c']);
  return {
    checker,
    disks: all,
    /** Makes `terms` known as entries that were written. */
    knows: (terms: readonly Term[]): void => {
      terms.forEach((term, i) => checker.history.noteEntry(i + 1, term, checksumOf(terms, i + 1)));
    },
    fired: () => [...new Set(checker.violations.map(({ invariant }) => invariant))].sort(),
  };
}
