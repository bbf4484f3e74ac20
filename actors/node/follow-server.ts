/**
 * Hears what the server's chart becomes, for all that a node tells of it.
 *
 * XState throws what a chart threw into the process while anyone listens for less than errors, and the
 * process would end without the code that server.actor.ts, whose errors they are, has made of it.
 */
import type { ServerRef } from '../server.actor.ts';

const notOurs = (): void => undefined;

/** Calls `next` after each step, until what it returns is called or the chart ends. */
export function followServer(
  server: ServerRef,
  next: (snapshot: ReturnType<ServerRef['getSnapshot']>) => void,
): () => void {
  const subscription = server.subscribe({ next, error: notOurs });
  return () => subscription.unsubscribe();
}
