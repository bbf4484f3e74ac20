/**
 * Counts the transitions of a node's charts by machine, from, to and event, straight from the edges
 * that XState reports. What enters no state is not counted, so that a busy server pays little.
 *
 * `to` is the target of the edge and `from` the state that it leaves: the source, or, where the edge
 * belongs to a state around both, the part of it that was active. So the term gate, an edge of
 * `role`, counts as `role.leader` to `role.follower`. There are as many label sets as edges.
 */
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateNode,
  AnyTransitionDefinition,
  InspectedMicrostepEvent,
} from 'xstate';
import { isChart, machineOf } from '../../inspect/tap.ts';

export interface Transition {
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  count: number;
}

export class TransitionCounts {
  /** By edge, then by the state left and the event. */
  readonly #counts = new Map<AnyTransitionDefinition, Map<string, Transition>>();
  /** The states of each actor before its present step. */
  readonly #before = new WeakMap<AnyActorRef, readonly AnyStateNode[]>();

  readonly stepped = ({
    actorRef,
    event,
    snapshot,
    _transitions: edges,
  }: InspectedMicrostepEvent): void => {
    const ref = actorRef as AnyActorRef;
    if (!isChart(ref)) return;
    const before = this.#before.get(ref) ?? [];
    this.#before.set(ref, (snapshot as AnyMachineSnapshot)._nodes);
    for (const edge of edges) {
      const [target] = edge.target ?? [];
      if (target !== undefined) this.#count(ref, edge, target, before, event.type);
    }
  };

  /** All that occurred, in order of first occurrence. */
  read(): readonly Transition[] {
    return [...this.#counts.values()].flatMap((counts) => [...counts.values()]);
  }

  #count(
    ref: AnyActorRef,
    edge: AnyTransitionDefinition,
    target: AnyStateNode,
    before: readonly AnyStateNode[],
    type: string,
  ): void {
    const from = leftBy(edge.source, target, before);
    const key = `${from.id} ${type}`;
    let counts = this.#counts.get(edge);
    if (counts === undefined) this.#counts.set(edge, (counts = new Map<string, Transition>()));
    const known = counts.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const { id: machine } = machineOf(ref);
    const event = nameOf(edge, type);
    counts.set(key, { machine, from: pathOf(from), to: pathOf(target), event, count: 1 });
  }
}

function leftBy(
  source: AnyStateNode,
  target: AnyStateNode,
  before: readonly AnyStateNode[],
): AnyStateNode {
  if (target === source || !isInside(target, source)) return source;
  return before.find(({ parent }) => parent === source) ?? source;
}

function isInside(node: AnyStateNode, outer: AnyStateNode): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

function pathOf({ path }: AnyStateNode): string {
  return path.join('.');
}

/** `after.NAME` for a timer, `always` for what waits for no event; never the id of an actor. */
function nameOf(edge: AnyTransitionDefinition, type: string): string {
  if (edge.source.always?.includes(edge) === true) return 'always';
  const timer = /^xstate\.after\.([^.]+)\./.exec(type);
  if (timer !== null) return `after.${timer[1] ?? ''}`;
  return type.startsWith('xstate.') ? String(edge.eventType) : type;
}
