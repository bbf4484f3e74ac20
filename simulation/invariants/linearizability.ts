/**
 * I36, a second time and without the log: what clients were told, judged from the outside.
 *
 * clients.ts takes the committed log as its witness; this asks only whether some order explains all
 * answers, so it holds even if log and reference are wrong in the same way. Once, at the end of a
 * run.
 */
import type { Json } from '../../replicated/state-machine.ts';
import { mayEnd } from '../clients/asking.ts';
import { checkHistory } from '../linearizability/check.ts';
import type { HistoryOperation } from '../linearizability/history.ts';
import { kvModel } from '../linearizability/kv-model.ts';
import type { Operation } from './clients.ts';
import type { Report } from './observation.ts';

/** Orders that one run may look at; past it the run is not judged by its order, and says so. */
const mostSteps = 100_000;

/**
 * `results`: what the client was told, for operations that were acknowledged. False when so many
 * orders are possible that the run was not judged.
 */
export function checkClientHistory(
  operations: readonly Operation[],
  results: ReadonlyMap<Operation, Json>,
  report: Report,
  maxSteps: number = mostSteps,
): boolean {
  const judged = operations.filter(({ key }) => !mayEnd(key));
  const history = judged.map((one) => historyOf(one, results.get(one)));
  const verdict = checkHistory(history, kvModel, { maxSteps });
  if (verdict.kind === 'violation') report('I36', null, verdict.text);
  return verdict.kind !== 'unknown';
}

function historyOf(operation: Operation, result: Json | undefined): HistoryOperation {
  const { client, kind, key, value, expected, invokedAtMs, completedAtMs, outcome } = operation;
  const asked = {
    ...{ client, op: kind, key, invokedAtMs },
    ...(kind === 'put' || kind === 'cas' ? { value } : {}),
    ...(kind === 'cas' ? { expected } : {}),
  };
  if (outcome === 'failed') return { ...asked, outcome };
  if (outcome !== 'acked' || result === undefined) return { ...asked, outcome: 'unknown' };
  // A compare that failed has no effect; what it saw is clients.ts's to judge.
  if (kind === 'cas' && !(result as unknown as Compared).ok) return { ...asked, outcome: 'failed' };
  const told = { ...asked, outcome: 'ok', returnedAtMs: completedAtMs } as const;
  if (kind === 'get' && result === null) return { ...told, found: false };
  if (kind === 'get') {
    const { value: seen, revision } = result as unknown as Read;
    return { ...told, value: seen.json, revision };
  }
  const { revision, previous } = result as unknown as Written;
  return { ...told, revision, previous };
}

interface Read {
  readonly value: { readonly json: Json };
  readonly revision: number;
}

interface Compared {
  readonly ok: boolean;
}

interface Written {
  readonly revision: number;
  readonly previous: number | null;
}
