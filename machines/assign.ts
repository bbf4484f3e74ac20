/**
 * XState's `assign`, as cheap as it looks.
 *
 * The original makes each snapshot anew from all active states: their value, their tags. An
 * assignment changes none of them, and a leader, with nine regions, makes several per message. What
 * the original has beyond the context is spawning, which a chart of ours never does here.
 */
import { assign as assignOf, type AnyMachineSnapshot, type EventObject } from 'xstate';

interface AssignArgs {
  readonly context: object;
  readonly event: EventObject;
}

type Assigner = (args: AssignArgs, params: unknown) => unknown;
type Assignment = Assigner | Readonly<Record<string, unknown>>;

/** What XState asks of an action that is not merely run: the next snapshot, and nothing to do. */
function resolve(
  _scope: unknown,
  snapshot: AnyMachineSnapshot,
  args: AssignArgs,
  params: unknown,
  { assignment }: { readonly assignment: Assignment },
): [AnyMachineSnapshot, undefined, undefined] {
  const valueOf = (given: unknown): unknown =>
    typeof given === 'function' ? (given as Assigner)(args, params) : given;
  const change =
    typeof assignment === 'function'
      ? (assignment(args, params) as object)
      : Object.fromEntries(Object.entries(assignment).map(([key, given]) => [key, valueOf(given)]));
  const context = { ...(snapshot.context as object), ...change };
  return [{ ...snapshot, context }, undefined, undefined];
}

/** Takes a function of context and event, or such functions and values by name. */
export const assign: typeof assignOf = (assignment) =>
  Object.assign(assignOf(assignment as never), { resolve }) as never;
