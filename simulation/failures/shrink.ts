/**
 * A failing run with as little in it as possible: ddmin over faults, then client operations, then
 * servers, then the rest of the weather, then time.
 *
 * A smaller run is taken only if the same invariant fails in it: another failure is another bug.
 */
import { ddmin } from './ddmin.ts';
import type { SimulationOptions } from '../options/options.ts';
import { runSeed, type SeedResult } from '../run.ts';
import type { Decisions, Schedule } from '../options/schedule.ts';

/** Runs that one shrinking may take, unless told otherwise. */
export const maxShrinkRuns = 300;
/** A smaller run may take so many times as long to fail, in virtual time. */
const patience = 2;

/** What `shrink` takes. */
export interface ShrinkOptions {
  readonly maxRuns?: number;
  /** After each run. */
  readonly onProgress?: (progress: ShrinkProgress) => void;
}

/** How far shrinking has come. */
export interface ShrinkProgress {
  readonly stage: Stage;
  readonly runs: number;
  readonly faults: number;
  readonly operations: number;
}

/** What is being left out, in this order. */
export type Stage = 'faults' | 'operations' | 'servers' | 'weather' | 'time';

/** The smaller run that still fails. */
export interface Shrunk {
  /** Reproduce the small run: `runSeed(options)`. */
  readonly options: SimulationOptions;
  readonly result: SeedResult;
  /** What is left, and what there was. */
  readonly decisions: Decisions;
  readonly original: Decisions;
  readonly runs: number;
  /** The runs were used up before nothing more could be left out. */
  readonly gaveUp: boolean;
}

/** Shrinks a run with a violation. Throws when it does not fail a second time. */
export function shrink(failed: SeedResult, options: ShrinkOptions = {}): Shrunk {
  return new Shrinking(failed, options).shrink();
}

class Shrinking {
  readonly #invariant: string;
  readonly #maxRuns: number;
  readonly #progress: ShrinkOptions['onProgress'];
  readonly #original: Decisions;
  #best: Attempt;
  #runs = 0;
  #gaveUp = false;
  #stage: Stage = 'faults';

  constructor(failed: SeedResult, { maxRuns = maxShrinkRuns, onProgress }: ShrinkOptions) {
    const [violation] = failed.violations;
    this.#invariant = violation?.invariant ?? '';
    this.#maxRuns = maxRuns;
    this.#progress = onProgress;
    this.#best = attempt(failed.options, Infinity);
    this.#original = this.#best.decisions;
    if (!this.#fails(this.#best)) {
      throw new Error(`ERR_SIMULATION: seed ${failed.seed} does not fail again.`);
    }
  }

  shrink(): Shrunk {
    const { decisions } = this.#best;
    const names = { faults: decisions.faults.map(({ name }) => name) };
    const all: Schedule = { ...names, operations: decisions.operations, absent: [] };
    this.#try({ schedule: all });
    this.#stage = 'faults';
    ddmin(this.#schedule.faults, (faults) => this.#tryPart({ faults }));
    this.#stage = 'operations';
    ddmin(this.#schedule.operations, (operations) => this.#tryPart({ operations }));
    this.#stage = 'servers';
    this.#servers();
    this.#stage = 'weather';
    this.#weather();
    this.#stage = 'time';
    this.#time();
    return {
      ...this.#best,
      original: this.#original,
      runs: this.#runs,
      gaveUp: this.#gaveUp,
    };
  }

  get #schedule(): Schedule {
    return this.#best.options.schedule ?? { faults: [], operations: [], absent: [] };
  }

  /** A server may be left out if the others can elect; not when progress is what is missing. */
  #servers(): void {
    const { servers } = this.#best.options;
    if (this.#best.result.violations[0]?.kind === 'liveness') return;
    for (let n = servers; n >= 1; n -= 1) {
      const absent = [...this.#schedule.absent, `n${n}`];
      if ((servers - absent.length) * 2 > servers) this.#tryPart({ absent });
    }
  }

  /** What happens to every message, turn and timer. */
  #weather(): void {
    const calm = { lossRate: 0, duplicateRate: 0, holdUpRate: 0 } as const;
    for (const rate of Object.keys(calm)) {
      this.#try({ network: { ...this.#best.options.network, [rate]: 0 } });
    }
    this.#try({ network: { ...this.#best.options.network, inOrder: true } });
    this.#try({ workload: { ...this.#best.options.workload, lossRate: 0 } });
    for (const quiet of [{ mostTurnMs: 0 }, { clockDrift: 0 }, { wire: false }]) this.#try(quiet);
  }

  /** Fewer chart steps before everything heals. */
  #time(): void {
    let steps = Math.min(this.#best.options.steps, this.#best.result.chartSteps);
    while (steps > 1) {
      steps = Math.floor(steps / 2);
      if (!this.#try({ steps })) return;
    }
  }

  #tryPart(part: Partial<Schedule>): boolean {
    return this.#try({ schedule: { ...this.#schedule, ...part } });
  }

  /** Runs the best so far with `change`, and takes it when it fails in the same way. */
  #try(change: Partial<SimulationOptions>): boolean {
    if (this.#runs >= this.#maxRuns) {
      this.#gaveUp = true;
      return false;
    }
    const { options, result } = this.#best;
    const early = result.chartSteps < options.steps;
    const tried = attempt(
      { ...options, ...change },
      early ? result.virtualMs * patience : Infinity,
    );
    this.#runs += 1;
    const fails = this.#fails(tried);
    if (fails) this.#best = tried;
    const { faults, operations } = this.#best.decisions;
    this.#progress?.({
      ...{ stage: this.#stage, runs: this.#runs },
      ...{ faults: faults.length, operations: operations.length },
    });
    return fails;
  }

  #fails({ result }: Attempt): boolean {
    return result.violations.some(({ invariant }) => invariant === this.#invariant);
  }
}

interface Attempt {
  readonly options: SimulationOptions;
  readonly result: SeedResult;
  readonly decisions: Decisions;
}

function attempt(options: SimulationOptions, stopAtMs: number): Attempt {
  let decisions: Decisions = { faults: [], operations: [] };
  const result = runSeed(options, {
    stopAtMs,
    onEnd: (made) => {
      decisions = made;
    },
  });
  return { options, result, decisions };
}
