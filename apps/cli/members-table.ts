/** The members of a cluster as text: a line for each, and one about a change that is under way. */
import type { Members } from '../../actors/client.ts';
import { renderTable } from './table.ts';

/** The table and what follows it; states are told by words and signs. */
export function renderMembers(members: Members): string {
  const { voters, outgoing, learners, removed, leader, index, committed } = members;
  const isJoint = Object.keys(outgoing).length > 0;
  const rows = Object.entries({ ...learners, ...outgoing, ...voters })
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, peer]) => [id === leader ? `${id} ★` : id, roleOf(id, members, isJoint), peer]);
  const lines = [renderTable(['NODE', 'MEMBER', 'PEER'], rows)];
  if (isJoint) {
    lines.push(
      `changing (joint): a majority of ${list(outgoing)} and one of ${list(voters)} must agree\n`,
    );
  }
  if (removed.length > 0) lines.push(`removed for good: ${removed.join(', ')}\n`);
  const count = Object.keys(voters).length;
  lines.push(
    `since entry ${String(index)}${committed ? '' : ', which is not committed yet'}; ` +
      `${String(count)} ${count === 1 ? 'voter' : 'voters'}, a majority is ${String(majorityOf(voters))}\n`,
  );
  return lines.join('');
}

function roleOf(id: string, { voters, outgoing, next }: Members, isJoint: boolean): string {
  if (!(id in voters)) {
    if (id in outgoing) return 'voter, leaves';
    return next?.voters.includes(id) === true ? 'learner, joins' : 'learner';
  }
  return isJoint && !(id in outgoing) ? 'voter, comes' : 'voter';
}

const list = (servers: Members['voters']): string => Object.keys(servers).join(', ');

const majorityOf = (servers: Members['voters']): number =>
  Math.floor(Object.keys(servers).length / 2) + 1;
