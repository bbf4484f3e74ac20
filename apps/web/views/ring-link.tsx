/**
 * The line between two servers: whole when both of their connections are open, else broken; or cut on
 * purpose, one way or both. Where faults may be injected it is a button that cuts and mends it.
 */
import { linkOf } from '../model/facts.ts';
import type { Faults } from '../model/faults.ts';
import type { ServerModel } from '../model/server-model.ts';
import { laneOf, type At } from './ring-geometry.ts';

interface Props {
  readonly a: string;
  readonly b: string;
  readonly servers: ReadonlyMap<string, ServerModel>;
  readonly places: ReadonlyMap<string, At>;
  readonly faults: Faults;
}

export function RingLink({ a, b, servers, places, faults }: Props) {
  const [from, to] = [places.get(a), places.get(b)];
  if (from === undefined || to === undefined) return null;
  const { start, end } = laneOf(from, to, 0);
  const ways = [linkOf(servers.get(a), b), linkOf(servers.get(b), a)];
  const said = ways.filter((way) => way !== '');
  const [there, back] = [faults.isCut(a, b), faults.isCut(b, a)];
  const cut = there || back;
  const broken = cut || said.some((way) => way !== 'open');
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  const state = cut
    ? cutInWords(a, b, there, back)
    : said.length === 0
      ? 'unknown'
      : said.join(', ');
  const ends = { x1: start.x, y1: start.y, x2: end.x, y2: end.y };
  const toggle = (): void => faults.toggleCut(a, b);
  const button =
    faults.access === null
      ? {}
      : {
          role: 'button' as const,
          tabindex: 0,
          'aria-pressed': cut,
          // Until one of its ends can be asked, it can be neither cut nor mended.
          'aria-disabled': !faults.canAsk(a) && !faults.canAsk(b),
          onKeyDown: (event: KeyboardEvent) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            toggle();
          },
        };
  return (
    <g
      class={broken ? 'link broken' : said.length === 0 ? 'link unknown' : 'link'}
      data-link={`${a}-${b}`}
      aria-label={`Link ${a} – ${b}: ${state}${cut || faults.access === null ? '' : '; cut it'}`}
      {...button}
    >
      <title>{`${a} – ${b}: ${state}`}</title>
      <line class="reach" {...ends} />
      <line {...ends} />
      {broken && (
        <text x={middle.x} y={middle.y + 6}>
          {cut ? '✂' : '⚡'}
        </text>
      )}
    </g>
  );
}

function cutInWords(a: string, b: string, there: boolean, back: boolean): string {
  if (there && back) return 'cut';
  return there ? `cut from ${a} to ${b}` : `cut from ${b} to ${a}`;
}
