/**
 * A drawn chart with its active states lit, its last transition glowing, and its timers running out.
 *
 * The picture is put in once; what changes are classes on its parts, so that twenty updates a second
 * cost next to nothing.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ActorState } from '../../../actors/inspect/index.ts';
import {
  activeStates,
  arrowsOf,
  sourceOf,
  stateOfTimer,
  type DrawnChart,
} from '../model/chart-places.ts';
import type { Step } from '../model/steps.ts';
import { reducedMotion } from '../theme.ts';
import { useCountdowns, type Pending } from './countdowns.ts';

/** Milliseconds that a transition glows. */
const glowMs = 700;
const zooms = [0.35, 0.5, 0.6, 0.8, 1] as const;
/** Of a chart that would be too small to read when it fits. */
const largeZoom = 0.6;
/** Pixels of the largest chart that can still be read when it fits. */
const maxFitted = { width: 1_100, height: 1_050 };

interface Props {
  readonly chart: DrawnChart;
  readonly actor: ActorState;
  readonly steps: readonly Step[];
  readonly live: boolean;
  readonly pending: Pending;
}

export function LiveChart({ chart, actor, steps, live, pending }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [detailed, setDetailed] = useState(chart.outline === null);
  const [zoom, setZoom] = useState(() => (canBeReadWhole(chart) ? 0 : largeZoom));
  const [follow, setFollow] = useState(true);
  const text = detailed ? chart.svg : (chart.outline ?? chart.svg);
  const picture = useMemo(() => ({ __html: text }), [text]);
  const { width } = sizeOf(text);
  const states = activeStates(chart.id, actor.value);
  const lit = states.join(' ');
  // What counts down is where something will happen.
  const timed = pending.timers.map(stateOfTimer);
  const waiting = states.filter((state) =>
    timed.some((one) => one === state || one.startsWith(`${state}.`)),
  );

  useEffect(() => {
    const active = new Set(states);
    for (const part of frame.current?.querySelectorAll<SVGElement>('[data-state]') ?? []) {
      part.classList.toggle('lit', live && active.has(part.dataset['state'] ?? ''));
    }
    if (follow && zoom > 0) showActive(frame.current, [...waiting, ...states]);
  }, [lit, live, text, zoom, follow, waiting.join(' ')]);

  useGlow(frame, chart, steps, text);
  useCountdowns(frame, pending, text);

  return (
    <>
      <div class="picture-tools">
        <label>
          Size{' '}
          <select
            value={zoom}
            onChange={({ currentTarget }) => setZoom(Number(currentTarget.value))}
          >
            <option value={0}>fit</option>
            {zooms.map((one) => (
              <option key={one} value={one}>
                {one * 100} %
              </option>
            ))}
          </select>
        </label>
        {chart.outline !== null && (
          <label>
            <input
              type="checkbox"
              checked={detailed}
              onChange={({ currentTarget }) => setDetailed(currentTarget.checked)}
            />{' '}
            actions and guards
          </label>
        )}
        {zoom > 0 && (
          <label>
            <input
              type="checkbox"
              checked={follow}
              onChange={({ currentTarget }) => setFollow(currentTarget.checked)}
            />{' '}
            follow the active state
          </label>
        )}
      </div>
      <div
        class="scroll"
        tabIndex={0}
        role="group"
        aria-label={`Chart ${chart.id}; active: ${states.at(-1) ?? ''}`}
      >
        <div
          ref={frame}
          class={`chart${zoom === 0 ? ' fit' : ''}`}
          style={{ width: zoom === 0 ? `min(100%, ${width}px)` : `${width * zoom}px` }}
          dangerouslySetInnerHTML={picture}
        />
      </div>
    </>
  );
}

function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const [, width = 0, height = 0] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}

function canBeReadWhole({ svg, outline }: DrawnChart): boolean {
  const { width, height } = sizeOf(svg);
  return outline === null && width <= maxFitted.width && height <= maxFitted.height;
}

/** Marks the arrows, or the state, of the last transition; and makes it glow when it is new. */
function useGlow(
  frame: { readonly current: HTMLDivElement | null },
  chart: DrawnChart,
  steps: readonly Step[],
  text: string,
): void {
  const seen = useRef(Infinity);
  const last = steps.findLast(({ changed }) => changed);
  const newest = steps.at(-1)?.seq ?? 0;
  useEffect(() => {
    const root = frame.current;
    if (root === null) return;
    for (const part of root.querySelectorAll('.last')) part.classList.remove('last');
    for (const part of last === undefined ? [] : partsOf(root, chart, last))
      part.classList.add('last');
  }, [last?.seq, text]);
  useEffect(() => {
    const root = frame.current;
    // What repeats, as heartbeats do, would glow without end.
    const fresh = steps.filter(({ seq, count }) => seq > seen.current && count === 1);
    seen.current = newest;
    if (root === null || reducedMotion.peek()) return;
    for (const part of new Set(fresh.flatMap((step) => partsOf(root, chart, step)))) {
      part.animate([{ filter: 'drop-shadow(0 0 5px var(--glow))' }, { filter: 'none' }], glowMs);
    }
  }, [newest]);
}

function partsOf(root: Element, { moves }: DrawnChart, { edges }: Step): Element[] {
  return edges.flatMap((edge) => {
    const arrows = arrowsOf(moves, edge).flatMap((arrow) => [
      ...root.querySelectorAll(`[data-arrow="${CSS.escape(arrow)}"]`),
    ]);
    // A transition that stays is written in its state.
    return arrows.length > 0
      ? arrows
      : [...root.querySelectorAll(`[data-state="${CSS.escape(sourceOf(edge))}"]`)];
  });
}

/** Brings the outermost active state that fits into view to the middle; the root fits nowhere. */
function showActive(frame: HTMLDivElement | null, states: readonly string[]): void {
  const view = frame?.parentElement;
  if (!view) return;
  for (const state of states) {
    const part = view.querySelector(`[data-state="${CSS.escape(state)}"]`);
    if (!part) continue;
    const [box, around] = [part.getBoundingClientRect(), view.getBoundingClientRect()];
    if (box.width > around.width || box.height > around.height) continue;
    view.scrollBy({
      left: box.left + box.width / 2 - around.left - around.width / 2,
      top: box.top + box.height / 2 - around.top - around.height / 2,
      behavior: reducedMotion.peek() ? 'instant' : 'smooth',
    });
    return;
  }
}
