/**
 * `statecraft/testing`: tests from the graph of any XState machine (docs/guides/tests-from-graphs.md).
 *
 * `testsFromGraph` is the way in: paths through the machine, a run of each against a real system, and
 * what they covered. Its parts are exported for models that are not one machine.
 *
 * @module statecraft/testing
 */
import type { AnyStateMachine, EventFromLogic } from 'xstate';
import { Coverage } from './coverage.ts';
import { machineModel, type MachineModelOptions, type MachineState } from './machine-model.ts';
import type { Path } from './model.ts';
import { shortestPaths, simplePaths, transitionPaths, type PathBounds } from './paths.ts';
import { runPath, type SystemUnderTest } from './run-path.ts';

export { Coverage, type CoverageReport, type Reasons } from './coverage.ts';
export type { Kind } from './chart-parts.ts';
export {
  machineModel,
  type MachineModel,
  type MachineModelOptions,
  type MachineState,
} from './machine-model.ts';
export type { Effect } from '../stepper.ts';
export type { Model, Path } from './model.ts';
export { shortestPaths, simplePaths, transitionPaths, type PathBounds } from './paths.ts';
export { runPath, type SystemUnderTest } from './run-path.ts';

/** What `testsFromGraph` takes. */
export interface GraphTestOptions<Machine extends AnyStateMachine>
  extends MachineModelOptions<Machine>, PathBounds {
  /**
   * `transition` (the default): few paths that take every event in every state. `shortest`: one to
   * each state. `simple`: all without a circle.
   */
  readonly paths?: 'transition' | 'shortest' | 'simple';
}

/** Paths through a machine, ready to be run. */
export interface GraphTests<Machine extends AnyStateMachine> {
  readonly paths: readonly Path<EventFromLogic<Machine>>[];
  /** Of the paths that were run. */
  readonly coverage: Coverage;
  /** Runs one path; `expected` is what the system must show when the machine is in this state. */
  run<View>(
    path: Path<EventFromLogic<Machine>>,
    system: SystemUnderTest<EventFromLogic<Machine>, View>,
    expected: (state: MachineState<Machine>) => View,
  ): Promise<void>;
}

const generators = {
  transition: transitionPaths,
  shortest: shortestPaths,
  simple: simplePaths,
};

/** Explores `machine`. Throws ERR_TOO_MANY_STATES when `events` and `key` do not bound it. */
export function testsFromGraph<Machine extends AnyStateMachine>(
  machine: Machine,
  options: GraphTestOptions<Machine>,
): GraphTests<Machine> {
  const coverage = new Coverage(machine);
  const generate = generators[options.paths ?? 'transition'];
  return {
    paths: generate(machineModel(machine, options), options),
    coverage,
    // A model of its own for each run, so that exploring does not count as covering.
    run: (path, system, expected) =>
      runPath(machineModel(machine, options, coverage.observe), path, system, expected),
  };
}
