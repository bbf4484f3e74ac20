/** Where things are on the ring, in the units of its drawing. */

export const serverRadius = 42;
/** Of the arcs that a server's timers are. */
export const arcRadii: readonly number[] = [52, 58];
/** Around all, for what is drawn about the outermost servers. */
export const margin = 12;
/** More servers than these need a larger ring, so that none covers another. */
const roomyCount = 5;
const sizeOfRoomy = 440;
const sizeOfOneMore = 45;
/** From the ring of the servers to the end of the drawing. */
const rimRoom = 72;

export interface At {
  readonly x: number;
  readonly y: number;
}

/** Three servers leave their ring's lower part empty. */
const heightSavedOfThree = 56;

/** Height of the drawing of a ring of `count` servers. */
export function heightOf(count: number): number {
  return sizeOf(count) - (count === 3 ? heightSavedOfThree : 0);
}

/** Its width. */
export function sizeOf(count: number): number {
  return sizeOfRoomy + Math.max(0, count - roomyCount) * sizeOfOneMore;
}

/** The place of server `index` of `count`, clockwise, the first one on top. */
export function placeOf(index: number, count: number): At {
  const middle = sizeOf(count) / 2;
  if (count === 1) return { x: middle, y: middle };
  const angle = (2 * Math.PI * index) / count - Math.PI / 2;
  const radius = middle - rimRoom;
  return {
    x: middle + radius * Math.cos(angle),
    y: middle + radius * Math.sin(angle),
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

/** A line around `places`, which follow each other clockwise, at `distance` from each. */
export function outlineOf(places: readonly At[], distance: number): string {
  const [only] = places;
  if (only === undefined) return '';
  if (places.length === 1) return `${arcPath(only, distance, 1)}z`;
  const parts = places.map((from, i) => {
    const to = places[(i + 1) % places.length] ?? from;
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const [outX, outY] = [
      ((to.y - from.y) / length) * distance,
      ((from.x - to.x) / length) * distance,
    ];
    const begin = `${(from.x + outX).toFixed(1)} ${(from.y + outY).toFixed(1)}`;
    const corner = i === 0 ? `M${begin}` : `A${distance} ${distance} 0 0 1 ${begin}`;
    return `${corner}L${(to.x + outX).toFixed(1)} ${(to.y + outY).toFixed(1)}`;
  });
  const home = /^M([^L]*)/.exec(parts[0] ?? '')?.[1] ?? '';
  return `${parts.join('')}A${distance} ${distance} 0 0 1 ${home}z`;
}
