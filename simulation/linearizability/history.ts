/**
 * A history: what clients asked for and were told, with the times at which they asked and were told.
 * It is all that a checker of linearizability sees (Herlihy & Wing 1990); no server is asked.
 *
 * One record per operation, over all its retries. Files of these are format.ts; what an operation
 * means is the affair of a model (model.ts).
 */
import type { Json } from '../../replicated/state-machine.ts';

/**
 * `ok`: it took effect once, with the result that is recorded. `failed`: it has no effect, ever.
 * `unknown`: it may take effect, once, at any time after it was invoked.
 */
export type HistoryOutcome = 'ok' | 'failed' | 'unknown';

/** One operation of one client. Times are milliseconds of one monotonic clock; fractions count. */
export interface HistoryOperation {
  /** Who asked. Operations of one client may overlap: order comes from the times alone. */
  readonly client: string;
  /** The verb, `put` for example; the model knows which there are. */
  readonly op: string;
  /** Operations on different keys are independent of each other. */
  readonly key: string;
  readonly invokedAtMs: number;
  /** When the client was told `ok`; of no meaning for the other outcomes, and often missing there. */
  readonly returnedAtMs?: number;
  readonly outcome: HistoryOutcome;
  /** What was written, or what was read. */
  readonly value?: Json;
  /** False: a read that found nothing. */
  readonly found?: boolean;
  /** Where a write took effect, or the revision of what was read. Grows over all keys. */
  readonly revision?: number;
  /** The revision that a write replaced; null when there was none. */
  readonly previous?: number | null;
  /** The revision that a `cas` wants to replace; null: there must be no such key. */
  readonly expected?: number | null;
  /** 1-based, when it was read from a file. */
  readonly line?: number;
}

/** When an operation was over for sure: Infinity unless it is `ok`. */
export function endOf({ outcome, returnedAtMs }: HistoryOperation): number {
  return outcome === 'ok' ? (returnedAtMs ?? Infinity) : Infinity;
}

/** In order of invocation; of those invoked at once, the one that returned first. */
export function byInvocation(a: HistoryOperation, b: HistoryOperation): number {
  if (a.invokedAtMs !== b.invokedAtMs) return a.invokedAtMs - b.invokedAtMs;
  const [x, y] = [endOf(a), endOf(b)];
  return x === y ? 0 : x - y;
}

/** Equal for equal values, whatever the order of the fields. */
export function textOf(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(textOf).join(',')}]`;
  const fields = Object.entries(value as Readonly<Record<string, Json>>);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${textOf(inner)}`).join(',')}}`;
}
