/** Errors as HTTP answers: the status says what a proxy or a script may do, the body what happened. */
import { errorHeader, type HttpAnswer } from '../../transport/http.ts';
import { StatecraftError } from '../errors.ts';

/** Says who leads, on redirects and refusals. */
export const leaderHeader = 'x-statecraft-leader';
/** Seconds after which asking again makes sense: an election takes less. */
const retryAfter = '1';

const statusOf: Readonly<Record<string, number>> = {
  ERR_BAD_REQUEST: 400,
  ERR_FUTURE_REVISION: 400,
  ERR_INVALID_ARGUMENT: 400,
  ERR_INVALID_COMMAND: 400,
  ERR_INVALID_QUERY: 400,
  ERR_INVALID_VALUE: 400,
  ERR_KEY_NOT_FOUND: 404,
  ERR_UNKNOWN_MACHINE: 404,
  ERR_CAS_FAILED: 412,
  ERR_TOO_LARGE: 413,
  ERR_STORAGE_FULL: 507,
};

/** 504 for an unknown outcome: unlike 503, it must not simply be sent again. */
export function answerFailure(error: unknown): HttpAnswer {
  const failure = error instanceof StatecraftError ? error : internal(error);
  const { code, message, outcome, retryable, leader, revision } = failure;
  const unknown = outcome === 'unknown' && code !== 'ERR_INTERNAL';
  const status = unknown ? 504 : (statusOf[code] ?? (retryable || isOver(code) ? 503 : 500));
  return {
    status,
    headers: {
      [errorHeader]: code,
      ...(status === 503 ? { 'retry-after': retryAfter } : {}),
      ...(leader === null ? {} : { [leaderHeader]: leader.id }),
    },
    body: { error: { code, message, retryable, outcome, leader, revision } },
  };
}

function isOver(code: string): boolean {
  return code === 'ERR_STOPPED' || code === 'ERR_ABORTED';
}

function internal(error: unknown): StatecraftError {
  return new StatecraftError('ERR_INTERNAL', `${String(error)}. Please report it.`, {
    outcome: 'unknown',
    cause: error,
  });
}
