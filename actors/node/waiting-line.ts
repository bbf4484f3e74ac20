/** The line of a server that waits for those that it is to join: at once, and then ever more rarely. */
import type { Logger } from './options.ts';

/** Between two lines: at first, doubled each time, and at most; milliseconds. */
const firstLineMs = 10_000;
const maxLineMs = 300_000;

/** Called whenever nobody answered, says so when it is time to. */
export function waitingLine(logger: Logger, endpoints: readonly string[]): () => void {
  let nextAtMs = 0;
  let everyMs = firstLineMs;
  return () => {
    const nowMs = performance.now();
    if (nowMs < nextAtMs) return;
    logger.warn({ join: endpoints.join(',') }, 'waits for a server to join: none of them answers');
    nextAtMs = nowMs + everyMs;
    everyMs = Math.min(2 * everyMs, maxLineMs);
  };
}
