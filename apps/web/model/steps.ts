/**
 * The last transitions of one actor, with their causes.
 *
 * A leader's heartbeats would push all else out within seconds. So a step that changed no state and
 * repeats one since the last change is counted with that one, and moves to the end.
 */
import type { Header, NodeEvent } from '../../../actors/inspect/index.ts';

/** Rows that are kept of an actor. */
export const maxSteps = 200;

export interface Step {
  /** Of the first one that is counted here: a name for the row. */
  readonly key: number;
  /** Counted by this page: a server that is started anew begins its own numbers anew. */
  readonly seq: number;
  readonly atMs: number;
  readonly cause: Header;
  readonly edges: readonly string[];
  readonly guards: Readonly<Record<string, boolean>>;
  readonly changed: boolean;
  /** How many are counted here. */
  readonly count: number;
}

export type StepEvent = Extract<NodeEvent, { type: 'step' }>;

export class Steps {
  static #added = 0;
  #rows: Step[] = [];
  #listed: readonly Step[] | null = null;

  add({ atMs, cause, edges, guards, value }: StepEvent): void {
    Steps.#added += 1;
    const seq = Steps.#added;
    const changed = value !== undefined;
    const step = { key: seq, seq, atMs, cause, edges, guards, changed, count: 1 };
    const at = changed ? -1 : this.#repeated(step);
    const [same] = at < 0 ? [] : this.#rows.splice(at, 1);
    this.#rows.push(same === undefined ? step : { ...step, key: same.key, count: same.count + 1 });
    if (this.#rows.length > maxSteps) this.#rows.shift();
    this.#listed = null;
  }

  /** Oldest first. The same list until a step is added, another one then: views compare lists. */
  list(): readonly Step[] {
    this.#listed ??= [...this.#rows];
    return this.#listed;
  }

  /** The last answer of each guard that was asked in what is kept. */
  guards(): ReadonlyMap<string, boolean> {
    return new Map(this.#rows.flatMap(({ guards }) => Object.entries(guards)));
  }

  #repeated(step: Step): number {
    for (let at = this.#rows.length - 1; at >= 0; at--) {
      const row = this.#rows[at];
      if (row === undefined || row.changed) return -1;
      if (row.cause.type === step.cause.type && String(row.edges) === String(step.edges)) return at;
    }
    return -1;
  }
}
