/**
 * How the start of a node ends: its disk has spoken, or an error that says what to do.
 */
import { errorCodes } from '../error-codes/index.ts';
import { StatecraftError } from '../errors.ts';
import type { Replica } from '../replica.ts';

/** Starts the replica. Resolves when its disk has spoken; rejects with the disk's fault. */
export function recovered(replica: Replica): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscription = replica.server.subscribe({
      next({ value, context }) {
        if (value.role === 'recovering') return;
        subscription.unsubscribe();
        if (context.fault === null) resolve();
        else reject(new StatecraftError(context.fault.code, context.fault.message));
      },
      error: reject,
    });
    replica.start();
  });
}

/** Whatever was thrown, as the one class that users meet. */
export function asStatecraftError(error: unknown): StatecraftError {
  if (error instanceof StatecraftError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' && code.startsWith('ERR_') ? code : 'ERR_INTERNAL';
  const retryable = errorCodes.get(known)?.retryable === true;
  return new StatecraftError(known, String(message), { retryable, cause: error });
}
