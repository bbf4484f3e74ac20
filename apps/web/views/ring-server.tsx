/**
 * One server on the ring: a circle that votes or a square that only learns, its role as an outline and
 * a word, its term, its timers as arcs, votes as pips.
 */
import { votersOf, type Facts } from '../model/facts.ts';
import type { Part } from '../model/membership.ts';
import type { ServerModel } from '../model/server-model.ts';
import { hrefOf, route } from '../route.ts';
import { useNow } from '../use-now.ts';
import { arcPath, arcRadii, serverRadius, type At } from './ring-geometry.ts';

interface Props {
  readonly id: string;
  readonly at: At;
  /** In the upper half, where what is said of it is above it. */
  readonly isUpper: boolean;
  readonly part: Part;
  readonly server: ServerModel | null;
  readonly facts: Facts | null;
}

/** From its middle to a side: what votes is round, and as large. */
const squareHalf = 37;

/** Characters that fit into a server, and the room for those of a longer name. */
const maxIdLength = 9;
const idWidth = 76;

export function RingServer({ id, at, isUpper, part, server, facts }: Props) {
  const live = (facts?.live ?? false) && part !== 'removed';
  const role = roleOf(facts, live, part);
  const name = nameOf(id, facts, part);
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
        {part === 'learner' ? (
          <rect
            class="body"
            x={at.x - squareHalf}
            y={at.y - squareHalf}
            width={2 * squareHalf}
            height={2 * squareHalf}
            rx={8}
          />
        ) : (
          <circle class="body" cx={at.x} cy={at.y} r={serverRadius} />
        )}
        {leads && <circle class="inner" cx={at.x} cy={at.y} r={serverRadius - 6} />}
        <text
          class="id"
          x={at.x}
          y={at.y - 15}
          textLength={id.length > maxIdLength ? idWidth : undefined}
          lengthAdjust="spacingAndGlyphs"
        >
          {`${signOf(role)}${id}`}
        </text>{' '}
        <text class="term" x={at.x} y={at.y + 6}>
          <tspan class="unit">term </tspan>
          {facts === null ? '?' : facts.term}
        </text>{' '}
        <text class="role" x={at.x} y={at.y + 20}>
          {roleInWords(role)}
        </text>{' '}
        <text
          class="commit"
          x={at.x}
          y={isUpper ? at.y - serverRadius - 27 : at.y + serverRadius + 34}
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
  const voters = votersOf(facts.members);
  const left = at.x - ((voters.length - 1) * width) / 2;
  return (
    <g class="votes">
      {voters.map((voter, i) => {
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

/** Its role as it is drawn: who only learns or is gone has none in the eyes of the others. */
function roleOf(facts: Facts | null, live: boolean, part: Part): string {
  if (part === 'removed') return 'removed';
  if (!live || facts === null) return 'unheard';
  return part === 'learner' && facts.role === 'follower' ? 'learner' : facts.role;
}

function signOf(role: string): string {
  return { leader: '★ ', unheard: '✕ ', removed: '⊘ ' }[role] ?? '';
}

/** `preCandidate` as people write it. */
function roleInWords(role: string): string {
  if (role === 'unheard') return 'not heard';
  return role.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
}

function behind({ commitIndex, appliedIndex }: Facts): string {
  return appliedIndex < commitIndex ? `, applied ${appliedIndex}` : '';
}

const partInWords: Readonly<Record<Part, string>> = {
  voter: '',
  incoming: ', votes in C_new only',
  outgoing: ', votes in C_old only',
  learner: ', does not vote',
  removed: '',
  unknown: '',
};

/** Begins with what is to be seen, for those who say what they see. */
function nameOf(id: string, facts: Facts | null, part: Part): string {
  if (part === 'removed') return `${id}, removed: no member any more`;
  if (facts === null) return `${id}, term ?, not heard yet${partInWords[part]}`;
  const { role, term, commitIndex, live, trust } = facts;
  const drawn = roleInWords(roleOf(facts, live, part));
  const seen = `${id}, term ${term}, ${drawn}, commit ${commitIndex}${behind(facts)}${partInWords[part]}`;
  if (!live) return `${seen}; was ${roleInWords(role)}`;
  const timers = facts.timers.map(({ delay }) => delay).join(' and ');
  const waits = timers === '' ? '' : `, timer ${timers}`;
  return `${seen}${trust === 'doubtful' ? ', doubtful' : ''}${waits}`;
}
