/**
 * How a command fails: always a `StatecraftError`, told once, on stderr, without a stack.
 *
 * One line for people, `Error: ERR_…: what happened. What to do.`, or one JSON object when `-o json`
 * was asked for.
 */
import { StatecraftError, type ErrorDetails } from '../../actors/errors.ts';
import { errorCodes } from '../../actors/error-codes/index.ts';
import { exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';

/**
 * A failure with its remedy, both written as a sentence without the full stop. Whether to try again is
 * what the table of codes says.
 */
export function failure(
  code: string,
  what: string,
  remedy: string,
  details: ErrorDetails = {},
): StatecraftError {
  const retryable = errorCodes.get(code)?.retryable === true;
  return new StatecraftError(code, `${what}. ${remedy}.`, { retryable, ...details });
}

/** ERR_INVALID_ARGUMENT: an option has the right name and a wrong value. */
export function invalidArgument(what: string, remedy: string): StatecraftError {
  return failure('ERR_INVALID_ARGUMENT', what, remedy);
}

/** Whatever was thrown, as an error with a code; what we did not foresee is ERR_INTERNAL. */
export function asFailure(error: unknown): StatecraftError {
  if (error instanceof StatecraftError) return error;
  return new StatecraftError(
    'ERR_INTERNAL',
    error instanceof Error ? error.message : String(error),
    {
      outcome: 'unknown',
      cause: error,
    },
  );
}

/** Tells a failure and returns its exit code. */
export function report(failure: StatecraftError, json: boolean, io: Pick<Io, 'err'>): number {
  io.err(json ? `${JSON.stringify({ error: asJson(failure) })}\n` : `${asLine(failure)}\n`);
  return exitCodeOf(failure);
}

function asJson(error: StatecraftError): object {
  const { code, message, retryable, outcome, leader, revision } = error;
  return { code, message, retryable, outcome, leader, revision };
}

function asLine({ code, message, outcome }: StatecraftError): string {
  const text = /[.!?]$/.test(message) ? message : `${message}.`;
  const note =
    outcome === 'unknown' && code !== 'ERR_INTERNAL' && !/may have|unknown/i.test(text)
      ? ' The outcome is unknown: it may have been applied.'
      : '';
  return `Error: ${code}: ${text}${note}`;
}
