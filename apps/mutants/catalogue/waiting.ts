/**
 * What cannot be planted, and why: rows of the historical bugs whose feature does not exist yet, and
 * changes that were tried and are no bugs here. A row leaves this list for the catalogue when its
 * feature arrives; a test holds both lists to the whole table.
 */
export interface Waiting {
  readonly row: string;
  readonly why: string;
}

export interface Harmless {
  /** The change, as a clause. */
  readonly change: string;
  readonly why: string;
}

export const waiting: readonly Waiting[] = [
  {
    row: 'M13',
    why: 'cannot happen here: an overwrite needs an answer to a probe of the new term, which waits for that term to be on disk, and writes complete in order, so nothing older is under way; the guard is tested by hand-made events in test/machines/server-follower.test.ts',
  },
  {
    row: 'M25',
    why: 'was planted in 300 seeds and not found: a snapshot that is overtaken while it comes is given up by its receiver as well; test/machines/installing.test.ts holds the chart to its rule',
  },
  { row: 'M52', why: 'is one of files: test/storage enumerates power cuts on the real ones' },
  {
    row: 'M55',
    why: 'was planted in 300 seeds and stopped the server in 8 of them, which does not count: the store refuses to keep or drop entries against what it holds; test/machines/installing.test.ts',
  },
  {
    row: 'own: a Date or Map is lost in a snapshot',
    why: 'cannot happen here: a client turns values into text and back, so that servers and their snapshots hold text; test/actors/client-values.test.ts',
  },
  {
    row: 'own: the checksum is taken over JSON that was serialised again',
    why: 'serialising what this project serialised gives the same bytes; test/storage reads lines of other writers',
  },
  {
    row: 'own: an overdue timer campaigns before the sockets are read',
    why: 'is a matter of real event loops; simulated pauses always run the timers first, and nothing may break',
  },
  {
    row: 'own: append after a short write; no hash chain across segments; EMFILE taken for absent; a lock ignored',
    why: 'are bugs of files: test/storage',
  },
  {
    row: 'own: a watch buffer without bound; Origin not checked',
    why: 'are bugs of sockets: test/actors/watchers.test.ts, test/transport/http.test.ts',
  },
];

/** Tried, survived, and understood. */
export const harmless: readonly Harmless[] = [
  {
    change: 'the answer to a repeated append claims the whole log (M11 by another path)',
    why: 'conflict hints end at the last common entry, so no append that is known in full arrives below a conflicting tail; heartbeats do, and M11a is theirs',
  },
  {
    change: 'a command is answered by its index, without a look at the term of the entry',
    why: 'what is not committed when leadership ends is answered then, as unknown; S34 takes that away as well',
  },
  {
    change: 'election timeouts without a random part (§5.2)',
    why: 'pre-votes, latencies and the random time after a closed socket part the candidates; safety never asked for it, and L1 allows 40 timeouts',
  },
];
