/** Where things are on the ring, in the units of its drawing. */

export const size = 440;
export const serverRadius = 42;
const ringRadius = 148;
/** Of the arcs that a server's timers are. */
export const arcRadii: readonly number[] = [52, 58];

export interface At {
  readonly x: number;
  readonly y: number;
}

/** The place of server `index` of `count`, the first one on top. */
export function placeOf(index: number, count: number): At {
  if (count === 1) return { x: size / 2, y: size / 2 };
  const angle = (2 * Math.PI * index) / count - Math.PI / 2;
  return {
    x: size / 2 + ringRadius * Math.cos(angle),
    y: size / 2 + ringRadius * Math.sin(angle) + (count === 3 ? 24 : 0),
  };
}

/** The line between two servers, from rim to rim and shifted to the right, so two directions differ. */
export function laneOf(from: At, to: At, shift: number): { start: At; end: At } {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const rim = serverRadius + 20;
  return {
    start: { x: from.x + ux * rim - uy * shift, y: from.y + uy * rim + ux * shift },
    end: { x: to.x - ux * rim - uy * shift, y: to.y - uy * rim + ux * shift },
  };
}

/** The path of an arc from twelve o'clock, clockwise, over `share` of the circle. */
export function arcPath({ x, y }: At, radius: number, share: number): string {
  if (share <= 0) return '';
  const angle = 2 * Math.PI * Math.min(share, 0.9999);
  const [endX, endY] = [x + radius * Math.sin(angle), y - radius * Math.cos(angle)];
  const large = share > 0.5 ? 1 : 0;
  return `M${x} ${y - radius}A${radius} ${radius} 0 ${large} 1 ${endX.toFixed(2)} ${endY.toFixed(2)}`;
}
