/**
 * The clock of production: Node's timers, but a timer that is due first lets sockets be read.
 *
 * After a pause of the process (garbage collection, SIGSTOP, a busy neighbour) timers come before
 * sockets in Node's event loop: an election timeout would fire although the heartbeats that should
 * have stopped it lie in the receive buffer. `setImmediate` runs after the sockets were polled.
 */
import type { Clock } from '../ports.ts';

class Pending {
  #immediate: NodeJS.Immediate | undefined;
  readonly #timeout: NodeJS.Timeout;

  constructor(callback: () => void, delayMs: number) {
    this.#timeout = setTimeout(() => {
      this.#immediate = setImmediate(callback);
    }, delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
  }
}

export const realClock: Clock = {
  setTimeout: (callback, delayMs) => new Pending(callback, delayMs),
  clearTimeout: (id) => {
    if (id instanceof Pending) id.cancel();
  },
};
