/**
 * What there is to cover in a chart, and which of it one microstep covers.
 *
 * Four kinds: each state entered; each transition taken, those of one event apart; each guard asked
 * with either answer; each leaf state having heard each event. The answers of guards follow from what
 * was chosen: they are asked in order, innermost states first, until one holds (SCXML §3.13). Of a
 * transition that another region pre-empts, nothing is said.
 */
import type {
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
} from 'xstate';
import { sayEvent } from './model.ts';

export const kinds = ['state', 'transition', 'guard', 'pair'] as const;
/** The parts of a chart that can be covered. */
export type Kind = (typeof kinds)[number];

/**
 * One thing to cover, as it is shown: `role.follower`, `role.follower ← rpc.x #2 [isNew]`,
 * `… [isNew] says no`, `role.follower.contact.fresh hears rpc.x`. Equal in all copies of a machine.
 */
export type Part = string;

/** All that there is, by kind. `eventTypes` are those that each leaf should hear. */
export function partsOf(
  machine: AnyStateMachine,
  eventTypes: readonly string[] = eventTypesOf(machine),
): Record<Kind, readonly Part[]> {
  const states = statesOf(machine.root);
  const transitions = states.flatMap((node) => listsOf(node).flat());
  return {
    state: states.map(pathOf),
    transition: transitions.map(transitionName),
    guard: transitions.filter(isGuarded).flatMap((one) => [answer(one, true), answer(one, false)]),
    pair: states
      .filter((node) => node.type === 'atomic')
      .flatMap((leaf) => eventTypes.map((type) => pair(leaf, type))),
  };
}

/** The event types that the machine names, wildcards and XState's own excluded. */
export function eventTypesOf(machine: AnyStateMachine): string[] {
  const named = statesOf(machine.root).flatMap((node) => [...node.transitions.keys()]);
  return [...new Set(named)].filter((type) => !type.includes('*') && !type.startsWith('xstate.'));
}

export const stateParts = ({ _nodes }: AnyMachineSnapshot): Part[] =>
  (_nodes as AnyStateNode[]).map(pathOf);

/** What hearing an event in `before` covers; `chosen` are the transitions that it led to. */
export function eventParts(
  before: AnyMachineSnapshot,
  eventType: string,
  chosen: readonly AnyTransitionDefinition[],
): Part[] {
  const names = new Set(chosen.map(transitionName));
  const parts: Part[] = [];
  for (const leaf of leavesOf(before)) {
    parts.push(pair(leaf, eventType));
    parts.push(...asked(leaf, names, (node) => candidatesOf(node, eventType)));
    // Had one of these held, it would have been taken before the event was heard.
    parts.push(...asked(leaf, new Set(), (node) => node.always ?? []));
  }
  return parts;
}

/** What taking `chosen` without an event covers. */
export function alwaysParts(
  before: AnyMachineSnapshot,
  chosen: readonly AnyTransitionDefinition[],
): Part[] {
  const names = new Set(chosen.map(transitionName));
  return leavesOf(before).flatMap((leaf) => asked(leaf, names, (node) => node.always ?? []));
}

/** The answers of the guards asked from `leaf` outwards, until a transition is chosen. */
function asked(
  leaf: AnyStateNode,
  chosen: ReadonlySet<string>,
  candidates: (node: AnyStateNode) => readonly AnyTransitionDefinition[],
): Part[] {
  const parts: Part[] = [];
  for (let node: AnyStateNode | undefined = leaf; node !== undefined; node = node.parent) {
    for (const transition of candidates(node)) {
      const isChosen = chosen.has(transitionName(transition));
      if (isGuarded(transition)) parts.push(answer(transition, isChosen));
      if (isChosen) return parts;
    }
  }
  return parts;
}

const names = new WeakMap<AnyTransitionDefinition, Part>();

export function transitionName(transition: AnyTransitionDefinition): Part {
  const known = names.get(transition);
  if (known !== undefined) return known;
  const { source } = transition;
  const eventType = transition.eventType as string;
  const list = listsOf(source).find((one) => one.includes(transition)) ?? [];
  const number = list.length > 1 ? ` #${list.indexOf(transition) + 1}` : '';
  const event = eventType === '' ? 'always' : sayEvent(eventType);
  const name = `${pathOf(source)} ← ${event}${number}${guardOf(transition)}`;
  names.set(transition, name);
  return name;
}

function guardOf({ guard }: AnyTransitionDefinition): string {
  if (guard === undefined) return '';
  const { name, type } = guard as { readonly name?: string; readonly type?: string };
  return ` [${typeof guard === 'string' ? guard : (type ?? name ?? 'guard')}]`;
}

const isGuarded = ({ guard }: AnyTransitionDefinition) => guard !== undefined;
const answer = (transition: AnyTransitionDefinition, holds: boolean): Part =>
  `${transitionName(transition)} says ${holds ? 'yes' : 'no'}`;
const pair = (leaf: AnyStateNode, eventType: string): Part => `${pathOf(leaf)} hears ${eventType}`;

/** The transitions of a state, a list per event, in the order in which they are tried. */
function listsOf(node: AnyStateNode): readonly (readonly AnyTransitionDefinition[])[] {
  return [...node.transitions.values(), node.always ?? []];
}

function candidatesOf(node: AnyStateNode, eventType: string): AnyTransitionDefinition[] {
  // As XState: the exact descriptor, then wildcards, the longest first.
  const wildcards = [...node.transitions.keys()]
    .filter((descriptor) => descriptor.endsWith('*'))
    .filter((descriptor) => eventType.startsWith(descriptor.slice(0, -1)))
    .sort((a, b) => b.length - a.length);
  return [eventType, ...wildcards].flatMap((one) => node.transitions.get(one) ?? []);
}

function leavesOf({ _nodes }: AnyMachineSnapshot): AnyStateNode[] {
  return (_nodes as AnyStateNode[]).filter(({ type }) => type === 'atomic');
}

function statesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(statesOf)];
}

const pathOf = ({ path, machine }: AnyStateNode): Part =>
  path.length === 0 ? machine.id : path.join('.');
