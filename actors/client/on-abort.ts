/**
 * Many calls on one signal, with one listener: platforms take more than a few for a leak, and say so.
 * It goes with the last call, since what a platform has a listener on it may keep for ever.
 */

interface Listening {
  readonly callbacks: Set<() => void>;
  readonly stop: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/** Calls back once when `signal` aborts, until the returned function is called. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, stop } = listening.get(signal) ?? listen(signal);
  callbacks.add(callback);
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) stop();
  };
}

function listen(signal: AbortSignal): Listening {
  const callbacks = new Set<() => void>();
  const tell = (): void => {
    for (const each of [...callbacks]) if (callbacks.has(each)) each();
  };
  const known = {
    callbacks,
    stop: () => {
      listening.delete(signal);
      signal.removeEventListener('abort', tell);
    },
  };
  listening.set(signal, known);
  signal.addEventListener('abort', tell, { once: true });
  return known;
}
