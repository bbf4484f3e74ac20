/**
 * What was thrown, as a fault under the code that it bears itself: of a disk or a log that cannot be read
 * back, for example. What an error without a code means is for whoever caught it to say.
 */
import type { Fault } from './events.ts';

/** null: it has no code of ours. */
export function codedFault(error: unknown): Fault | null {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const isCoded = typeof code === 'string' && code.startsWith('ERR_');
  return isCoded && typeof message === 'string' ? { code, message } : null;
}
