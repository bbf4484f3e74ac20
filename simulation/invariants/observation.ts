/**
 * What the checker sees: a server after a chart step, and its disk behind its back.
 *
 * The views are read-only and cheap; they are live, so a rule that needs the past keeps its own
 * notes. Nothing here knows how servers are simulated: tests feed hand-made views.
 */
import type { Configuration, LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { StoredSnapshot } from '../../storage/memory-disk.ts';

/** What would survive a crash right now. */
export interface DiskView {
  readonly term: Term;
  readonly votedFor: ServerId | null;
  /** It may have forgotten what it had acknowledged, and says so. */
  readonly doubtful: boolean;
  readonly lastIndex: LogIndex;
  /** The first entry of its log, or what it would be. */
  readonly firstIndex: LogIndex;
  readonly snapshot: StoredSnapshot | null;
  /** Term of the durable entry at `index`; null when there is none; 0 for index 0. */
  termAt(index: LogIndex): Term | null;
  /** Chain checksum of the durable entry at `index`; null when there is none. */
  checksumAt(index: LogIndex): number | null;
}

/** A running server between two events. */
export interface ServerView {
  readonly id: ServerId;
  /** Counted up by every restart. */
  readonly incarnation: number;
  readonly role: string;
  readonly doubtful: boolean;
  readonly context: Pick<
    ServerContext,
    | ('currentTerm' | 'votedFor' | 'log' | 'commitIndex' | 'durableIndex' | 'leader' | 'peers')
    | 'change'
  >;
  /** It would serve a read by its lease, without asking anybody; false when it does not run. */
  readonly holdsLease: boolean;
  /** A number that differs when the chart's active states differ. */
  readonly stateCode: number;
  /** Timers that its charts have armed so far. */
  readonly timersArmed: number;
  readonly lastApplied: LogIndex;
  /** Equal on two servers that applied the same entries with the same results. */
  stateHash(): number | string;
  /** Chain checksum of the entry at `index`, durable or not; null when there is none. */
  checksumAt(index: LogIndex): number | null;
  /** The entry at `index`, as parsed from its line. */
  entryAt(index: LogIndex): unknown;
  /** Replicated time of the entry at `index`, in milliseconds. */
  timeAt(index: LogIndex): number;
  readonly disk: DiskView;
}

/** A promise that was broken. `invariant` is its id in docs/invariants.md, such as `I7`. */
export interface Violation {
  readonly invariant: string;
  readonly kind: 'safety' | 'liveness' | 'crash';
  readonly server: ServerId | null;
  /** What was seen, with the numbers. */
  readonly message: string;
}

/** How a rule says that it was broken; returns so that the rest of the step is checked, too. */
export type Report = (invariant: string, server: ServerId | null, message: string) => void;

/**
 * §6: more than half of the voters, and of the old ones while there are any. Written anew here: the
 * checker must not share what it judges.
 */
export function isQuorum(
  { voters, outgoing }: Configuration,
  holds: (server: ServerId) => boolean,
): boolean {
  return [voters, outgoing].every((side, i) => {
    const isUnused = i === 1 && side.length === 0;
    return isUnused || isMajority(side.filter(holds).length, side.length);
  });
}

/** How many of a configuration's voters, as in `2 of 3`; of a joint one, `2 of 3 and 1 of 3`. */
export function shareOf(
  { voters, outgoing }: Configuration,
  holds: (server: ServerId) => boolean,
): string {
  const sides = outgoing.length === 0 ? [voters] : [voters, outgoing];
  return sides.map((side) => `${side.filter(holds).length} of ${side.length}`).join(' and ');
}

/** True when `n` servers of `size` are a majority. */
export function isMajority(n: number, size: number): boolean {
  return n * 2 > size;
}
