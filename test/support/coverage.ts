/**
 * Which state of a chart hears which event, read from the machine that runs.
 *
 * A configuration is what a chart can be in at once: one leaf per parallel region. An event is
 * covered when a state of the configuration lists it; `{}` is a written "this means nothing here".
 * Owners are the states that answer for all of their descendants: what only they list, or nobody,
 * is for the test to judge.
 */
import type { AnyStateNode } from 'xstate';

/** All states that are active together, the owners excluded, outermost first. */
export interface Configuration {
  readonly name: string;
  readonly nodes: readonly AnyStateNode[];
}

export type Cell = 'handled' | 'ignored' | 'owner' | 'unheard';

/** Every configuration below the innermost of `owners`. */
export function configurationsOf(owners: readonly AnyStateNode[]): Configuration[] {
  const below = (node: AnyStateNode): AnyStateNode[][] => {
    const children = Object.values(node.states);
    if (children.length === 0) return [[]];
    const each = children.map((child) => below(child).map((nodes) => [child, ...nodes]));
    if (node.type !== 'parallel') return each.flat();
    return each.reduce((left, right) => left.flatMap((a) => right.map((b) => [...a, ...b])));
  };
  return owners
    .slice(-1)
    .flatMap(below)
    .map((nodes) => ({ name: nameOf(nodes), nodes }));
}

/** The leaves' paths, joined: `leader.term.open + leader.quorum.watching`. */
function nameOf(nodes: readonly AnyStateNode[]): string {
  return nodes
    .filter((node) => Object.keys(node.states).length === 0)
    .map((node) => node.path.join('.'))
    .join(' + ');
}

/** What becomes of an event in a configuration. */
export function cellOf(
  owners: readonly AnyStateNode[],
  at: Configuration,
  eventType: string,
): Cell {
  const lists = at.nodes.filter((node) => hears(node, eventType));
  if (lists.some((node) => acts(node, eventType))) return 'handled';
  if (lists.length > 0) return 'ignored';
  return owners.some((owner) => hears(owner, eventType)) ? 'owner' : 'unheard';
}

/** Whether a state lists the event, by name or by a wildcard. */
export function hears(node: AnyStateNode, eventType: string): boolean {
  return candidatesOf(node, eventType).length > 0;
}

function acts(node: AnyStateNode, eventType: string): boolean {
  return candidatesOf(node, eventType).some(
    ({ target, actions }) => target !== undefined || actions.length > 0,
  );
}

export function candidatesOf(node: AnyStateNode, eventType: string) {
  return [...node.transitions.entries()]
    .filter(([descriptor]) => matchesDescriptor(eventType, descriptor))
    .flatMap(([, transitions]) => transitions);
}

function matchesDescriptor(eventType: string, descriptor: string): boolean {
  if (descriptor === '*') return !eventType.startsWith('xstate.');
  if (!descriptor.endsWith('.*')) return descriptor === eventType;
  return eventType.startsWith(descriptor.slice(0, -1));
}

/** All states, the root first. */
export function statesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(statesOf)];
}

const marks: Record<Cell, string> = { handled: '#', ignored: '·', owner: '^', unheard: ' ' };

/** The whole table as text: a row per event, a column per configuration. */
export function coverageTable(
  name: string,
  owners: readonly AnyStateNode[],
  configurations: readonly Configuration[],
  eventTypes: readonly string[],
): string {
  const column = (i: number) => String.fromCharCode('A'.charCodeAt(0) + i);
  const width = Math.max(...eventTypes.map((type) => type.length));
  const rows = eventTypes.map((type) => {
    const cells = configurations.map((at) => marks[cellOf(owners, at, type)]);
    return `${type.padEnd(width)}  ${cells.join(' ')}`;
  });
  return [
    `${name}: # handled, · ignored in writing, ^ answered above for all`,
    `${' '.repeat(width)}  ${configurations.map((_, i) => column(i)).join(' ')}`,
    ...rows,
    ...configurations.map(({ name }, i) => `${column(i)}  ${name}`),
  ].join('\n');
}
