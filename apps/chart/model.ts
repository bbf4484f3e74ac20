/**
 * From a machine to a plain graph: states, transitions and their names, as JSON data.
 *
 * Everything that shows a chart starts here: the pictures of `npm run chart`, the tests that every
 * state is reachable and every name says something, and the live page. Neither geometry nor style
 * is known here. The graph is read from `machine.root`, so it is the chart that runs.
 */
import { causeOf, isTimerBookkeeping, nameOf } from './names.ts';
import type { Cause } from './names.ts';

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface ChartState {
  /** Unique in the chart: the machine's id and the path, `server.role.follower`. */
  readonly id: string;
  /** The last part of the path, which is what a reader calls the state. */
  readonly key: string;
  readonly kind: StateKind;
  readonly description: string;
  readonly tags: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Child actors that live as long as the state. */
  readonly invoke: readonly string[];
  /** Id of the state entered first; null in an atomic or a parallel state. */
  readonly initial: string | null;
  readonly transitions: readonly ChartTransition[];
  readonly states: readonly ChartState[];
}

export interface ChartTransition {
  /** Unique in the chart: source, cause and the position among the source's alternatives. */
  readonly id: string;
  readonly source: string;
  /** Ids of the states entered; empty for a transition that stays where it is. */
  readonly targets: readonly string[];
  readonly cause: Cause;
  readonly guard: string | null;
  /** True for an unguarded alternative behind guarded ones of the same cause. */
  readonly otherwise: boolean;
  readonly actions: readonly string[];
  /** True for a written `{}`: the event is expected here and means nothing. */
  readonly ignored: boolean;
}

/** The part of XState's `StateNode` that is read; `machine.root` is one. */
export interface MachineNode {
  readonly key: string;
  readonly path: readonly string[];
  readonly type: StateKind;
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly invoke: readonly { readonly src: unknown }[];
  readonly initial?: { readonly target?: Targets } | undefined;
  readonly transitions: ReadonlyMap<string, readonly MachineTransition[]>;
  readonly always?: readonly MachineTransition[] | undefined;
  readonly states: Readonly<Record<string, MachineNode>>;
}

interface MachineTransition {
  readonly eventType: string;
  readonly delay?: unknown;
  readonly guard?: unknown;
  readonly actions: readonly unknown[];
  readonly target?: Targets;
}

type Targets = readonly { readonly path: readonly string[] }[] | undefined;

/** The chart of a machine, given its `root`, in the order in which its source lists the states. */
export function chartOf(root: MachineNode): ChartState {
  const idOf = (node: { readonly path: readonly string[] }): string =>
    [root.key, ...node.path].join('.');

  const stateOf = (node: MachineNode): ChartState => {
    const initial = node.type === 'compound' ? node.initial?.target?.[0] : undefined;
    return {
      id: idOf(node),
      key: node.key,
      kind: node.type,
      description: node.description ?? '',
      tags: [...node.tags],
      entry: namesOf(node.entry),
      exit: namesOf(node.exit),
      invoke: node.invoke.map((child) => nameOf(child.src)),
      initial: initial === undefined ? null : idOf(initial),
      transitions: [...node.transitions.values(), node.always ?? []].flatMap((alternatives) =>
        alternatives.map((one, position) =>
          transitionOf(idOf(node), one, (one.target ?? []).map(idOf), {
            position,
            otherwise: alternatives.slice(0, position).some((other) => other.guard !== undefined),
          }),
        ),
      ),
      states: Object.values(node.states).map(stateOf),
    };
  };
  return stateOf(root);
}

function transitionOf(
  source: string,
  transition: MachineTransition,
  targets: readonly string[],
  place: { readonly position: number; readonly otherwise: boolean },
): ChartTransition {
  const cause = causeOf(transition.eventType, transition.delay);
  const guard = transition.guard === undefined ? null : nameOf(transition.guard);
  const actions = namesOf(transition.actions);
  return {
    id: `${source}/${cause.name}/${place.position}`,
    source,
    targets,
    cause,
    guard,
    otherwise: guard === null && place.otherwise,
    actions,
    ignored: guard === null && targets.length === 0 && actions.length === 0,
  };
}

function namesOf(actions: readonly unknown[]): string[] {
  return actions.filter((action) => !isTimerBookkeeping(action)).map(nameOf);
}

/** The same chart at a glance: states and how they follow one another, without what they do. */
export function outlineOf(state: ChartState): ChartState {
  return {
    ...state,
    description: '',
    entry: [],
    exit: [],
    invoke: [],
    transitions: withoutDetail(state.transitions),
    states: state.states.map(outlineOf),
  };
}

/** What leads to another state; alternatives of one event that lead to the same one are one. */
function withoutDetail(transitions: readonly ChartTransition[]): ChartTransition[] {
  const moves = transitions
    .filter(({ source, targets }) => targets.some((target) => target !== source))
    .map((transition) => ({ ...transition, actions: [] }));
  const isSame = (one: ChartTransition, other: ChartTransition): boolean =>
    one.cause.name === other.cause.name && String(one.targets) === String(other.targets);
  return moves.flatMap((move) => {
    const same = moves.filter((other) => isSame(move, other));
    if (same.length === 1) return [move];
    return same[0] === move ? [{ ...move, guard: null }] : [];
  });
}

/** The state itself and all below it, parents first. */
export function* allStates(state: ChartState): Generator<ChartState> {
  yield state;
  for (const child of state.states) yield* allStates(child);
}

/** True when `inner` is `outer` or lies inside it. */
export function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`);
}
