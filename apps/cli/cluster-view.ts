/**
 * What a cluster looks like from outside: the answers of its servers, put together into one picture
 * that says whose view it is. A server that does not answer is described by the leader, or by whoever
 * knows the most. Asking is ask-servers.ts, writing it down status-table.ts.
 */
import type { Answers, Silence, Status } from './ask-servers.ts';

export interface Member {
  readonly id: string;
  /** null: it did not answer. */
  readonly role: string | null;
  readonly reachable: boolean;
  /** `leaving`: votes until the change of members is committed; null: it is no member. */
  readonly member: 'voter' | 'leaving' | 'learner' | null;
  readonly state: string | null;
  readonly term: number | null;
  /** Its newest snapshot has the state after this entry; 0: it has none. */
  readonly snapshot: number | null;
  /** The first entry that its log still has. */
  readonly first: number | null;
  readonly last: number | null;
  readonly commit: number | null;
  readonly applied: number | null;
  /** Entries that the leader has and that are not known to be on this server's disk. */
  readonly lag: number | null;
  readonly client: string | null;
  readonly uptimeMs: number | null;
  readonly version: string | null;
  /** Why it is not reachable. */
  readonly reason: string | null;
}

type About = Omit<Member, 'member'>;

/** `degraded`: serves, with members missing. `unavailable`: cannot serve. */
export type Health = 'healthy' | 'degraded' | 'unavailable';

export interface ClusterView {
  readonly cluster: string;
  readonly health: Health;
  readonly leader: string | null;
  readonly term: number;
  /** Whose answer tells of those that did not. */
  readonly viewer: string;
  /** Of the voters. */
  readonly reachable: number;
  readonly voters: number;
  /** Servers that may be lost before nothing can be committed; below 0: more must come back. */
  readonly spare: number;
  /** Members change: the old voters have to agree as well (§6). */
  readonly joint: boolean;
  readonly members: readonly Member[];
}

/** Puts the answers together; null without any. */
export function viewOf({ statuses, silent }: Answers): ClusterView | null {
  const byKnowledge = [...statuses].sort((a, b) => rank(b) - rank(a) || b.term - a.term);
  const viewer = byKnowledge[0];
  if (viewer === undefined) return null;
  const leader = viewer.role === 'leader' ? viewer : null;
  const ids = new Set([...statuses.map(({ id }) => id), ...Object.keys(viewer.peers)]);
  const all = Object.fromEntries([...ids].map((id) => [id, '']));
  const { voters, outgoing, learners } = viewer.configuration ?? {
    ...{ voters: all, outgoing: {}, learners: {} },
  };
  const placeOf = (id: string): Member['member'] => {
    if (id in voters) return 'voter';
    return id in outgoing ? 'leaving' : id in learners ? 'learner' : null;
  };
  const members = [...ids].sort().map((id): Member => {
    const status = statuses.find((each) => each.id === id);
    const about = status ? memberThatAnswered(status, leader) : silentMember(id, viewer, silent);
    return { ...about, member: placeOf(id) };
  });
  const answers = (id: string): boolean => statuses.some((each) => each.id === id);
  const deciding = [...new Set([...Object.keys(voters), ...Object.keys(outgoing)])];
  const spares = [voters, outgoing].map(Object.keys).flatMap((group) => {
    if (group.length === 0) return [];
    return [group.filter(answers).length - (Math.floor(group.length / 2) + 1)];
  });
  const allAnswer = members.every((one) => one.member === null || one.reachable);
  return {
    cluster: viewer.cluster,
    health: leader === null ? 'unavailable' : allAnswer ? 'healthy' : 'degraded',
    leader: leader?.id ?? null,
    term: Math.max(...statuses.map(({ term }) => term)),
    viewer: viewer.id,
    reachable: deciding.filter(answers).length,
    voters: deciding.length,
    spare: Math.min(...spares, deciding.length),
    joint: Object.keys(outgoing).length > 0,
    members,
  };
}

/** A leader knows the most, and of two the newer one; else whoever has the highest commit index. */
function rank({ role, term, commitIndex }: Status): number {
  return role === 'leader' ? Number.MAX_SAFE_INTEGER / 2 + term : commitIndex;
}

function memberThatAnswered(status: Status, leader: Status | null): About {
  const { id, role, state, term, client, uptimeMs, version } = status;
  const position = {
    snapshot: status.snapshotIndex,
    first: status.firstIndex,
    last: status.lastIndex,
    commit: status.commitIndex,
    applied: status.appliedIndex,
  };
  const lag = leader === null || leader.id === id ? null : lagOf(leader, id);
  return {
    id,
    role,
    reachable: true,
    state,
    term,
    ...position,
    lag,
    client,
    uptimeMs,
    version,
    reason: null,
  };
}

function silentMember(id: string, viewer: Status, silent: readonly Silence[]): About {
  const peer = viewer.peers[id];
  const ours = silent.find(({ endpoint }) => endpoint === peer?.client);
  const theirs = peer?.link === 'open' ? `${viewer.id} is connected to it` : peer?.error;
  return {
    id,
    role: null,
    reachable: false,
    state: null,
    term: null,
    snapshot: null,
    first: null,
    last: null,
    commit: null,
    applied: null,
    lag: viewer.role === 'leader' ? lagOf(viewer, id) : null,
    client: peer?.client ?? null,
    uptimeMs: null,
    version: null,
    reason: theirs ?? ours?.reason ?? null,
  };
}

function lagOf(leader: Status, id: string): number | null {
  const matchIndex = leader.peers[id]?.matchIndex ?? null;
  return matchIndex === null ? null : leader.lastIndex - matchIndex;
}
