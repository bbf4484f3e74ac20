/**
 * Histories for the tests of the checker: written by hand, or drawn from a seed and true by
 * construction, since every operation is given a moment at which it takes effect.
 */
import {
  byInvocation,
  type HistoryOperation,
  type HistoryOutcome,
} from '../../simulation/linearizability/history.ts';
import { randomFrom } from '../../simulation/random.ts';

/** An operation from `[invoked, returned]`; without a return its outcome is unknown. */
export function anOperation(
  client: string,
  [invokedAtMs, returnedAtMs]: readonly [number, number?],
  fields: Partial<HistoryOperation>,
): HistoryOperation {
  return {
    client,
    op: 'put',
    key: 'k',
    invokedAtMs,
    ...(returnedAtMs === undefined ? {} : { returnedAtMs }),
    outcome: returnedAtMs === undefined ? 'unknown' : 'ok',
    ...fields,
  };
}

type Times = readonly [number, number?];

export const put = (client: string, times: Times, value: string, more = {}): HistoryOperation =>
  anOperation(client, times, { op: 'put', value, ...more });

export const remove = (client: string, times: Times, more = {}): HistoryOperation =>
  anOperation(client, times, { op: 'delete', ...more });

/** A get of `value`; null: it found nothing. */
export const get = (
  client: string,
  times: Times,
  value: string | null,
  more = {},
): HistoryOperation =>
  anOperation(client, times, {
    op: 'get',
    ...(value === null ? { found: false } : { value }),
    ...more,
  });

export interface Drawn {
  readonly seed: number;
  readonly operations: number;
  readonly keys: number;
  readonly clients: number;
  readonly values: number;
  /** Shares of writes whose outcome is unknown (half of them take effect), and which failed. */
  readonly unknownShare: number;
  readonly failedShare: number;
  /** Whether answers carry `revision` and `previous`. */
  readonly revisions: boolean;
}

interface Planned {
  readonly operation: HistoryOperation;
  /** Infinity: never. */
  readonly effectAtMs: number;
}

/** A linearizable history. Clients are sequential; what is unknown takes effect within 50 ms or never. */
export function drawHistory(drawn: Drawn): HistoryOperation[] {
  const planned = planHistory(drawn).sort((a, b) => a.effectAtMs - b.effectAtMs);
  const items = new Map<string, { value: string; revision: number }>();
  let revision = 0;
  const operations = planned.map(({ operation, effectAtMs }) => {
    const { op, key, outcome } = operation;
    if (effectAtMs === Infinity) return operation;
    revision += 1;
    const item = items.get(key);
    const isOk = outcome === 'ok';
    if (op === 'get') {
      if (!isOk) return operation;
      if (item === undefined) return { ...operation, found: false };
      return {
        ...operation,
        value: item.value,
        ...(drawn.revisions ? { revision: item.revision } : {}),
      };
    }
    if (op === 'put') items.set(key, { value: operation.value as string, revision });
    else items.delete(key);
    const told = { revision, previous: item?.revision ?? null };
    return isOk && drawn.revisions ? { ...operation, ...told } : operation;
  });
  return operations.sort(byInvocation);
}

function planHistory(drawn: Drawn): Planned[] {
  const random = randomFrom(drawn.seed).split('history');
  const clocks = Array.from({ length: drawn.clients }, () => random.next() * 10);
  return Array.from({ length: drawn.operations }, () => {
    const client = random.int(0, drawn.clients - 1);
    const invokedAtMs = clocks[client]! + random.next() * 2;
    const returnedAtMs = invokedAtMs + random.logUniform(0.1, 20);
    clocks[client] = returnedAtMs;
    const draw = random.next();
    const op = draw < 0.45 ? 'get' : draw < 0.9 ? 'put' : 'delete';
    const luck = random.next();
    const outcome: HistoryOutcome =
      luck < drawn.unknownShare
        ? 'unknown'
        : luck < drawn.unknownShare + drawn.failedShare
          ? 'failed'
          : 'ok';
    const lasts = outcome === 'unknown' ? 50 : returnedAtMs - invokedAtMs;
    const never = outcome === 'failed' || (outcome === 'unknown' && random.chance(0.5));
    const effectAtMs = never ? Infinity : invokedAtMs + random.next() * lasts;
    const value = `v${random.int(1, drawn.values)}`;
    const operation: HistoryOperation = {
      client: `c${client + 1}`,
      op,
      key: `k${random.int(1, drawn.keys)}`,
      invokedAtMs,
      ...(outcome === 'unknown' ? {} : { returnedAtMs }),
      outcome,
      ...(op === 'put' ? { value } : {}),
    };
    return { operation, effectAtMs };
  });
}
