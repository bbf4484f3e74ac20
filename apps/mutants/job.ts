/**
 * A job for one process: which seeds, and what comes back for each.
 *
 * A process that dies or goes silent (an endless loop is a bug, too, but no invariant's find) is
 * ended, and the seed that it was at is reported; the caller decides what comes next.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { SeedResult } from '../../simulation/simulate.ts';

export interface Job {
  /** Ascending. */
  readonly seeds: readonly number[];
  /** Every so many seeds one runs twice and must hash equal; 0: none. */
  readonly rerunEvery: number;
}

/** A seed's result, as a worker prints it. */
export type SeedLine = Omit<SeedResult, 'options'> & {
  readonly servers: number;
  readonly rerun: 'none' | 'equal' | 'different';
};

export interface JobEnd {
  /** Seeds that were answered. */
  readonly done: number;
  /** The process died or hung at the seed after those. */
  readonly broke: boolean;
  /** What it said when it died. */
  readonly message: string;
}

/** A seed takes a second or less; a worker that is silent for this long hangs. */
const maxSilenceMs = 120_000;
/** Of what a dying worker says, so much is kept. */
const maxErrorChars = 2_000;

/** Runs `job` on a bundle. `onSeed` hears each result in order; false ends the job. */
export function runJob(
  bundle: string,
  job: Job,
  onSeed: (line: SeedLine) => boolean,
): Promise<JobEnd> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bundle, JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let done = 0;
    let stopped = false;
    let hung = false;
    let message = '';
    const stop = (): void => {
      stopped = true;
      child.kill('SIGKILL');
    };
    const hang = (): void => {
      hung = true;
      stop();
    };
    let silence = setTimeout(hang, maxSilenceMs);
    child.stderr.on('data', (chunk: Buffer) => {
      message = (message + chunk.toString()).slice(0, maxErrorChars);
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      if (stopped) return;
      clearTimeout(silence);
      silence = setTimeout(hang, maxSilenceMs);
      done += 1;
      if (!onSeed(JSON.parse(line) as SeedLine)) stop();
    });
    // 'close' comes when the process has ended and all of its output was read.
    child.on('close', () => {
      clearTimeout(silence);
      const broke = hung || (!stopped && done < job.seeds.length);
      resolve({ done, broke, message: hung ? `silent for ${maxSilenceMs} ms` : message });
    });
  });
}
