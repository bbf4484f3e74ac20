/**
 * What the client checks of its options and arguments before it does anything: numbers that would
 * mean something else to a timer, a bound or JSON than their caller meant. ERR_INVALID_ARGUMENT.
 *
 * What only a server can judge, keys for example, is left to it.
 */
import type { Expected } from './api.ts';
import { clientUrl } from './socket.ts';
import { StatecraftError } from '../errors.ts';

function invalid(message: string): StatecraftError {
  return new StatecraftError('ERR_INVALID_ARGUMENT', message);
}

export function checkEndpoints(endpoints: readonly string[]): void {
  const wrong = endpoints.find((endpoint) => clientUrl(endpoint) === null);
  if (endpoints.length > 0 && wrong === undefined) return;
  const what = wrong === undefined ? 'There is no endpoint' : `${JSON.stringify(wrong)} is none`;
  throw invalid(`${what}. Give host:port, one or more.`);
}

/** A timer takes NaN for no time at all, as of an environment variable that is not set. */
export function checkTimeout(timeoutMs: number): void {
  if (!(timeoutMs >= 0)) {
    throw invalid(`"timeoutMs" is ${timeoutMs}. Give milliseconds, 0 or more.`);
  }
}

/** With NaN a bound bounds nothing, with 0 everything. */
export function checkBounds(bounds: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(bounds)) {
    if (!(value >= 1)) throw invalid(`"${name}" is ${value}. Give a number, 1 or more.`);
  }
}

/** The revision that is expected; null: no key, as which JSON would write a NaN. */
export function revisionOf(expected: Expected): number | null {
  if (expected === 'absent') return null;
  const { revision } = expected;
  if (Number.isFinite(revision)) return revision;
  throw invalid(
    `${String(revision)} is no revision. Expect a whole number, 1 or above, or 'absent'.`,
  );
}
