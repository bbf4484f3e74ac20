/**
 * Paths through a model. `xstate/graph` explores it; three ways to walk what it found:
 *
 * - shortest: one path to each state, for "can it be reached, and is it right there?";
 * - simple: every path that visits no state twice, for small models, since they explode;
 * - transition: few, long paths that together take every event in every state.
 */
import { fromTransition, type AnyEventObject } from 'xstate';
import {
  adjacencyMapToArray,
  getAdjacencyMap,
  getShortestPaths,
  getSimplePaths,
} from 'xstate/graph';
import { pathOf, type Model, type Path } from './model.ts';

/** Steps explored, unless told otherwise. */
export const defaultMaxSteps = 50_000;
/** Events of one transition path: a path that fails should still be read. */
const maxPathLength = 200;

/** How far to explore. */
export interface PathBounds {
  /** Steps that exploring may take; past it ERR_TOO_MANY_STATES is thrown. */
  readonly maxSteps?: number;
}

type Typed = AnyEventObject;

/** The shortest path to each state, without those that others begin with. */
export function shortestPaths<State, Event extends Typed>(
  model: Model<State, Event>,
  bounds: PathBounds = {},
): Path<Event>[] {
  return distinct(bounded(() => getShortestPaths(...asLogic(model, bounds))));
}

/** Every path without a circle, without those that others begin with. */
export function simplePaths<State, Event extends Typed>(
  model: Model<State, Event>,
  bounds: PathBounds = {},
): Path<Event>[] {
  return distinct(bounded(() => getSimplePaths(...asLogic(model, bounds))));
}

/**
 * Paths that take every event in every state at least once. A key that promised more than it keeps
 * may lead a path to where its next event cannot happen: there it ends.
 */
export function transitionPaths<State, Event extends Typed>(
  model: Model<State, Event>,
  bounds: PathBounds = {},
): Path<Event>[] {
  const [logic, options] = asLogic(model, bounds);
  const graph = new Map<string, Node<Event>>();
  for (const { state, event, nextState } of adjacencyMapToArray(
    bounded(() => getAdjacencyMap(logic, options)),
  )) {
    const key = model.key(state.context);
    const node = graph.get(key) ?? { edges: [], taken: 0 };
    node.edges.push({ event, to: model.key(nextState.context) });
    graph.set(key, node);
  }
  const start = model.key(model.start());
  const paths: Path<Event>[] = [];
  for (let events = walk(graph, start); events.length > 0; events = walk(graph, start)) {
    paths.push(pathOf(possible(model, events)));
  }
  return paths;
}

/** The events up to the first that the model, walked along them, does not offer. */
function possible<State, Event extends Typed>(model: Model<State, Event>, events: Event[]) {
  let state = model.start();
  for (const [i, event] of events.entries()) {
    const wanted = JSON.stringify(event);
    if (!model.events(state).some((one) => JSON.stringify(one) === wanted)) {
      return events.slice(0, i);
    }
    state = model.step(state, event);
  }
  return events;
}

/** The model in the shape that `xstate/graph` explores; a machine's own costs ten times as much. */
function asLogic<State, Event extends Typed>(model: Model<State, Event>, bounds: PathBounds) {
  const logic = fromTransition(
    (state: State, event: Event) => model.step(state, event),
    () => model.start(),
  );
  type Snapshot = ReturnType<typeof logic.getInitialSnapshot>;
  const options = {
    events: ({ context }: Snapshot) => model.events(context),
    serializeState: ({ context }: Snapshot) => model.key(context),
    limit: bounds.maxSteps ?? defaultMaxSteps,
  };
  return [logic, options] as const;
}

function bounded<Result>(explore: () => Result): Result {
  try {
    return explore();
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'Traversal limit exceeded') throw error;
    throw new Error(
      'ERR_TOO_MANY_STATES: the model goes on past maxSteps. Let `key` leave out what grows, let ' +
        '`events` offer less, or raise maxSteps.',
      { cause: error },
    );
  }
}

interface Found<Event> {
  readonly steps: readonly { readonly event: Event }[];
}

/** A path that another one begins with tests nothing of its own. */
function distinct<Event extends Typed>(found: readonly Found<Event>[]): Path<Event>[] {
  // The first step is the start.
  const all = found.map(({ steps }) => steps.slice(1).map(({ event }) => event));
  const prefixes = new Set<string>();
  for (const events of all) {
    for (let length = 0; length < events.length; length += 1) {
      prefixes.add(JSON.stringify(events.slice(0, length)));
    }
  }
  return all.filter((events) => !prefixes.has(JSON.stringify(events))).map(pathOf);
}

interface Node<Event> {
  readonly edges: { readonly event: Event; readonly to: string }[];
  /** The first so many edges were taken. */
  taken: number;
}

/** One path from `start`: an edge not yet taken where there is one, else to the nearest. */
function walk<Event>(graph: ReadonlyMap<string, Node<Event>>, start: string): Event[] {
  const events: Event[] = [];
  let at = start;
  while (events.length < maxPathLength) {
    const node = graph.get(at);
    const edge = node?.edges[node.taken];
    if (node !== undefined && edge !== undefined) {
      node.taken += 1;
      events.push(edge.event);
      at = edge.to;
      continue;
    }
    const detour = nearest(graph, at);
    if (detour === null) break;
    events.push(...detour.events);
    at = detour.to;
  }
  return events;
}

/** The shortest way to a state with an edge not yet taken; null when there is none. */
function nearest<Event>(graph: ReadonlyMap<string, Node<Event>>, from: string) {
  const cameBy = new Map<string, { readonly event: Event; readonly from: string } | null>();
  cameBy.set(from, null);
  for (const at of cameBy.keys()) {
    const node = graph.get(at);
    if (node === undefined) continue;
    if (node.taken < node.edges.length) {
      const events: Event[] = [];
      for (let step = cameBy.get(at); step; step = cameBy.get(step.from)) events.push(step.event);
      return { to: at, events: events.reverse() };
    }
    for (const { event, to } of node.edges) {
      if (!cameBy.has(to)) cameBy.set(to, { event, from: at });
    }
  }
  return null;
}
