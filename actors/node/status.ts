/**
 * What a node says of itself to `status`: the chart's state in words, Figure 2's numbers, and how
 * its connections stand. Plain JSON.
 */
import type { LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { Addresses } from '../../replicated/configuration-entry.ts';
import { addressesOf } from '../configuration-book.ts';
import type { LinkStatus } from '../links/link.ts';
import { version } from './version.ts';
import { isInTouch, type Replica } from '../replica.ts';

/** What a server can be: the states of the role region of its chart. */
export const roles = [
  ...(['recovering', 'follower', 'preCandidate', 'candidate', 'leader'] as const),
  ...(['failed', 'stopped'] as const),
] as const;
/** One of them. */
export type Role = (typeof roles)[number];

// Types, not interfaces: they have to be assignable to Json.
/** The connection to a peer and, on the leader, its log. */
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

/** Who takes part: peer addresses, `host:port`, by server id. */
export type ConfigurationStatus = {
  /** Log index of the entry that says so; 0: what the server was started with. */
  readonly index: LogIndex;
  /** That entry is committed, as far as it knows. */
  readonly committed: boolean;
  /** A majority of them decides. */
  readonly voters: Addresses;
  /** While members change (joint): the voters before, of whom a majority must agree as well. */
  readonly outgoing: Addresses;
  /** They are sent the log and do not vote. */
  readonly learners: Addresses;
  /** This server was a member and is none any more: it can be stopped for good. */
  readonly removed: boolean;
};

/** What a node says of itself. Indices are of the log and begin at 1; 0: none. */
export type NodeStatus = {
  /** Its server id. */
  readonly id: ServerId;
  /** Its cluster id. */
  readonly cluster: string;
  /** Of this package. */
  readonly version: string;
  /** The outermost state. */
  readonly role: Role;
  /** The role with its inner states, `follower.fresh`. */
  readonly state: string;
  /** `doubtful`: it does not vote until a leader has confirmed its log. */
  readonly trust: 'proven' | 'doubtful';
  /** Figure 2: currentTerm. */
  readonly term: Term;
  /** For whom it voted in `term`; null: for nobody. */
  readonly votedFor: ServerId | null;
  /** Who leads in `term`, as far as it knows; null: nobody. */
  readonly leader: ServerId | null;
  /** The newest snapshot on its disk has the state after this entry (§7); 0: there is none. */
  readonly snapshotIndex: LogIndex;
  /** The first entry that its log still has; one past `lastIndex` when it has none. */
  readonly firstIndex: LogIndex;
  /** The end of its log. */
  readonly lastIndex: LogIndex;
  /** Its log is on its disk through here. */
  readonly durableIndex: LogIndex;
  /** Committed through here, as far as it knows. */
  readonly commitIndex: LogIndex;
  /** Applied to its state machines through here. */
  readonly appliedIndex: LogIndex;
  /** Clients' requests that it has not answered yet. */
  readonly pending: number;
  /** Where it listens for clients, `host:port`. */
  readonly client: string;
  /** Who takes part, as its log says (§6). */
  readonly configuration: ConfigurationStatus;
  /** The other members, by server id. */
  readonly peers: Readonly<Record<ServerId, PeerStatus>>;
  /** Of its process. */
  readonly pid: number;
  /** Milliseconds since it was created. */
  readonly uptimeMs: number;
};

type ServerSnapshot = ReturnType<Replica['server']['getSnapshot']>;
type StateValue = ServerSnapshot['value'];

/** The outermost state of the role region. */
export function roleOf({ role }: StateValue): Role {
  return (typeof role === 'string' ? role : Object.keys(role)[0]) as Role;
}

/** The role with its inner states, `follower.fresh`. */
export function stateOf({ role }: StateValue): string {
  return inWords(role);
}

/** Who leads; null as soon as it has fallen silent: nobody is sent to it, to wait there in vain. */
export function leaderInTouch(snapshot: ServerSnapshot): ServerId | null {
  return isInTouch(snapshot) ? snapshot.context.leader : null;
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
  /** By what the others say, however old its own log is. */
  readonly removed: boolean;
}): NodeStatus {
  const { value, context } = about.replica.server.getSnapshot();
  const role = roleOf(value);
  const { index, entry } = about.replica.members;
  const others = Object.keys(addressesOf(entry)).filter((id) => id !== context.id);
  const peers = others.map((id): [ServerId, PeerStatus] => [
    id,
    {
      ...linkTo(about.links[id]),
      client: about.clientAddresses.get(id) ?? null,
      matchIndex: role === 'leader' ? (context.peers[id]?.matchIndex ?? 0) : null,
    },
  ]);
  const { voters, outgoing, learners } = entry;
  const configuration: ConfigurationStatus = {
    ...{ index, committed: index <= context.commitIndex, voters, outgoing, learners },
    removed: about.removed || entry.removed.includes(context.id),
  };
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
    snapshotIndex: about.replica.snapshotIndex,
    firstIndex: context.log.snapshotIndex + 1,
    lastIndex: context.log.lastIndex,
    durableIndex: context.durableIndex,
    commitIndex: context.commitIndex,
    appliedIndex: about.replica.lastApplied,
    pending: about.replica.pendingCount,
    client: about.client,
    configuration,
    peers: Object.fromEntries(peers),
    pid: process.pid,
    uptimeMs: Math.round(performance.now() - about.startedAtMs),
  };
}

/** A member whose address nobody has told is not dialled. */
function linkTo(link: LinkStatus | undefined): Pick<PeerStatus, 'link' | 'error'> {
  if (link === undefined) return { link: 'stopped', error: null };
  const { state, lastError } = link;
  const isWell = state === 'open' || lastError === null;
  return { link: state, error: isWell ? null : `${lastError.code}: ${lastError.message}` };
}
