/**
 * Who takes part (§6): in words under the ring, and during a change of voters as a line around the old
 * ones and one around the new ones, each with the majority that it needs.
 */
import type { Change, Membership } from '../model/membership.ts';
import { outlineOf, type At } from './ring-geometry.ts';

/** From the middle of a server to the lines around its configurations. */
const distances = { old: 66, new: 72 } as const;

interface OutlinesProps {
  readonly change: Change | null;
  readonly places: ReadonlyMap<string, At>;
}

export function Outlines({ change, places }: OutlinesProps) {
  if (change === null) return null;
  // In the order of the places, which is clockwise.
  const around = (voters: readonly string[]): At[] =>
    [...places].filter(([id]) => voters.includes(id)).map(([, at]) => at);
  return (
    <g class={`outlines ${change.state}`} aria-hidden="true">
      <path class="old" d={outlineOf(around(change.old), distances.old)} />
      <path class="new" d={outlineOf(around(change.new), distances.new)} />
    </g>
  );
}

export function Members({ membership }: { membership: Membership }) {
  const { members, change, removed } = membership;
  if (members === null) return null;
  const { voters, learners } = members;
  return (
    <div class="members small" data-test="members">
      {change === null ? (
        <p>
          <b>{counted(voters.length, 'voter', 'voters')}</b>, {`a majority is ${majority(voters)}`}
        </p>
      ) : (
        <ChangeInWords change={change} />
      )}
      {learners.length > 0 && (
        <p>
          <b>{counted(learners.length, 'learner', 'learners')}</b>: {learners.join(', ')}
        </p>
      )}
      {removed.length > 0 && (
        <p>
          <b>removed</b>: {removed.join(', ')}
        </p>
      )}
    </div>
  );
}

const changeTitles: Readonly<Record<Change['state'], string>> = {
  joint: 'joint: a majority of each has to agree',
  done: 'was joint, now C_new is in force',
  undone: 'was joint, and was undone: C_old is in force',
};

function ChangeInWords({ change }: { change: Change }) {
  return (
    <div class="change" data-change={change.state}>
      <p>
        <b>{changeTitles[change.state]}</b>
      </p>
      {(['old', 'new'] as const).map((which) => (
        <p key={which}>
          <svg class="sample" viewBox="0 0 22 6" width="22" height="6" aria-hidden="true">
            <path class={which} d="M1 3H21" />
          </svg>{' '}
          {`C_${which} {${change[which].join(', ')}}: ${majority(change[which])} of ${change[which].length}`}
        </p>
      ))}
    </div>
  );
}

function majority(voters: readonly string[]): number {
  return Math.floor(voters.length / 2) + 1;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
