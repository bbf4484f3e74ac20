/**
 * Where what a node tells is in a drawn chart: states by the active value, transitions by the names
 * that actors/inspect/edges.ts gives them, `SOURCE#EVENT#N`.
 */
import type { Timer, Value } from '../../../actors/inspect/index.ts';

/** By id of a transition in apps/chart/model.ts, `SOURCE/CAUSE/N`: the states that it leads to. */
export type Moves = Readonly<Record<string, readonly string[]>>;

/** A machine as the build drew it. */
export interface DrawnChart {
  /** The machine's file, `log-writer`. */
  readonly name: string;
  readonly id: string;
  /** Of its definition, as nodes tell it. */
  readonly hash: string;
  readonly svg: string;
  /** The same at a glance; null for a small chart. */
  readonly outline: string | null;
  readonly moves: Moves;
}

/** The states that a value says are active, outer before inner, the root first. */
export function activeStates(root: string, value: Value): string[] {
  if (typeof value === 'string') return value === '' ? [root] : [root, `${root}.${value}`];
  return [
    root,
    ...Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : activeStates(`${root}.${key}`, inner),
    ),
  ];
}

/** A value in words, a line per region: `role › leader › open`. */
export function valueInWords(value: Value): string[] {
  if (typeof value === 'string') return [value];
  const regions = Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : valueInWords(inner).map((rest) => [key, rest]),
  );
  return regions.map(([key = '', rest = '']) => (rest === '' ? key : `${key} › ${rest}`));
}

/** The arrows, `SOURCE->TARGET`, that stand for an edge; none when it stays where it is. */
export function arrowsOf(moves: Moves, edge: string): string[] {
  const { source, cause, position } = partsOf(edge);
  const targets = moves[`${source}/${cause}/${position}`] ?? [];
  return targets.map((target) => `${source}->${target}`);
}

/** The state that an edge leaves. */
export function sourceOf(edge: string): string {
  return partsOf(edge).source;
}

/** The state whose delayed transition a timer is: its id is `xstate.after.DELAY.STATE`. */
export function stateOfTimer({ id }: Pick<Timer, 'id'>): string {
  return id.split('.').slice(3).join('.');
}

/** What people call an event: `after heartbeat`, `rpc.requestVote`. */
export function causeName(eventType: string): string {
  const timer = /^xstate\.after\.([^.]+)/.exec(eventType)?.[1];
  if (timer !== undefined) return /^\d+$/.test(timer) ? `after ${timer} ms` : `after ${timer}`;
  const child = /^xstate\.(done|error|snapshot)\.actor\.(.*)$/.exec(eventType);
  if (child !== null) return `${child[1] ?? ''}(${child[2] ?? ''})`;
  if (eventType.startsWith('xstate.done.state.')) return 'done';
  return eventType === '*' ? 'any other event' : eventType;
}

function partsOf(edge: string): { source: string; cause: string; position: string } {
  const [source = '', event = '', position = ''] = edge.split('#');
  return { source, cause: causeName(event), position };
}
