/**
 * Names for the edges of a chart, and which guards were asked for a step.
 *
 * A guard's answer needs no recorder: it follows from the edges that fired. Guards of a state are
 * asked in order until one holds, innermost states first (SCXML §3.13), so those before the chosen
 * one said no, and all of a state from which nothing was chosen. Nothing is asked twice, and nothing
 * costs anything while nobody watches. Two limits: of a transition that another region pre-empts
 * nothing is said (no chart here has one), and `always` is asked until it fails, which is no step.
 */
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';

const ids = new WeakMap<AnyTransitionDefinition, string>();

/**
 * The name of a transition: `server.role.follower#current.appendEntries#2` is the third that the
 * state lists for the event; `always` stands for no event. null for the entry into an initial state.
 */
export function edgeId(transition: AnyTransitionDefinition): string | null {
  const known = ids.get(transition);
  if (known !== undefined) return known;
  const { source } = transition;
  for (const [descriptor, listed] of [...source.transitions, ['always', source.always ?? []]]) {
    const at = (listed as AnyTransitionDefinition[]).indexOf(transition);
    if (at < 0) continue;
    const id = `${source.id}#${descriptor as string}#${at}`;
    ids.set(transition, id);
    return id;
  }
  return null;
}

/**
 * The answers of the guards asked when `chosen` was, in the states `active` before the step.
 * `eventType` is that of the step's event.
 */
export function guardAnswers(
  active: readonly AnyStateNode[],
  eventType: string,
  chosen: readonly AnyTransitionDefinition[],
): Record<string, boolean> {
  const answers: Record<string, boolean> = {};
  const isAlways = chosen.some((transition) => transition.source.always?.includes(transition));
  const answered = new Set<AnyStateNode>();
  for (const { source } of chosen) {
    // A state is asked only when nothing inside it took the event; `always` asks each leaf's line.
    for (let node = source.parent; node !== undefined; node = node.parent) answered.add(node);
  }
  for (const node of active) {
    if (answered.has(node)) continue;
    for (const transition of isAlways ? (node.always ?? []) : candidates(node, eventType)) {
      const name = guardName(transition);
      const holds = chosen.includes(transition);
      if (name !== null) answers[name] = holds;
      if (holds) break;
    }
  }
  return answers;
}

const listed = new WeakMap<AnyStateNode, Map<string, readonly AnyTransitionDefinition[]>>();

/** The transitions of a state for an event, in the order in which they are tried. */
function candidates(node: AnyStateNode, eventType: string): readonly AnyTransitionDefinition[] {
  let byType = listed.get(node);
  if (byType === undefined) {
    byType = new Map<string, readonly AnyTransitionDefinition[]>();
    listed.set(node, byType);
  }
  let found = byType.get(eventType);
  if (found === undefined) {
    // As XState: the exact descriptor, then wildcards, the longest first.
    const wildcards = [...node.transitions.keys()]
      .filter((descriptor) => isWildcardOf(descriptor, eventType))
      .sort((a, b) => b.length - a.length);
    found = [eventType, ...wildcards].flatMap((one) => node.transitions.get(one) ?? []);
    byType.set(eventType, found);
  }
  return found;
}

function isWildcardOf(descriptor: string, eventType: string): boolean {
  return descriptor.endsWith('*') && eventType.startsWith(descriptor.slice(0, -1));
}

function guardName({ guard }: AnyTransitionDefinition): string | null {
  if (guard === undefined) return null;
  if (typeof guard === 'string') return guard;
  const { name, type } = guard as { name?: string; type?: string };
  return name ?? type ?? null;
}
