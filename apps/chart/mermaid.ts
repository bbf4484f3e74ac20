/**
 * A chart as a Mermaid `stateDiagram-v2`, for places that draw Mermaid and nothing else.
 *
 * It shows the states and the transitions between them; what a state does without being left is in
 * the SVG only. Mermaid cannot draw an arrow between inner states of different composites, so such
 * an arrow joins the enclosing ones and its label begins with the inner state's name. Nor does its
 * layout survive arrows to composites in regions (`--`): regions are states in a title with `∥`.
 */
import { allStates, contains } from './model.ts';
import type { ChartState, ChartTransition } from './model.ts';
import { isArrow } from './rows.ts';

interface MermaidArrow {
  /** The composite in whose block the arrow is written. */
  readonly within: string;
  readonly text: string;
}

/** The Mermaid text of a chart, ending in a newline. */
export function mermaidOf(chart: ChartState): string {
  const arrows = [...allStates(chart)].flatMap((state) =>
    state.transitions.filter(isArrow).flatMap((one) => arrowsOf(chart, one)),
  );
  const lines = ['stateDiagram-v2', ...blockOf(chart, arrows).map((line) => `  ${line}`)];
  return `${lines.join('\n')}\n`;
}

function blockOf(state: ChartState, arrows: readonly MermaidArrow[]): string[] {
  const regions = state.kind === 'parallel' ? state.states.map(({ key }) => key).join(' ∥ ') : '';
  const title = regions === '' ? state.key : `${state.key}: ${regions}`;
  const declared = `state "${title}" as ${idOf(state.id)}`;
  if (state.states.length === 0) {
    return state.kind === 'final' ? [declared, `${idOf(state.id)} --> [*]`] : [declared];
  }
  const inner = [
    ...(state.initial === null ? [] : [`[*] --> ${idOf(state.initial)}`]),
    ...state.states.flatMap((child) => blockOf(child, arrows)),
    ...arrows.filter(({ within }) => within === state.id).map(({ text }) => text),
  ];
  return [`${declared} {`, ...inner.map((line) => `  ${line}`), '}'];
}

function arrowsOf(chart: ChartState, transition: ChartTransition): MermaidArrow[] {
  return transition.targets.map((target) => {
    const within = commonParent(chart, transition.source, target);
    const outer = (id: string): string =>
      within.states.find((child) => contains(child.id, id))?.id ?? id;
    const source = outer(transition.source);
    const from = source === transition.source ? '' : `${keyOf(transition.source)}: `;
    const label = `${from}${labelOf(transition)}`.replaceAll(':', ' ·').replaceAll(';', ',');
    return { within: within.id, text: `${idOf(source)} --> ${idOf(outer(target))} : ${label}` };
  });
}

/** The innermost state that holds both, neither being it. */
function commonParent(state: ChartState, one: string, other: string): ChartState {
  const child = state.states.find(({ id }) => contains(id, one) && contains(id, other));
  return child === undefined || child.id === one || child.id === other
    ? state
    : commonParent(child, one, other);
}

function labelOf({ cause, guard, otherwise, actions }: ChartTransition): string {
  const condition = guard !== null ? ` [${guard}]` : otherwise ? ' [else]' : '';
  return `${cause.name}${condition}${actions.length > 0 ? ` / ${actions.join(', ')}` : ''}`;
}

function keyOf(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

/** Mermaid ids hold letters, digits and underscores. */
function idOf(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9]/g, '_');
}
