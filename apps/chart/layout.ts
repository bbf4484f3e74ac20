/**
 * Where everything goes: the chart as boxes and arrows with coordinates in pixels.
 *
 * ELK's layered algorithm places states of all depths at once (`INCLUDE_CHILDREN`), so an arrow may
 * cross borders. The same chart always gets the same picture: ELK is seeded and keeps the order of
 * the source. What ELK is asked is elk-graph.ts's question, how it is painted svg.ts's.
 */
import ElkConstructor from 'elkjs/lib/elk.bundled.js';
import type { ELK, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { bundlesOf, dotOf, dotRadius, elkGraphOf, sizeOf } from './elk-graph.ts';
import { allStates } from './model.ts';
import type { ChartState } from './model.ts';
import { rowsOf } from './rows.ts';
import type { Line } from './text.ts';

export interface Box {
  readonly state: ChartState;
  readonly rows: readonly Line[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  /** Null for the arrow from an initial dot. */
  readonly source: string | null;
  /** `SOURCE->TARGET`, by the ids of two states; `STATE#initial->TARGET` from a dot. */
  readonly id: string;
  readonly points: readonly Point[];
  readonly label: {
    readonly x: number;
    readonly y: number;
    readonly lines: readonly Line[];
  } | null;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Parents before children. */
  readonly boxes: readonly Box[];
  readonly dots: readonly Point[];
  readonly arrows: readonly Arrow[];
}

/** Lays a chart out; a few hundred milliseconds for the largest. */
export async function layOut(chart: ChartState): Promise<Drawing> {
  const elk = new (ElkConstructor as unknown as new () => ELK)();
  const first = drawingOf(await elk.layout(elkGraphOf(chart, new Map())), chart);
  // ELK sizes a composite by what is inside; where the title or the rows need more, ask again.
  const missing = first.boxes.map(
    ({ state, width }) => [state.id, Math.max(0, sizeOf(state).width - width)] as const,
  );
  return missing.every(([, extra]) => extra === 0)
    ? first
    : drawingOf(await elk.layout(elkGraphOf(chart, new Map(missing))), chart);
}

function drawingOf(root: ElkNode, chart: ChartState): Drawing {
  const placed = new Map<string, ElkNode>();
  const place = (node: ElkNode): void => {
    placed.set(node.id, node);
    node.children?.forEach(place);
  };
  place(root);
  const edges = new Map((root.edges ?? []).map((edge) => [edge.id, edge]));
  const states = [...allStates(chart)];
  const boxes = states.map((state): Box => {
    const { x = 0, y = 0, width = 0, height = 0 } = placed.get(state.id) ?? {};
    return { state, rows: rowsOf(state), x, y, width, height };
  });
  const dots = states
    .flatMap((state) => placed.get(dotOf(state)) ?? [])
    .map(({ x = 0, y = 0 }) => ({ x: x + dotRadius, y: y + dotRadius }));
  const fromDots = states.flatMap((state): Arrow[] => {
    const id = `${dotOf(state)}->${state.initial ?? ''}`;
    const edge = edges.get(id);
    return edge === undefined ? [] : [{ source: null, id, points: pointsOf(edge), label: null }];
  });
  const arrows = bundlesOf(chart).flatMap(({ id, source, lines }): Arrow[] => {
    const edge = edges.get(id);
    if (edge === undefined) return [];
    const points = pointsOf(edge);
    const { x = 0, y = 0 } = edge.labels?.[0] ?? {};
    if (edge.sources[0] !== source) points.reverse();
    return [{ source, id, points, label: { x, y, lines } }];
  });
  const { width = 0, height = 0 } = root;
  return { width, height, boxes, dots, arrows: [...fromDots, ...arrows] };
}

function pointsOf(edge: ElkExtendedEdge): Point[] {
  return (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ]);
}
