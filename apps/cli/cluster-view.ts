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

/** `degraded`: serves, with voters missing. `unavailable`: cannot serve. */
export type Health = 'healthy' | 'degraded' | 'unavailable';

export interface ClusterView {
  readonly cluster: string;
  readonly health: Health;
  readonly leader: string | null;
  readonly term: number;
  /** Whose answer tells of those that did not. */
  readonly viewer: string;
  readonly reachable: number;
  readonly voters: number;
  readonly members: readonly Member[];
}

/** Puts the answers together; null without any. */
export function viewOf({ statuses, silent }: Answers): ClusterView | null {
  const byKnowledge = [...statuses].sort((a, b) => rank(b) - rank(a) || b.term - a.term);
  const viewer = byKnowledge[0];
  if (viewer === undefined) return null;
  const leader = viewer.role === 'leader' ? viewer : null;
  const ids = new Set([...statuses.map(({ id }) => id), ...Object.keys(viewer.peers)]);
  const members = [...ids].sort().map((id): Member => {
    const status = statuses.find((each) => each.id === id);
    return status ? memberThatAnswered(status, leader) : silentMember(id, viewer, silent);
  });
  const reachable = members.filter((member) => member.reachable).length;
  return {
    cluster: viewer.cluster,
    health: leader === null ? 'unavailable' : reachable === ids.size ? 'healthy' : 'degraded',
    leader: leader?.id ?? null,
    term: Math.max(...statuses.map(({ term }) => term)),
    viewer: viewer.id,
    reachable,
    voters: ids.size,
    members,
  };
}

/** A leader knows the most, and of two the newer one; else whoever has the highest commit index. */
function rank({ role, term, commitIndex }: Status): number {
  return role === 'leader' ? Number.MAX_SAFE_INTEGER / 2 + term : commitIndex;
}

function memberThatAnswered(status: Status, leader: Status | null): Member {
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

function silentMember(id: string, viewer: Status, silent: readonly Silence[]): Member {
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
