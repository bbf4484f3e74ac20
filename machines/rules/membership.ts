/**
 * Who takes part (§6)? What a configuration says of a server, and which one a change leads to.
 */
import type { Configuration, ServerId } from '../messages.ts';

/** Voters of one configuration: beyond this a majority costs more than it gains. */
export const maxVoters = 9;
/** Learners of one configuration: each is sent the whole log. */
export const maxLearners = 9;

/**
 * Looks at who answers, one per election timeout, that a server which is to vote may let pass. It does
 * not run then, or is somewhere else; while it is waited for, no other change can be made.
 */
export const silentAfterChecks = 10;

/** Its vote counts, in the old configuration or in the new one. */
export function isVoter({ voters, outgoing }: Configuration, server: ServerId): boolean {
  return voters.includes(server) || outgoing.includes(server);
}

/** All whose votes count, each once, but `self`. */
export function votersBeside(
  { voters, outgoing }: Configuration,
  self: ServerId,
): readonly ServerId[] {
  return distinct([...voters, ...outgoing]).filter((server) => server !== self);
}

/** All that are sent the log, each once, but `self`: voters old and new, and learners. */
export function membersBeside(
  { voters, outgoing, learners }: Configuration,
  self: ServerId,
): readonly ServerId[] {
  return distinct([...voters, ...outgoing, ...learners]).filter((server) => server !== self);
}

/** What an operator asks for; several servers at once. */
export interface MembershipChange {
  /** To become voters: as learners first if they are none, and once they have caught up. */
  readonly voters: readonly ServerId[];
  /** To become learners, and to stay so. */
  readonly learners: readonly ServerId[];
  readonly removed: readonly ServerId[];
  /** Members that are reached at another address from now on. */
  readonly moved: readonly ServerId[];
}

/** Why a change is no change of this configuration, and the server that it is about. */
export interface ChangeRefusal {
  readonly kind: 'refused';
  readonly code:
    'ERR_UNKNOWN_MEMBER' | 'ERR_MEMBER_EXISTS' | 'ERR_NO_VOTER_LEFT' | 'ERR_TOO_MANY_MEMBERS';
  readonly server: ServerId | null;
}

/** How a change is made. */
export type ChangePlan =
  | ChangeRefusal
  /** All that is asked for is so already. */
  | { readonly kind: 'done' }
  /** Voters stay as they are: one entry does it. */
  | { readonly kind: 'plain'; readonly target: Configuration }
  /** `joining` are learners in `first`, which says what is to follow; then `target` does (§6). */
  | {
      readonly kind: 'joint';
      readonly first: Configuration;
      readonly target: Configuration;
      readonly joining: readonly ServerId[];
    };

/** A change that the log says is to follow, once `joining` have caught up. */
export interface PromisedChange {
  readonly target: Configuration;
  readonly joining: readonly ServerId[];
}

/** From `current`, which is not joint, to what is asked for. */
export function planChange(current: Configuration, change: MembershipChange): ChangePlan {
  const isMember = (id: ServerId) => current.voters.includes(id) || current.learners.includes(id);
  const stranger = [...change.removed, ...change.moved].find((id) => !isMember(id));
  if (stranger !== undefined) return refuse('ERR_UNKNOWN_MEMBER', stranger);
  const demoted = change.learners.find((id) => current.voters.includes(id));
  if (demoted !== undefined) return refuse('ERR_MEMBER_EXISTS', demoted);

  const joining = change.voters.filter((id) => !current.voters.includes(id));
  const stays = (id: ServerId) => !change.removed.includes(id);
  const learners = distinct([...current.learners, ...joining, ...change.learners]);
  const next = {
    voters: [...current.voters.filter(stays), ...joining],
    learners: learners.filter((id) => stays(id) && !joining.includes(id)),
  };
  const first = { voters: current.voters, outgoing: [], learners, next };
  const target = { ...next, outgoing: [] };
  if (target.voters.length === 0) return refuse('ERR_NO_VOTER_LEFT', change.removed[0] ?? null);
  if (target.voters.length > maxVoters || learners.length > maxLearners) {
    return refuse('ERR_TOO_MANY_MEMBERS', null);
  }
  if (!sameIds(target.voters, current.voters)) return { kind: 'joint', first, target, joining };
  if (sameIds(target.learners, current.learners) && change.moved.length === 0) {
    return { kind: 'done' };
  }
  return { kind: 'plain', target };
}

/**
 * The change that `current` says is to follow, whoever began it; null: there is none. A leader that
 * died must not leave a learner behind that waits to vote for ever.
 */
export function promisedBy({ voters, next }: Configuration): PromisedChange | null {
  if (next === undefined) return null;
  const joining = next.voters.filter((id) => !voters.includes(id));
  return { target: { ...next, outgoing: [] }, joining };
}

/** Who joins did not catch up: the learners stay, and what was to follow does not. */
export function withoutPromise({ voters, outgoing, learners }: Configuration): Configuration {
  return { voters, outgoing, learners };
}

/** §6: "the joint consensus combines both the old and new configurations". */
export function jointOf(current: Configuration, target: Configuration): Configuration {
  return { ...target, outgoing: current.voters };
}

/** §6: "once C_old,new has been committed … create a log entry describing C_new". */
export function leaveJoint(joint: Configuration): Configuration {
  return { ...joint, outgoing: [] };
}

/** The old voters have a say, too. */
export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing.length > 0;
}

function refuse(code: ChangeRefusal['code'], server: ServerId | null): ChangeRefusal {
  return { kind: 'refused', code, server };
}

function sameIds(left: readonly ServerId[], right: readonly ServerId[]): boolean {
  return left.length === right.length && left.every((id) => right.includes(id));
}

function distinct(servers: readonly ServerId[]): readonly ServerId[] {
  return [...new Set(servers)];
}
