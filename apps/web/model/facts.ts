/**
 * A server and a cluster in the words of the paper, read from what the streams tell.
 *
 * The page decides nothing: a leader is who says so, and of several, as after a partition, the one of
 * the highest term.
 */
import type { Digest, Timer, Value } from '../../../actors/inspect/index.ts';
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
  readonly voters: readonly string[];
  readonly votes: readonly string[];
  /** Term runs of the log, `[firstIndex, term]`, oldest first; perhaps only the newest. */
  readonly runs: readonly (readonly [number, number])[];
  readonly snapshotIndex: number;
  readonly lastIndex: number;
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
    voters: textsOf(digest['voters']),
    votes: textsOf(digest['votes']),
    runs: runsOf(digest),
    snapshotIndex: numberOf(digest['snapshotIndex']),
    lastIndex: numberOf(digest['lastIndex']),
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
 * Whether a majority of `total` servers is there and led, and how many are up: of a cluster that is
 * led, those that know it, so that one that is cut off does not count.
 */
export function healthOf(all: readonly Facts[], total: number): { health: Health; up: number } {
  const living = all.filter(({ live, role }) => live && role !== 'failed' && role !== 'stopped');
  const leader = leaderOf(all);
  if (leader === null) {
    return { health: 2 * living.length > total ? 'noLeader' : 'noQuorum', up: living.length };
  }
  const up = living.filter(
    ({ id, leader: known }) => known === leader.id || id === leader.id,
  ).length;
  if (2 * up <= total) return { health: 'noQuorum', up };
  return { health: up < total ? 'degraded' : 'healthy', up };
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
