/**
 * A rolling hash over everything that happened: two runs are equal when their digests are.
 *
 * FNV-1a on numbers in two lanes; a detector of divergence between two runs of one seed, not a
 * defence against anybody.
 */
import type { ServerId } from '../machines/messages.ts';
import type { ServerView } from './invariants/observation.ts';
import type { Cause, Subject } from './environment.ts';

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

export class RollingHash {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;

  /** Mixes in any number: an index, a term, a time with fractions. */
  add(value: number): void {
    double[0] = value;
    const [low = 0, high = 0] = words;
    this.#a = Math.imul(Math.imul(this.#a ^ low, 0x01000193) ^ high, 0x01000193);
    this.#b = Math.imul(Math.imul(this.#b ^ high, 0x85ebca6b) ^ (low + this.#a), 0xc2b2ae35);
    this.#b ^= this.#b >>> 15;
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

const codes = new Map<string, number>();

/** A number for a name, equal in every run. */
export function codeOf(name: string): number {
  const known = codes.get(name);
  if (known !== undefined) return known;
  let code = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) code = Math.imul(code ^ name.charCodeAt(i), 0x01000193);
  codes.set(name, code >>> 0);
  return code >>> 0;
}

/** What XState calls a state value. */
export type StateValue = string | { readonly [key: string]: StateValue | undefined };

/** A number for the active states of a chart, equal in every run. */
export function stateCodeOf(value: StateValue): number {
  if (typeof value === 'string') return codeOf(value);
  let code = 17;
  for (const [key, child] of Object.entries(value)) {
    code = Math.imul(code, 31) + codeOf(key);
    if (child !== undefined) code = Math.imul(code, 31) + stateCodeOf(child);
  }
  return code >>> 0;
}

/** Something is about to touch a server. */
export function addEvent(
  hash: RollingHash,
  nowMs: number,
  server: ServerId,
  cause: Cause,
  subject: Subject,
): void {
  hash.add(nowMs);
  hash.add(codeOf(cause));
  hash.add(codeOf(server));
  if (typeof subject === 'string') {
    hash.add(codeOf(subject));
  } else if (subject !== null) {
    hash.add(codeOf(subject.type));
    hash.add(codeOf(subject.from));
    hash.add(subject.term);
  }
}

/** What has become of the server. */
export function addState(hash: RollingHash, { stateCode, context, lastApplied }: ServerView): void {
  hash.add(stateCode);
  hash.add(context.currentTerm);
  hash.add(context.log.lastIndex);
  hash.add(context.commitIndex);
  hash.add(lastApplied);
}
