/**
 * Hunts one mutant: seed after seed until an invariant of the checker finds it.
 *
 * A server that stops by itself, a process that dies and one that hangs show the bug as well, but not
 * that a promise is watched: they are counted, and the hunt goes on with the next seed.
 */
import { bundle } from './bundle.ts';
import { runJob, type SeedLine } from './job.ts';
import type { Mutant } from './mutant.ts';

export interface Catch {
  readonly name: string;
  /** Its id, such as `I7`; null: it survived. */
  readonly killedBy: string | null;
  /** What was seen. */
  readonly message: string;
  /** Seeds that were run, the one that found it included. */
  readonly seeds: number;
  /** The seed that found it, and the size of its cluster; -1 and 0 when none did. */
  readonly seed: number;
  readonly servers: number;
  /** Events in all these seeds. */
  readonly events: number;
  /** Seeds in which it only crashed, died or hung. */
  readonly crashes: number;
}

export interface HuntOptions {
  /** For the bundle. */
  readonly folder: string;
  /** First seed. */
  readonly from: number;
  /** Seeds to try at most. */
  readonly maxSeeds: number;
  /** Asked after each seed; true ends the hunt where it is. */
  isOver?(): boolean;
}

export async function hunt(mutant: Mutant, options: HuntOptions): Promise<Catch> {
  const { name, edits } = mutant;
  const { path } = await bundle(options.folder, name, edits);
  let caught: SeedLine | null = null;
  let seeds = 0;
  let events = 0;
  let crashes = 0;
  const isOver = (): boolean => caught !== null || options.isOver?.() === true;
  while (!isOver() && seeds < options.maxSeeds) {
    const next = options.from + seeds;
    const left = Array.from({ length: options.maxSeeds - seeds }, (_, i) => next + i);
    const { broke } = await runJob(path, { seeds: left, rerunEvery: 0 }, (line) => {
      seeds += 1;
      events += line.events;
      if (promiseOf(line) !== undefined) caught = line;
      else if (line.violations.length > 0) crashes += 1;
      return !isOver();
    });
    if (!broke) break;
    seeds += 1;
    crashes += 1;
  }
  return { name, ...verdict(caught), seeds, events, crashes };
}

/** The promise that a seed found broken; a crash is none. */
function promiseOf({ violations }: SeedLine): SeedLine['violations'][number] | undefined {
  return violations.find(({ kind }) => kind !== 'crash');
}

function verdict(line: SeedLine | null) {
  const found = line === null ? undefined : promiseOf(line);
  return {
    killedBy: found?.invariant ?? null,
    message: found?.message ?? '',
    seed: line?.seed ?? -1,
    servers: line?.servers ?? 0,
  };
}
