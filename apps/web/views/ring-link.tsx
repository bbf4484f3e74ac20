/** The line between two servers: whole when both of their connections are open, else broken. */
import { linkOf } from '../model/facts.ts';
import type { ServerModel } from '../model/server-model.ts';
import { laneOf, type At } from './ring-geometry.ts';

interface Props {
  readonly a: string;
  readonly b: string;
  readonly servers: ReadonlyMap<string, ServerModel>;
  readonly places: ReadonlyMap<string, At>;
}

export function RingLink({ a, b, servers, places }: Props) {
  const [from, to] = [places.get(a), places.get(b)];
  if (from === undefined || to === undefined) return null;
  const { start, end } = laneOf(from, to, 0);
  const ways = [linkOf(servers.get(a), b), linkOf(servers.get(b), a)];
  const said = ways.filter((way) => way !== '');
  const broken = said.some((way) => way !== 'open');
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  return (
    <g class={broken ? 'link broken' : said.length === 0 ? 'link unknown' : 'link'}>
      <title>{`${a} – ${b}: ${said.length === 0 ? 'unknown' : said.join(', ')}`}</title>
      <line x1={start.x} y1={start.y} x2={end.x} y2={end.y} />
      {broken && (
        <text x={middle.x} y={middle.y + 6} aria-label={`link ${a} – ${b} is broken`}>
          ⚡
        </text>
      )}
    </g>
  );
}
