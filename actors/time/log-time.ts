/**
 * Replicated time: what a leader writes into the lines of its log, so that all servers agree on
 * when an entry was made (thesis §6.3; docs/adr/0010-replicated-time.md).
 *
 * It is the time of the last entry before the election plus what has passed on the leader's
 * monotonic clock since. No wall clock has a say, it never falls, and while nobody leads it stands
 * still.
 */

export interface LogTime {
  /** The log now ends with an entry of this time. */
  follow(time: number): void;
  /** Leadership begins: from here on this server's clock drives the time. */
  lead(): void;
  /** What the time of an entry would be that a leader made now, in whole milliseconds. */
  now(): number;
  /** The time of the next entry, which is made now. */
  next(): number;
}

/** `monotonicMs` never falls while the process lives. */
export function createLogTime(monotonicMs: () => number): LogTime {
  let last = 0;
  let base = 0;
  let since = 0;

  const now = (): number => Math.max(last, base + Math.floor(monotonicMs() - since));

  return {
    follow(time) {
      last = time;
    },
    lead() {
      base = last;
      since = monotonicMs();
    },
    now,
    next() {
      last = now();
      return last;
    },
  };
}
