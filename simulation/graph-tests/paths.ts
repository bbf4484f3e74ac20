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
  const nodes = new Map<string, Node<Event>>();
  const nodeOf = (key: string): Node<Event> => {
    const known = nodes.get(key);
    const node = known ?? { edges: [], ways: new Map<Node<Event>, Event>(), taken: 0 };
    if (known === undefined) nodes.set(key, node);
    return node;
  };
  for (const { state, event, nextState } of adjacencyMapToArray(
    bounded(() => getAdjacencyMap(logic, options)),
  )) {
    const { edges, ways } = nodeOf(options.serializeState(state));
    const to = nodeOf(options.serializeState(nextState));
    edges.push({ event, to });
    if (!ways.has(to)) ways.set(to, event);
  }
  const start = nodeOf(model.key(model.start()));
  const possible = walker(model);
  const paths: Path<Event>[] = [];
  for (let events = walk(start); events.length > 0; events = walk(start)) {
    paths.push(pathOf(possible(events)));
  }
  return paths;
}

/**
 * The events up to the first that the model, walked along them, does not offer. Where a path begins
 * as the one before it did, it is not walked again.
 */
function walker<State, Event extends Typed>(model: Model<State, Event>) {
  const start = model.start();
  let last: readonly { readonly event: Event; readonly state: State }[] = [];
  return (events: readonly Event[]): readonly Event[] => {
    const changed = last.findIndex(({ event }, i) => event !== events[i]);
    const steps = changed < 0 ? [...last] : last.slice(0, changed);
    let state = steps.at(-1)?.state ?? start;
    for (const event of events.slice(steps.length)) {
      if (!isOffered(model.events(state), event)) break;
      state = model.step(state, event);
      steps.push({ event, state });
    }
    last = steps;
    return steps.map(({ event }) => event);
  };
}

function isOffered<Event extends Typed>(offered: readonly Event[], event: Event): boolean {
  const alike = offered.filter(({ type }) => type === event.type);
  if (alike.includes(event)) return true;
  const wanted = JSON.stringify(event);
  return alike.some((one) => JSON.stringify(one) === wanted);
}

/** The model in the shape that `xstate/graph` explores; a machine's own costs ten times as much. */
function asLogic<State, Event extends Typed>(model: Model<State, Event>, bounds: PathBounds) {
  const logic = fromTransition(
    (state: State, event: Event) => model.step(state, event),
    () => model.start(),
  );
  type Snapshot = ReturnType<typeof logic.getInitialSnapshot>;
  const keys = new WeakMap<Snapshot, string>();
  const options = {
    events: ({ context }: Snapshot) => model.events(context),
    serializeState: (snapshot: Snapshot) => {
      const key = keys.get(snapshot) ?? model.key(snapshot.context);
      keys.set(snapshot, key);
      return key;
    },
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
  readonly edges: { readonly event: Event; readonly to: Node<Event> }[];
  /** Where edges lead, each place once, by the first event that does. */
  readonly ways: Map<Node<Event>, Event>;
  /** The first so many edges were taken. */
  taken: number;
}

/** One path from `start`: an edge not yet taken where there is one, else to the nearest. */
function walk<Event>(start: Node<Event>): Event[] {
  const events: Event[] = [];
  let at = start;
  while (events.length < maxPathLength) {
    const edge = at.edges[at.taken];
    if (edge !== undefined) {
      at.taken += 1;
      events.push(edge.event);
      at = edge.to;
      continue;
    }
    const detour = nearest(at);
    if (detour === null) break;
    events.push(...detour.events);
    at = detour.to;
  }
  return events;
}

/** The shortest way to a state with an edge not yet taken; null when there is none. */
function nearest<Event>(from: Node<Event>) {
  const cameBy = new Map<Node<Event>, { event: Event; from: Node<Event> } | null>();
  cameBy.set(from, null);
  for (const at of cameBy.keys()) {
    if (at.taken < at.edges.length) {
      const events: Event[] = [];
      for (let step = cameBy.get(at); step; step = cameBy.get(step.from)) events.push(step.event);
      return { to: at, events: events.reverse() };
    }
    for (const [to, event] of at.ways) {
      if (!cameBy.has(to)) cameBy.set(to, { event, from: at });
    }
  }
  return null;
}
