/**
 * Where everything goes: the chart as boxes and arrows with coordinates in pixels.
 *
 * ELK's layered algorithm places states of all depths at once (`INCLUDE_CHILDREN`), so an arrow may
 * cross borders; sizes come from rows.ts. The same chart always gets the same picture: ELK is
 * seeded and keeps the order of the source. How it is painted is svg.ts's question.
 */
import ElkConstructor from 'elkjs/lib/elk.bundled.js';
import type { ELK, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { allStates, contains } from './model.ts';
import type { ChartState, ChartTransition } from './model.ts';
import { isArrow, labelOf, rowsOf } from './rows.ts';
import { lineHeight, titleSize, widthOf } from './text.ts';
import type { Line } from './text.ts';

export interface Box {
  readonly state: ChartState;
  readonly rows: readonly Line[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  /** Null for the arrow from an initial dot. */
  readonly source: string | null;
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

export const padding = 12;
export const titleHeight = 26;
export const dotRadius = 5;

const options: Readonly<Record<string, string>> = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.randomSeed': '1',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.thoroughness': '40',
};

/** Lays a chart out; a few hundred milliseconds for the largest. */
export async function layOut(chart: ChartState): Promise<Drawing> {
  const elk = new (ElkConstructor as unknown as new () => ELK)();
  const rows = new Map([...allStates(chart)].map((state) => [state.id, rowsOf(state)]));
  const labels = new Map<string, readonly Line[]>();
  const edges = edgesOf(chart, labels);
  const lay = async (extraWidth: ReadonlyMap<string, number>): Promise<Drawing> => {
    const root = await elk.layout({
      id: '',
      layoutOptions: { ...options, 'elk.padding': padded(padding, padding, padding) },
      children: [nodeOf(chart, rows, extraWidth)],
      edges: structuredClone(edges),
    });
    return drawingOf(root, chart, rows, labels);
  };
  // ELK sizes a composite by what is inside; where the title or the rows need more, ask again.
  const first = await lay(new Map());
  const missing = new Map(
    first.boxes.map(({ state, width }) => [
      state.id,
      Math.max(0, sizeOf(state, rows).width - width),
    ]),
  );
  return [...missing.values()].some((extra) => extra > 0) ? lay(missing) : first;
}

type Rows = ReadonlyMap<string, readonly Line[]>;

/** What the title and the rows of a state need. */
function sizeOf(state: ChartState, rows: Rows): { width: number; height: number } {
  const lines = rows.get(state.id) ?? [];
  const titleWidth = widthOf(state.key, 'title', titleSize) + 2 * padding;
  const width = Math.ceil(Math.max(titleWidth, ...lines.map((line) => line.width)) + 2 * padding);
  const body = lines.length === 0 ? 0 : lines.length * lineHeight + padding;
  return { width, height: titleHeight + Math.max(body, padding) };
}

function nodeOf(state: ChartState, rows: Rows, extraWidth: ReadonlyMap<string, number>): ElkNode {
  const size = sizeOf(state, rows);
  if (state.states.length === 0) return { id: state.id, ...size };
  const children = state.states.map((child) => {
    const node = nodeOf(child, rows, extraWidth);
    const constraint = isLast(child, state)
      ? { 'elk.layered.layering.layerConstraint': 'LAST' }
      : {};
    return {
      ...node,
      layoutOptions: { ...node.layoutOptions, 'elk.alignment': 'TOP', ...constraint },
    };
  });
  const right = 18 + (extraWidth.get(state.id) ?? 0);
  return {
    id: state.id,
    layoutOptions: { ...options, 'elk.padding': padded(size.height + 8, right, 18) },
    children: state.initial === null ? children : [dotNode(state), ...children],
  };
}

/** A state that nothing leaves goes to the end, unless it is where its parent begins. */
function isLast(child: ChartState, parent: ChartState): boolean {
  const leaves = [...allStates(child)].some((state) =>
    state.transitions.some(
      (one) => isArrow(one) && one.targets.some((target) => !contains(child.id, target)),
    ),
  );
  return parent.kind === 'compound' && parent.initial !== child.id && !leaves;
}

function dotNode(state: ChartState): ElkNode {
  return {
    id: dotOf(state),
    width: 2 * dotRadius,
    height: 2 * dotRadius,
    layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' },
  };
}

function padded(top: number, right: number, rest: number): string {
  return `[top=${top},left=${rest},bottom=${rest},right=${right}]`;
}

function dotOf(state: ChartState): string {
  return `${state.id}#initial`;
}

/** One edge for all transitions between the same two states; their lines become its label. */
function edgesOf(chart: ChartState, labels: Map<string, readonly Line[]>): ElkExtendedEdge[] {
  const edges: ElkExtendedEdge[] = [];
  const order = new Map([...allStates(chart)].map((state, position) => [state.id, position]));
  const isBackward = (source: string, target: string): boolean =>
    (order.get(source) ?? 0) > (order.get(target) ?? 0);
  for (const state of allStates(chart)) {
    if (state.initial !== null) edges.push(edge(dotOf(state), state.initial));
    const between = new Map<string, ChartTransition[]>();
    for (const transition of state.transitions.filter(isArrow)) {
      for (const target of transition.targets) {
        between.set(target, [...(between.get(target) ?? []), transition]);
      }
    }
    for (const [target, transitions] of between) {
      const drawn = isBackward(state.id, target)
        ? { ...edge(target, state.id), id: `${state.id}->${target}` + backward }
        : edge(state.id, target);
      const lines = labelOf(transitions);
      labels.set(drawn.id, lines);
      const width = Math.ceil(Math.max(...lines.map((line) => line.width))) + 8;
      edges.push({
        ...drawn,
        labels: [{ text: ' ', width, height: lines.length * lineHeight + 4 }],
      });
    }
  }
  return edges;
}

/** Ends the id of an edge that ELK was given the wrong way round. */
const backward = '#backward';

function edge(source: string, target: string): ElkExtendedEdge {
  return { id: `${source}->${target}`, sources: [source], targets: [target] };
}

function drawingOf(
  root: ElkNode,
  chart: ChartState,
  rows: Rows,
  labels: ReadonlyMap<string, readonly Line[]>,
): Drawing {
  const placed = new Map<string, ElkNode>();
  const place = (node: ElkNode): void => {
    placed.set(node.id, node);
    node.children?.forEach(place);
  };
  place(root);
  const states = [...allStates(chart)];
  const boxes = states.map((state): Box => {
    const { x = 0, y = 0, width = 0, height = 0 } = placed.get(state.id) ?? {};
    const depth = state.id.split('.').length - chart.id.split('.').length;
    return { state, rows: rows.get(state.id) ?? [], x, y, width, height, depth };
  });
  const dots = states
    .flatMap((state) => placed.get(dotOf(state)) ?? [])
    .map(({ x = 0, y = 0 }) => ({ x: x + dotRadius, y: y + dotRadius }));
  const arrows = (root.edges ?? []).map((drawn) => arrowOf(drawn, labels));
  return { width: root.width ?? 0, height: root.height ?? 0, boxes, dots, arrows };
}

function arrowOf(drawn: ElkExtendedEdge, labels: ReadonlyMap<string, readonly Line[]>): Arrow {
  const points = (drawn.sections ?? []).flatMap((section) => [
    section.startPoint,
    ...(section.bendPoints ?? []),
    section.endPoint,
  ]);
  const [label] = drawn.labels ?? [];
  const lines = labels.get(drawn.id);
  const isBackward = drawn.id.endsWith(backward);
  if (isBackward) points.reverse();
  const source = (isBackward ? drawn.targets : drawn.sources)[0] ?? '';
  return {
    source: source.endsWith('#initial') ? null : source,
    points,
    label: label && lines ? { x: label.x ?? 0, y: label.y ?? 0, lines } : null,
  };
}
