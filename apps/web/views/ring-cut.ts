/**
 * A line drawn across the ring: where it began, where it is, and which links it crosses.
 *
 * Drawn on the empty parts of the ring alone, so that a server is still selected by a click.
 */
import { useState } from 'preact/hooks';
import type { At } from './ring-geometry.ts';

export interface Stroke {
  readonly from: At;
  readonly to: At;
}

type Pointer = PointerEvent & { readonly currentTarget: SVGSVGElement };

/** Handlers for the `svg`, and the stroke while it is drawn; `done` is called with a whole one. */
export function useStroke(enabled: boolean, done: (stroke: Stroke) => void) {
  const [stroke, setStroke] = useState<Stroke | null>(null);
  const handlers = {
    onPointerDown: (event: Pointer) => {
      if (!enabled || event.button !== 0 || isOnServer(event.target)) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      const at = placeOf(event);
      setStroke({ from: at, to: at });
    },
    onPointerMove: (event: Pointer) => {
      if (stroke !== null) setStroke({ ...stroke, to: placeOf(event) });
    },
    onPointerUp: (event: Pointer) => {
      if (stroke === null) return;
      setStroke(null);
      done({ ...stroke, to: placeOf(event) });
    },
    onPointerCancel: () => setStroke(null),
  };
  return { stroke, handlers };
}

function isOnServer(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.server') !== null;
}

/** In the units of the drawing. */
function placeOf({ currentTarget, clientX, clientY }: Pointer): At {
  const matrix = currentTarget.getScreenCTM();
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix?.inverse());
  return { x, y };
}

/** Whether two lines cross, ends included. */
export function crosses(one: Stroke, start: At, end: At): boolean {
  const sideOf = (a: At, b: At, p: At): number =>
    Math.sign((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x));
  return (
    sideOf(one.from, one.to, start) !== sideOf(one.from, one.to, end) &&
    sideOf(start, end, one.from) !== sideOf(start, end, one.to)
  );
}
