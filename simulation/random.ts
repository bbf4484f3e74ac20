/**
 * Chance that can be replayed: one stream per concern, split from one seed.
 *
 * A stream is named (`network`, `disk/n2`, `faults` …) and depends on the seed and its name alone, so
 * what one concern draws never shifts what another one sees. That is what makes a failing run
 * shrinkable: with one fault removed, everything else still happens as it did.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer, both bounds included. */
  int(least: number, most: number): number;
  /** True with this probability; draws even when it is 0 or 1, so that rates don't shift streams. */
  chance(probability: number): boolean;
  /** One item of a non-empty array. */
  pick<T>(items: readonly T[]): T;
  /** Between the bounds (> 0) with equal weight to each order of magnitude. */
  logUniform(least: number, most: number): number;
  /** A stream of its own, which depends on this one's name and `name` only. */
  split(name: string): Random;
}

/** The root of all streams of a run. `seed` is a safe integer ≥ 0. */
export function randomFrom(seed: number, name = ''): Random {
  const words = [0, 1, 2, 3].map((word) => hash32(`${seed}/${name}`, word));
  const generator = xoroshiro128plusFromState(words);
  const next = (): number => uniformFloat64(generator);
  return {
    next,
    int: (least, most) => uniformInt(generator, least, most),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]): T => {
      const item = items[uniformInt(generator, 0, items.length - 1)];
      if (item === undefined) throw new RangeError('ERR_SIMULATION: pick from an empty array.');
      return item;
    },
    logUniform: (least, most) => least * Math.pow(most / least, next()),
    split: (child) => randomFrom(seed, `${name}/${child}`),
  };
}

/** FNV-1a and the finaliser of MurmurHash3: neighbouring seeds give unrelated words. */
function hash32(text: string, salt: number): number {
  let hash = Math.imul(0x811c9dc5 ^ salt, 0x01000193);
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
