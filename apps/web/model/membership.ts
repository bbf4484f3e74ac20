/**
 * Who takes part (§6), as the servers' own logs say: the leader's, and while nobody leads the log of
 * those heard that is most up to date (§5.4.1).
 *
 * A change of voters is over in milliseconds, and whoever is removed ends at once. Both are shown for
 * longer than they last, as messages are, and it is said which of it is over.
 */
import type { Configuration, ServerId } from '../../../machines/messages.ts';
import { leaderOf, type Facts } from './facts.ts';

/** Milliseconds that a change of voters is shown, at least. */
const changeShownMs = 4_000;
/** Milliseconds that a removed server stays in its place. */
const removedShownMs = 6_000;
/** Removed servers that are kept in mind, the last ones. */
const maxRemoved = 8;

/** What a server is to the configuration that is in force; `unknown` until one was heard. */
export type Part = 'voter' | 'incoming' | 'outgoing' | 'learner' | 'removed' | 'unknown';

/** From the old voters to the new ones; while it is joint, a majority of each has to agree. */
export interface Change {
  readonly old: readonly ServerId[];
  readonly new: readonly ServerId[];
  readonly state: 'joint' | 'done' | 'undone';
  /** When it came to this state, by Unix time of this page. */
  readonly sinceMs: number;
}

export class Membership {
  #members: Configuration | null = null;
  #change: Change | null = null;
  /** When a server was found to be no member any more, by Unix time of this page; oldest first. */
  readonly #removed = new Map<ServerId, number>();

  /** What is in force; null until a server was heard. Of servers that are all silent: what was. */
  get members(): Configuration | null {
    return this.#members;
  }

  /** The change of voters to show now; null: none. */
  get change(): Change | null {
    return this.#change;
  }

  /** Removed since the page was opened, the last ones. */
  get removed(): readonly ServerId[] {
    return [...this.#removed.keys()];
  }

  /** Takes in what the servers say at `nowMs`, Unix time of this page. */
  take(all: readonly Facts[], nowMs: number): void {
    const members = membersIn(all);
    const before = this.#members;
    if (members !== null) {
      this.#members = members;
      const now = new Set(allOf(members));
      for (const id of now) this.#removed.delete(id);
      const gone = before === null ? [] : allOf(before).filter((id) => !now.has(id));
      for (const id of gone) this.#remove(id, nowMs);
      this.#change = changeOf(before, members, nowMs) ?? this.#change;
    }
    const { state = 'joint', sinceMs = nowMs } = this.#change ?? {};
    if (state !== 'joint' && nowMs - sinceMs > changeShownMs) this.#change = null;
  }

  partOf(id: ServerId): Part {
    return this.#members === null ? 'unknown' : partIn(this.#members, id);
  }

  /** Members, and who was removed a moment ago, by id; null until a server was heard. */
  shown(nowMs: number): readonly ServerId[] | null {
    if (this.#members === null) return null;
    const leaving = [...this.#removed].filter(([, atMs]) => nowMs - atMs <= removedShownMs);
    return [...allOf(this.#members), ...leaving.map(([id]) => id)].sort();
  }

  #remove(id: ServerId, nowMs: number): void {
    const [oldest] = this.#removed.keys();
    if (this.#removed.size >= maxRemoved && oldest !== undefined) this.#removed.delete(oldest);
    this.#removed.set(id, nowMs);
  }
}

/** The configuration of the leader, or of the log that is most up to date; null: none was heard. */
function membersIn(all: readonly Facts[]): Configuration | null {
  const heard = all.filter(({ live, members }) => live && members.voters.length > 0);
  const [newest] = heard.sort((a, b) => b.lastTerm - a.lastTerm || b.lastIndex - a.lastIndex);
  return (leaderOf(heard) ?? newest)?.members ?? null;
}

/** Every change of voters passes a joint configuration, seen or not; null: nothing changed. */
function changeOf(
  before: Configuration | null,
  { voters, outgoing }: Configuration,
  nowMs: number,
): Change | null {
  if (outgoing.length > 0) {
    const known = before !== null && String(before.outgoing) === String(outgoing);
    return known ? null : { old: outgoing, new: voters, state: 'joint', sinceMs: nowMs };
  }
  if (before === null) return null;
  const old = before.outgoing.length > 0 ? before.outgoing : before.voters;
  if (String([...old].sort()) !== String([...voters].sort())) {
    return { old, new: voters, state: 'done', sinceMs: nowMs };
  }
  // Undone: a new leader's log has replaced it (§5.3).
  return before.outgoing.length > 0
    ? { old: before.outgoing, new: before.voters, state: 'undone', sinceMs: nowMs }
    : null;
}

function partIn({ voters, outgoing, learners }: Configuration, id: ServerId): Part {
  const isOld = outgoing.includes(id);
  if (voters.includes(id)) return outgoing.length === 0 || isOld ? 'voter' : 'incoming';
  if (isOld) return 'outgoing';
  return learners.includes(id) ? 'learner' : 'removed';
}

/** Everybody, once. */
function allOf({ voters, outgoing, learners }: Configuration): ServerId[] {
  return [...new Set([...voters, ...outgoing, ...learners])];
}
