/**
 * A chart as the graph that ELK lays out: nested nodes with sizes, edges with labels.
 *
 * States come in the order of the source, which is the author's order: an arrow against it is
 * handed over the wrong way round and turned back in layout.ts, so that ELK has no cycle to break
 * and the first state is on top.
 */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { allStates, contains } from './model.ts';
import type { ChartState, ChartTransition } from './model.ts';
import { isArrow, labelOf, rowsOf } from './rows.ts';
import { lineHeight, titleSize, widthOf } from './text.ts';
import type { Line } from './text.ts';

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

/** Pixels that a composite, by its id, is to be wider than what is inside it asks for. */
export type ExtraWidth = ReadonlyMap<string, number>;

/** What ELK is asked; `extraWidth` is what the last answer left too narrow. */
export function elkGraphOf(chart: ChartState, extraWidth: ExtraWidth): ElkNode {
  return {
    id: '',
    layoutOptions: { ...options, 'elk.padding': padded(padding, padding, padding) },
    children: [nodeOf(chart, extraWidth)],
    edges: edgesOf(chart),
  };
}

/** What the title and the rows of a state need. */
export function sizeOf(state: ChartState): { width: number; height: number } {
  const lines = rowsOf(state);
  const titleWidth = widthOf(state.key, 'title', titleSize) + 2 * padding;
  const width = Math.ceil(Math.max(titleWidth, ...lines.map((line) => line.width)) + 2 * padding);
  const body = lines.length === 0 ? 0 : lines.length * lineHeight + padding;
  return { width, height: titleHeight + Math.max(body, padding) };
}

function nodeOf(state: ChartState, extraWidth: ExtraWidth): ElkNode {
  const size = sizeOf(state);
  if (state.states.length === 0) return { id: state.id, ...size };
  const children = state.states.map((child) => {
    const node = nodeOf(child, extraWidth);
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

/** Id of the initial dot of a composite. */
export function dotOf(state: ChartState): string {
  return `${state.id}#initial`;
}

/** All transitions between the same two states are one edge; their lines are its label. */
interface Bundle {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly lines: readonly Line[];
}

/** The edges of a chart with what is written along them, initial dots left out. */
export function bundlesOf(chart: ChartState): Bundle[] {
  return [...allStates(chart)].flatMap((state) => {
    const between = new Map<string, ChartTransition[]>();
    for (const transition of state.transitions.filter(isArrow)) {
      for (const target of transition.targets) {
        between.set(target, [...(between.get(target) ?? []), transition]);
      }
    }
    return [...between].map(([target, transitions]) => {
      const id = `${state.id}->${target}`;
      return { id, source: state.id, target, lines: labelOf(transitions) };
    });
  });
}

function edgesOf(chart: ChartState): ElkExtendedEdge[] {
  const states = [...allStates(chart)];
  const order = new Map(states.map((state, position) => [state.id, position]));
  const dots = states.flatMap((state): ElkExtendedEdge[] => {
    const { initial } = state;
    if (initial === null) return [];
    return [{ id: `${dotOf(state)}->${initial}`, sources: [dotOf(state)], targets: [initial] }];
  });
  const arrows = bundlesOf(chart).map(({ id, source, target, lines }): ElkExtendedEdge => {
    const isBackward = (order.get(source) ?? 0) > (order.get(target) ?? 0);
    const [first, second] = isBackward ? [target, source] : [source, target];
    const width = Math.ceil(Math.max(...lines.map((line) => line.width))) + 8;
    const labels = [{ text: ' ', width, height: lines.length * lineHeight + 4 }];
    return { id, sources: [first], targets: [second], labels };
  });
  return [...dots, ...arrows];
}
