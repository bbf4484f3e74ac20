/** One server on the ring: its role as a shape, its term, its timers as arcs, votes as pips. */
import type { Facts } from '../model/facts.ts';
import type { ServerModel } from '../model/server-model.ts';
import { hrefOf, route } from '../route.ts';
import { useNow } from '../use-now.ts';
import { arcPath, arcRadii, serverRadius, size, type At } from './ring-geometry.ts';

interface Props {
  readonly id: string;
  readonly at: At;
  readonly server: ServerModel | null;
  readonly facts: Facts | null;
}

export function RingServer({ id, at, server, facts }: Props) {
  const live = facts?.live ?? false;
  const role = live && facts !== null ? facts.role : 'unheard';
  const name = nameOf(id, facts);
  const leads = role === 'leader';
  const { view, server: chosen } = route.value;
  const isChosen = view === 'chart' && chosen === id;
  return (
    <a
      class={`server ${role}${isChosen ? ' chosen' : ''}`}
      href={hrefOf({ view: 'chart', server: id, actor: 'server' })}
      aria-label={name}
      data-server={id}
      data-role={role}
    >
      <title>{name}</title>
      <g aria-hidden="true">
        {isChosen && <circle class="choice" cx={at.x} cy={at.y} r={serverRadius + 21} />}
        <circle class="body" cx={at.x} cy={at.y} r={serverRadius} />
        {leads && <circle class="inner" cx={at.x} cy={at.y} r={serverRadius - 6} />}
        <text class="id" x={at.x} y={at.y - 15}>
          {leads ? `★ ${id}` : live ? id : `✕ ${id}`}
        </text>{' '}
        <text class="term" x={at.x} y={at.y + 6}>
          <tspan class="unit">term </tspan>
          {facts === null ? '?' : facts.term}
        </text>{' '}
        <text class="role" x={at.x} y={at.y + 20}>
          {live ? roleInWords(role) : 'not heard'}
        </text>{' '}
        <text
          class="commit"
          x={at.x}
          y={at.y < size / 2 ? at.y - serverRadius - 24 : at.y + serverRadius + 34}
        >
          {facts === null ? '' : `commit ${facts.commitIndex}${behind(facts)}`}
        </text>
        {live && server !== null && facts !== null && (
          <Timers at={at} server={server} facts={facts} />
        )}
        {live && facts !== null && <Votes at={at} facts={facts} />}
      </g>
    </a>
  );
}

function Timers({ at, server, facts }: { at: At; server: ServerModel; facts: Facts }) {
  const now = useNow();
  const timers = [...facts.timers].sort((a, b) => a.deadlineMs - b.deadlineMs);
  return (
    <>
      {timers.slice(0, arcRadii.length).map((timer, i) => {
        const { share } = server.left(`${facts.id}/server`, timer, now);
        const radius = arcRadii[i] ?? 0;
        return (
          <g key={timer.id}>
            <circle class="track" cx={at.x} cy={at.y} r={radius} />
            <path class="arc" d={arcPath(at, radius, share)} />
          </g>
        );
      })}
    </>
  );
}

/** Who has voted for it, while it asks for votes: a mark for each voter. */
function Votes({ at, facts }: { at: At; facts: Facts }) {
  if (facts.role !== 'candidate' && facts.role !== 'preCandidate') return null;
  const width = 12;
  const left = at.x - ((facts.voters.length - 1) * width) / 2;
  return (
    <g class="votes">
      {facts.voters.map((voter, i) => {
        const granted = facts.votes.includes(voter);
        return (
          <text key={voter} class={granted ? 'granted' : ''} x={left + i * width} y={at.y + 34}>
            {granted ? '✓' : '○'}
          </text>
        );
      })}
    </g>
  );
}

/** `preCandidate` as people write it. */
function roleInWords(role: string): string {
  return role.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
}

function behind({ commitIndex, appliedIndex }: Facts): string {
  return appliedIndex < commitIndex ? `, applied ${appliedIndex}` : '';
}

/** Begins with what is to be seen, for those who say what they see. */
function nameOf(id: string, facts: Facts | null): string {
  if (facts === null) return `${id}, term ?, not heard yet`;
  const { role, term, commitIndex, live, trust } = facts;
  const state = live ? roleInWords(role) : 'not heard';
  const seen = `${id}, term ${term}, ${state}, commit ${commitIndex}${behind(facts)}`;
  if (!live) return `${seen}; was ${roleInWords(role)}`;
  const timers = facts.timers.map(({ delay }) => delay).join(' and ');
  const waits = timers === '' ? '' : `, timer ${timers}`;
  return `${seen}${trust === 'doubtful' ? ', doubtful' : ''}${waits}`;
}
