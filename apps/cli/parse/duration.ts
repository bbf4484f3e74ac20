/** Durations as people write them: `250ms`, `5s`, `2m`. Inside, milliseconds. */
import { invalidArgument } from '../failure.ts';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Timers of Node are 32 bits wide; a longer one would fire at once. */
const maxDurationMs = 2 ** 31 - 1;

/** A parser for commander: milliseconds of a duration above 0. Throws ERR_INVALID_ARGUMENT. */
export function durationOf(option: string): (text: string) => number {
  return (text) => {
    const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
    const ms = found === null ? NaN : Number(found[1]) * unitMs[found[2] as keyof typeof unitMs];
    if (ms > 0 && ms <= maxDurationMs) return ms;
    throw invalidArgument(
      `${option} "${text}" is not a duration above 0 and below 24 days`,
      'Write a number and its unit, for example 250ms, 5s or 2m',
    );
  };
}

/** A duration for people, two digits or so: `12 ms`, `0.94 s`, `4m12s`, `3h05m`. */
export function formatDuration(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes}m${two(Math.floor(ms / 1_000) % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
