/**
 * A server and a cluster in the words of the paper, read from what the streams tell.
 *
 * The page decides nothing: a leader is who says so, and of several, as after a partition, the one of
 * the highest term.
 */
import type { Digest, Timer, Value } from '../../../actors/inspect/index.ts';
import type { Configuration } from '../../../machines/messages.ts';
import { hasQuorum } from '../../../machines/rules/quorum.ts';
import type { ServerModel } from './server-model.ts';

export interface Facts {
  readonly id: string;
  /** Its stream is open: what follows is of now, not of when it was last heard. */
  readonly live: boolean;
  readonly role: string;
  readonly trust: string;
  readonly term: number;
  readonly votedFor: string | null;
  readonly leader: string | null;
  /** Who takes part, as its own log says (§6); nobody: it has heard of no configuration. */
  readonly members: Configuration;
  readonly votes: readonly string[];
  /** Term runs of the log, `[firstIndex, term]`, oldest first; perhaps only the newest. */
  readonly runs: readonly (readonly [number, number])[];
  readonly snapshotIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly durableIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly fault: string | null;
  readonly timers: readonly Timer[];
}

/** null until the server was heard. */
export function factsOf(server: ServerModel): Facts | null {
  const actor = server.view?.actors.get(`${server.id}/server`);
  if (server.view === null || actor === undefined) return null;
  const { value, digest, timers } = actor;
  return {
    id: server.id,
    live: server.connection === 'live',
    role: regionOf(value, 'role'),
    trust: regionOf(value, 'trust'),
    term: numberOf(digest['currentTerm']),
    votedFor: textOf(digest['votedFor']),
    leader: textOf(digest['leader']),
    members: {
      voters: textsOf(digest['voters']),
      outgoing: textsOf(digest['outgoing']),
      learners: textsOf(digest['learners']),
    },
    votes: textsOf(digest['votes']),
    runs: runsOf(digest),
    snapshotIndex: numberOf(digest['snapshotIndex']),
    lastIndex: numberOf(digest['lastIndex']),
    lastTerm: numberOf(digest['lastTerm']),
    durableIndex: numberOf(digest['durableIndex']),
    commitIndex: numberOf(digest['commitIndex']),
    appliedIndex: server.view.appliedIndex,
    fault: textOf(digest['fault']),
    timers,
  };
}

/** Who leads now; null when nobody that is heard does. */
export function leaderOf(all: readonly Facts[]): Facts | null {
  const leading = all.filter(({ live, role }) => live && role === 'leader');
  return leading.sort((a, b) => b.term - a.term)[0] ?? null;
}

export type Health = 'healthy' | 'degraded' | 'noLeader' | 'noQuorum';

/**
 * Whether a majority of the voters is there and led, in a joint configuration of the old and of the new
 * ones, and how many of them are up: of a cluster that is led, those that know it, so that one that is
 * cut off does not count. Learners are asked for nothing.
 */
export function healthOf(
  all: readonly Facts[],
  members: Configuration,
): { health: Health; up: number; total: number } {
  const leader = leaderOf(all);
  const isUp = (voter: string): boolean => {
    const facts = all.find(({ id }) => id === voter);
    if (facts?.live !== true || facts.role === 'failed' || facts.role === 'stopped') return false;
    return leader === null || voter === leader.id || facts.leader === leader.id;
  };
  const voters = votersOf(members);
  const [up, total] = [voters.filter(isUp).length, voters.length];
  if (!hasQuorum(members, isUp)) return { health: 'noQuorum', up, total };
  if (leader === null) return { health: 'noLeader', up, total };
  return { health: up < total ? 'degraded' : 'healthy', up, total };
}

/** The new voters and the old ones, each once. */
export function votersOf({ voters, outgoing }: Configuration): string[] {
  return [...new Set([...voters, ...outgoing])];
}

/** State of the connection that a server has to a peer, `open`; '' when nobody says. */
export function linkOf(server: ServerModel | undefined, peer: string): string {
  if (server?.connection !== 'live') return '';
  const value = server.view?.actors.get(`${server.id}/link.${peer}`)?.value;
  return typeof value === 'object' ? (Object.keys(value)[0] ?? '') : (value ?? '');
}

/** The outermost state in a region of a value. */
function regionOf(value: Value, region: string): string {
  const inner = typeof value === 'string' ? undefined : value[region];
  return typeof inner === 'object' ? (Object.keys(inner)[0] ?? '') : (inner ?? '');
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function runsOf({ runs }: Digest): (readonly [number, number])[] {
  if (!Array.isArray(runs)) return [];
  return runs.flatMap((run: unknown) =>
    Array.isArray(run) ? [[numberOf(run[0]), numberOf(run[1])] as const] : [],
  );
}
