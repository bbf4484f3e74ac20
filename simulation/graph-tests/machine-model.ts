/**
 * A machine as a model: it is stepped purely, and its running timers are events like any other.
 *
 * Which timers run is known from the effects, not from the state: one that fired into a guard that
 * said no is gone, though the state that armed it stays.
 */
import type {
  AnyStateMachine,
  EventFromLogic,
  InputFrom,
  InspectionEvent,
  SnapshotFrom,
} from 'xstate';
import { createStepper, type Effect } from '../stepper.ts';
import type { Model } from './model.ts';

/** A machine at a point of a path. */
export interface MachineState<Machine extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<Machine>;
  /** What the last step did, as data: actions by name, messages, timers. */
  readonly effects: readonly Effect[];
  /** Event types of the timers that run. */
  readonly timers: readonly string[];
}

/** How a machine becomes a model of finite size. */
export interface MachineModelOptions<Machine extends AnyStateMachine> {
  readonly input: InputFrom<Machine>;
  /** What to try in a state, beside its timers: with payloads, and bounded. */
  events(snapshot: SnapshotFrom<Machine>): readonly EventFromLogic<Machine>[];
  /** Where it answers false, paths end: the bound of a machine that goes on for ever. */
  within?(snapshot: SnapshotFrom<Machine>): boolean;
  /** What of the context decides the future; all of it unless given. */
  key?(context: SnapshotFrom<Machine>['context']): unknown;
}

/** A machine as a model: its states and the events between them. */
export type MachineModel<Machine extends AnyStateMachine> = Model<
  MachineState<Machine>,
  EventFromLogic<Machine>
>;

/** `inspect` sees each microstep, for coverage. */
export function machineModel<Machine extends AnyStateMachine>(
  machine: Machine,
  options: MachineModelOptions<Machine>,
  inspect?: (event: InspectionEvent) => void,
): MachineModel<Machine> {
  const stepper = createStepper(machine, options.input, inspect);
  const next = (
    [snapshot, effects]: [SnapshotFrom<Machine>, Effect[]],
    timers: readonly string[],
  ): MachineState<Machine> => ({ snapshot, effects, timers: afterEffects(timers, effects) });

  return {
    start: () => next(stepper.start(options.input), []),
    events({ snapshot, timers }) {
      const isOver = (snapshot as { status: string }).status !== 'active';
      if (isOver || options.within?.(snapshot) === false) return [];
      return [...options.events(snapshot), ...timers.map((type) => ({ type }) as never)];
    },
    step: ({ snapshot, timers }, event) =>
      next(
        stepper.step(snapshot, event),
        timers.filter((timer) => timer !== event.type),
      ),
    key({ snapshot, timers }) {
      const { value, context } = snapshot as { value: unknown; context: unknown };
      return JSON.stringify([value, options.key?.(context as never) ?? context, timers]);
    },
  };
}

/** The timers that run after these effects; sorted, so that equal sets are equal lists. */
export function afterEffects(timers: readonly string[], effects: readonly Effect[]): string[] {
  const running = new Set(timers);
  for (const effect of effects) {
    if ('timer' in effect) running.add(effect.timer);
    if ('cancel' in effect) running.delete(effect.cancel);
  }
  return [...running].sort();
}
