/**
 * How the start of a node ends: its disk has spoken, or an error that says what to do.
 */
import { codedFault } from '../../machines/coded-fault.ts';
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
  const { message: text = String(error) } = Object(error) as { message?: string };
  const { code, message } = codedFault(error) ?? { code: 'ERR_INTERNAL', message: text };
  const retryable = errorCodes.get(code)?.retryable === true;
  return new StatecraftError(code, message, { retryable, cause: error });
}
