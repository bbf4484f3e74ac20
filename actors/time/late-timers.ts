/**
 * A clock that notices when the event loop stood still: a timer that is later than a bound says so
 * before it does what it was armed for (DESIGN: stalls; etcd-io/etcd#20418).
 *
 * The sockets were read by then (real-clock.ts). What lateness means is the charts' affair.
 */
import type { Clock } from '../ports.ts';

interface Armed {
  id: unknown;
  isCancelled: boolean;
}

export interface LateTimersOptions {
  readonly clock: Clock;
  monotonicMs(): number;
  /** Later than this is late, in milliseconds. */
  readonly boundMs: number;
  /** It may cancel the very timer that is late. */
  onLate(): void;
}

export function noticeLateTimers({ clock, boundMs, ...options }: LateTimersOptions): Clock {
  return {
    setTimeout(callback, delayMs) {
      const dueMs = options.monotonicMs() + delayMs;
      const armed: Armed = { id: null, isCancelled: false };
      armed.id = clock.setTimeout(() => {
        if (options.monotonicMs() - dueMs > boundMs) options.onLate();
        if (!armed.isCancelled) callback();
      }, delayMs);
      return armed;
    },
    clearTimeout(timer) {
      const armed = timer as Armed;
      armed.isCancelled = true;
      clock.clearTimeout(armed.id);
    },
  };
}
