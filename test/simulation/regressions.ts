/**
 * Runs that once broke a promise: the whole drawn options of each, so that they stay what they were
 * when the drawing changes. test/simulation/simulate.test.ts runs them all.
 */
import type { SimulationOptions } from '../../simulation/options.ts';

export interface Regression {
  /** What was wrong. */
  readonly story: string;
  readonly options: SimulationOptions;
}

export const regressions: readonly Regression[] = [];
