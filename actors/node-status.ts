/**
 * What a node says of itself to `status`: the chart's state in words, Figure 2's numbers, and how
 * its connections stand. Plain JSON.
 */
import type { LogIndex, ServerId, Term } from '../machines/messages.ts';
import type { LinkStatus } from './links.ts';
import { version } from './node-version.ts';
import type { Replica } from './replica.ts';

export type Role =
  'recovering' | 'follower' | 'preCandidate' | 'candidate' | 'leader' | 'failed' | 'stopped';

// Types, not interfaces: they have to be assignable to Json.
export type PeerStatus = {
  /** State of the link chart of the connection to this peer. */
  readonly link: LinkStatus['state'];
  /** Why it is not open. */
  readonly error: string | null;
  /** Where clients reach the peer, once it has said so. */
  readonly client: string | null;
  /** On the leader: verified and durable on the peer through here; else null. */
  readonly matchIndex: LogIndex | null;
};

export type NodeStatus = {
  readonly id: ServerId;
  readonly cluster: string;
  /** Of this package. */
  readonly version: string;
  readonly role: Role;
  /** The role with its inner states, `follower.fresh`. */
  readonly state: string;
  readonly trust: 'proven' | 'doubtful';
  readonly term: Term;
  readonly votedFor: ServerId | null;
  readonly leader: ServerId | null;
  readonly lastIndex: LogIndex;
  readonly durableIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly pending: number;
  readonly client: string;
  readonly peers: Readonly<Record<ServerId, PeerStatus>>;
  readonly pid: number;
  readonly uptimeMs: number;
};

type StateValue = ReturnType<Replica['server']['getSnapshot']>['value'];

/** The outermost state of the role region. */
export function roleOf({ role }: StateValue): Role {
  return (typeof role === 'string' ? role : Object.keys(role)[0]) as Role;
}

/** The role with its inner states, `follower.fresh`. */
export function stateOf({ role }: StateValue): string {
  return inWords(role);
}

/** `{ follower: 'fresh' }` becomes `follower.fresh`; regions are joined by a comma. */
function inWords(value: string | object): string {
  if (typeof value === 'string') return value;
  const parts = Object.entries(value as Record<string, string | object>).map(
    ([name, inner]) => `${name}.${inWords(inner)}`,
  );
  return parts.length === 1 ? parts.join() : `(${parts.join(', ')})`;
}

export function nodeStatus(about: {
  readonly replica: Replica;
  readonly cluster: string;
  readonly client: string;
  readonly startedAtMs: number;
  readonly links: Readonly<Record<ServerId, LinkStatus>>;
  readonly clientAddresses: ReadonlyMap<ServerId, string>;
}): NodeStatus {
  const { value, context } = about.replica.server.getSnapshot();
  const role = roleOf(value);
  const peers = Object.entries(about.links).map(([id, link]): [ServerId, PeerStatus] => [
    id,
    {
      link: link.state,
      error:
        link.state === 'open' || link.lastError === null
          ? null
          : `${link.lastError.code}: ${link.lastError.message}`,
      client: about.clientAddresses.get(id) ?? null,
      matchIndex: role === 'leader' ? (context.peers[id]?.matchIndex ?? 0) : null,
    },
  ]);
  return {
    id: context.id,
    cluster: about.cluster,
    version,
    role,
    state: stateOf(value),
    trust: value.trust,
    term: context.currentTerm,
    votedFor: context.votedFor,
    leader: context.leader,
    lastIndex: context.log.lastIndex,
    durableIndex: context.durableIndex,
    commitIndex: context.commitIndex,
    appliedIndex: about.replica.lastApplied,
    pending: about.replica.pendingCount,
    client: about.client,
    peers: Object.fromEntries(peers),
    pid: process.pid,
    uptimeMs: Math.round(performance.now() - about.startedAtMs),
  };
}
