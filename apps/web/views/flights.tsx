/**
 * The messages on their way. On loopback they take a fifth of a millisecond, so they are shown longer
 * than they last; heartbeats only pulse along their lane.
 *
 * Drawn by hand, since nothing of them is state: a mark is made, glides and is gone.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Header } from '../../../actors/inspect/index.ts';
import type { ClusterModel } from '../model/cluster.ts';
import { linkOf } from '../model/facts.ts';
import { MessageReader, type ShownMessage } from '../model/messages.ts';
import { reducedMotion } from '../theme.ts';
import { laneOf, type At } from './ring-geometry.ts';

/** Marks on their way at once; more would be a blur. */
const maxFlights = 48;
/** Milliseconds. */
const flightMs = 450;
const pulseMs = 400;
const laneShift = 7;
const svg = 'http://www.w3.org/2000/svg';

const glyphs = { heartbeat: '', entries: '■', vote: '◆', reply: '' } as const;

export function Flights({
  cluster,
  places,
}: {
  cluster: ClusterModel;
  places: ReadonlyMap<string, At>;
}) {
  const sky = useRef<SVGGElement>(null);
  const known = useRef(places);
  known.current = places;
  useEffect(() => {
    const reader = new MessageReader();
    return cluster.onSent((message) => {
      const shown = reader.read(message);
      const group = sky.current;
      if (group === null || reducedMotion.peek() || document.hidden) return;
      // What is sent over a broken connection, or a cut link, goes nowhere.
      const [from, to] = [String(message['from']), String(message['to'])];
      if (cluster.faults.isCut(from, to)) return;
      const sender = cluster.servers.peek().find(({ id }) => id === from);
      if (linkOf(sender, to) !== 'open') return;
      if (group.childElementCount < maxFlights) fly(group, message, shown, known.current);
    });
  }, [cluster]);
  return <g class="flights" ref={sky} aria-hidden="true" />;
}

function fly(
  group: SVGGElement,
  message: Header,
  shown: ShownMessage,
  places: ReadonlyMap<string, At>,
): void {
  const from = places.get(String(message['from']));
  const to = places.get(String(message['to']));
  if (from === undefined || to === undefined) return;
  const { start, end } = laneOf(from, to, laneShift);
  const isPulse = shown.kind === 'heartbeat';
  const mark = isPulse
    ? document.createElementNS(svg, 'line')
    : document.createElementNS(svg, 'text');
  if (isPulse) {
    // The answer to a heartbeat would only double it; so would the next one, before the first is gone.
    const lane = `${String(message['from'])}>${String(message['to'])}`;
    if (shown.sign !== '' || group.querySelector(`[data-lane="${CSS.escape(lane)}"]`)) return;
    mark.setAttribute('data-lane', lane);
  }
  mark.setAttribute('class', `${shown.kind} ${shown.sign === '−' ? 'no' : ''}`);
  group.append(mark);
  let motion: Animation;
  if (isPulse) {
    const ends = { x1: start.x, y1: start.y, x2: end.x, y2: end.y };
    for (const [name, value] of Object.entries(ends)) mark.setAttribute(name, String(value));
    motion = mark.animate([{ opacity: 0.7 }, { opacity: 0 }], pulseMs);
  } else {
    mark.textContent = shown.sign === '' ? glyphs[shown.kind] : shown.sign;
    const at = ({ x, y }: At) => ({ transform: `translate(${x}px, ${y}px)` });
    motion = mark.animate([at(start), at(end)], { duration: flightMs, easing: 'ease-in-out' });
  }
  motion.onfinish = () => mark.remove();
  motion.oncancel = () => mark.remove();
}
