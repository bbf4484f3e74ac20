/**
 * How late the event loop is, from Node's own histogram, which costs no JavaScript.
 *
 * That one tells percentiles only, so the count of a bucket is found by searching for the rank of
 * its bound; it runs from the start of the node, as a Prometheus histogram must.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from './definitions.ts';
import type { Spread } from './distribution.ts';

/** Milliseconds between two looks at the loop; a look is never early, so this is no delay. */
const resolutionMs = 10;
/** Halvings in the search of a rank: a few millionths of all looks. */
const steps = 20;
const nanosPerSecond = 1e9;

export interface EventLoopMonitor {
  read(): Spread;
  stop(): void;
}

export function monitorEventLoop(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  const { buckets } = metrics.statecraft_event_loop_delay_seconds;
  const earliest = (resolutionMs / 1_000) * nanosPerSecond;
  histogram.enable();

  /** The share of all looks, 0 … 1, that were at most `seconds` late. */
  function rankOf(seconds: number): number {
    const bound = earliest + seconds * nanosPerSecond;
    if (histogram.max <= bound) return 1;
    if (histogram.min > bound) return 0;
    let low = 0;
    let high = 1;
    for (let step = 0; step < steps; step += 1) {
      const middle = (low + high) / 2;
      if (histogram.percentile(middle * 100) <= bound) low = middle;
      else high = middle;
    }
    return low;
  }

  return {
    read() {
      const { count, mean } = histogram;
      if (count === 0) return { counts: [...buckets.map(() => 0), 0], sum: 0 };
      const upTo = [...buckets.map((bound) => Math.round(rankOf(bound) * count)), count];
      const counts = upTo.map((cumulative, i) => Math.max(0, cumulative - (upTo[i - 1] ?? 0)));
      return { counts, sum: Math.max(0, ((mean - earliest) * count) / nanosPerSecond) };
    },
    stop: () => void histogram.disable(),
  };
}
