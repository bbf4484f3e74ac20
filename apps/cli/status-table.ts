/**
 * A cluster as text: a line per server and one sentence about the whole. State is told by words and
 * signs (★, "(down)"); colour only repeats them.
 */
import { createColors } from 'picocolors';
import type { ClusterView, Member } from './cluster-view.ts';
import { formatDuration } from './parse/duration.ts';
import { renderTable } from './table.ts';

const headings = [
  'NODE',
  'ROLE',
  'TERM',
  'LAST',
  'COMMIT',
  'APPLIED',
  'SNAPSHOT',
  'LAG',
  'UP',
  'VERSION',
  'CLIENT',
];

/** The table and the sentence; `colour` for a terminal. */
export function renderStatus(view: ClusterView, colour: boolean): string {
  const pc = createColors(colour);
  const rows = view.members.map((member) => rowOf(member, view.leader));
  const table = renderTable(headings, rows);
  const missing = view.members.flatMap(({ id, reachable, reason }) =>
    reachable ? [] : [`${id} does not answer${why(id, reason)}\n`],
  );
  const paint = { healthy: pc.green, degraded: pc.yellow, unavailable: pc.red }[view.health];
  return `${table}${missing.join('')}${paint(sentence(view))} ${pc.dim(`(seen from ${view.viewer})`)}\n`;
}

/** Links say whose connection it is; here that stands in front already. */
function why(id: string, reason: string | null): string {
  return reason === null ? '' : `: ${reason.replace(`: ${id}: `, ': ')}`;
}

function rowOf(member: Member, leader: string | null): string[] {
  const { id, role, term, last, commit, applied, snapshot, lag, uptimeMs, version, client } =
    member;
  return [
    id === leader ? `${id} ★` : id,
    roleOf(role, member.member),
    ...[term, last, commit, applied].map((value) => String(value ?? '?')),
    snapshot === 0 ? '-' : String(snapshot ?? '?'),
    id === leader ? '-' : lag === null ? '?' : lag === 0 ? '0' : `${lag} entries`,
    uptimeMs === null ? '-' : formatDuration(uptimeMs),
    version ?? '-',
    client ?? '?',
  ];
}

/** A learner follows; what it is to the cluster says more. */
function roleOf(role: string | null, place: Member['member']): string {
  if (role === null) return place === 'learner' ? '(down, learner)' : '(down)';
  if (place === 'learner' && role === 'follower') return 'learner';
  if (place === 'leaving') return `${role}, leaves`;
  return place === null ? `${role}, no member` : role;
}

function sentence(view: ClusterView): string {
  const { cluster, health, leader, term, reachable, voters, spare, joint } = view;
  const majority = Math.floor(voters / 2) + 1;
  const change = joint ? ', members change (joint)' : '';
  const counts = `${reachable} of ${voters} ${joint ? 'voters, old and new,' : 'servers'} answer`;
  if (health === 'unavailable') {
    const need = joint ? 'a majority of both is needed' : `a majority is ${majority}`;
    return `cluster ${cluster}: NO LEADER, ${counts}, ${need}`;
  }
  const word = health === 'healthy' ? 'healthy' : 'DEGRADED';
  return (
    `cluster ${cluster}: ${word}, ${leader ?? '?'} leads term ${term}${change}, ${counts}, ` +
    `can lose ${Math.max(0, spare)} more`
  );
}
