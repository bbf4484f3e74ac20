/**
 * The timers of an actor inside its picture: a bar at the foot of each state whose delayed transition
 * is pending, as long as what is left of it.
 *
 * The browser shrinks a bar by itself. It is drawn anew when its timer is armed anew.
 */
import { useEffect } from 'preact/hooks';
import type { Timer } from '../../../actors/inspect/index.ts';
import { stateOfTimer } from '../model/chart-places.ts';
import { reducedMotion } from '../theme.ts';

/** In units of the drawing: of a bar, from the sides of its box, from its foot. */
const height = 7;
const side = 8;
const foot = 11;
/** Milliseconds between two steps of a bar for readers who asked for reduced motion. */
const stepMs = 500;
const svg = 'http://www.w3.org/2000/svg';

export interface Pending {
  readonly timers: readonly Timer[];
  /** How much is left of a timer now. */
  readonly left: (timer: Timer) => { readonly leftMs: number; readonly share: number };
}

/** Draws them into the picture in `frame`, whose text is `text`. */
export function useCountdowns(
  frame: { readonly current: HTMLDivElement | null },
  { timers, left }: Pending,
  text: string,
): void {
  const armed = timers.map(({ id, deadlineMs }) => `${id} ${deadlineMs}`).join();
  const still = reducedMotion.value;
  useEffect(() => {
    const bars = timers.flatMap((timer) => {
      const state = CSS.escape(stateOfTimer(timer));
      const group = frame.current?.querySelector(`[data-state="${state}"]`);
      const box = group?.querySelector('rect');
      if (!group || !box) return [];
      const bar = barIn(box, timer.delay);
      group.append(bar);
      shrink(bar.lastElementChild, left(timer), still);
      return [bar];
    });
    return () => bars.forEach((bar) => bar.remove());
  }, [armed, text, still]);
}

function barIn(box: SVGRectElement, delay: string): SVGGElement {
  const bar = document.createElementNS(svg, 'g');
  bar.setAttribute('class', 'countdown');
  const title = document.createElementNS(svg, 'title');
  title.textContent = delay;
  const [x, y] = [box.x.baseVal.value + side, box.y.baseVal.value];
  const size = { x, y: y + box.height.baseVal.value - foot, height, rx: height / 2 };
  const parts = ['whole', 'left'].map((name) => {
    const part = document.createElementNS(svg, 'rect');
    const all = { class: name, ...size, width: box.width.baseVal.value - 2 * side };
    for (const [key, value] of Object.entries(all)) part.setAttribute(key, String(value));
    return part;
  });
  bar.append(title, ...parts);
  return bar;
}

function shrink(
  bar: Element | null,
  { leftMs, share }: ReturnType<Pending['left']>,
  still: boolean,
): void {
  bar?.animate([{ transform: `scaleX(${share})` }, { transform: 'scaleX(0)' }], {
    duration: leftMs,
    fill: 'forwards',
    easing: still ? `steps(${Math.max(1, Math.ceil(leftMs / stepMs))})` : 'linear',
  });
}
