/**
 * Many calls on one signal, with one listener: platforms take more than a few for a leak, and say so.
 */

const listening = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back once when `signal` aborts, until the returned function is called. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const known = listening.get(signal);
  const callbacks = known ?? new Set<() => void>();
  if (known === undefined) {
    listening.set(signal, callbacks);
    const tell = (): void => {
      for (const each of [...callbacks]) each();
    };
    signal.addEventListener('abort', tell, { once: true });
  }
  callbacks.add(callback);
  return () => void callbacks.delete(callback);
}
