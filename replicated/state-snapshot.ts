/**
 * The replicated state as items of a snapshot (§7), and back: a header with the running hash, the
 * sessions, then the items of each machine under its name.
 *
 * Both ways go bit by bit: a view of the state is read in slices while entries are applied, and a state
 * is built from slices beside the one that stands.
 */
import { isObject, own } from './json.ts';
import type { Sessions } from './sessions.ts';
import type { Json, Restoring, StateMachine } from './state-machine.ts';

type Machines = ReadonlyMap<string, StateMachine>;

export interface StateRestoring {
  /**
   * Takes the next items, as text. Throws ERR_SNAPSHOT_CORRUPT or ERR_UNKNOWN_MACHINE, and then the
   * present state stands.
   */
  add(items: readonly string[]): void;
  /** All items were given: the new state takes the place of the present one, at once. */
  finish(): void;
}

/** The next items of a snapshot as text, about `maxChars` together but at least one; none: it ended. */
export function sliceOf(items: Iterator<Json>, maxChars: number): string[] {
  const slice: string[] = [];
  for (let chars = 0; chars < maxChars;) {
    const next = items.next();
    if (next.done === true) break;
    const text = JSON.stringify(next.value);
    slice.push(text);
    chars += text.length;
  }
  return slice;
}

export function* stateItems(
  header: { readonly hash: number },
  sessions: Iterable<Json>,
  parts: readonly { readonly name: string; readonly items: Iterable<Json> }[],
): Iterable<Json> {
  yield { hash: header.hash };
  yield* sessions;
  for (const { name, items } of parts) for (const item of items) yield { machine: name, item };
}

/** `finish` gives the running hash of the state that stands from then on. */
export function restoreState(
  sessions: Sessions,
  machines: Machines,
): Pick<StateRestoring, 'add'> & { finish(): number } {
  const sessionSteps = sessions.restore();
  const steps = new Map([...machines].map(([name, machine]) => [name, stepsOf(machine)]));
  let hash = 0;

  function add(item: Json): void {
    if (!isObject(item)) throw new Error('ERR_SNAPSHOT_CORRUPT: an item is not an object');
    const [machine, inner, then] = [own(item, 'machine'), own(item, 'item'), own(item, 'hash')];
    if (typeof machine === 'string' && inner !== undefined) {
      const restoring = steps.get(machine);
      if (restoring === undefined) {
        throw new Error(`ERR_UNKNOWN_MACHINE: ${unknown(machine, machines)}`);
      }
      restoring.add(inner);
    } else if (typeof then === 'number') hash = then;
    else sessionSteps.add(item);
  }

  return {
    add(items) {
      for (const text of items) add(JSON.parse(text) as Json);
    },
    finish() {
      sessionSteps.finish();
      for (const restoring of steps.values()) restoring.finish();
      return hash;
    },
  };
}

function stepsOf(machine: StateMachine): Restoring {
  if (machine.restoreInSteps !== undefined) return machine.restoreInSteps();
  const items: Json[] = [];
  return { add: (item) => items.push(item), finish: () => machine.restore(items) };
}

/** Why a machine of that name cannot be asked. */
export function unknown(name: string, machines: ReadonlyMap<string, StateMachine>): string {
  const known = [...machines.keys()].join(', ');
  return `There is no state machine ${JSON.stringify(name)} here; there is: ${known}.`;
}
