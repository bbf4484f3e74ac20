/**
 * When this server believes those that refuse it for good: that it was removed (docs/adr/0013), or has
 * not the data directory it had (docs/adr/0014).
 *
 * One of them may be wrong: it met a wrong directory first, or it is a stray of another cluster at a
 * dead member's address. So a refusal is a warning, until more than half of the other voters say the
 * same: those that are left are no majority with this server, which could not serve anyway.
 */
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { ConfigurationEntry } from '../../replicated/configuration-entry.ts';
import { addressesOf, type Members } from '../configuration-book.ts';
import { directoryRemedy } from './acquaintances.ts';

/** What is said for good; all other ends of connections pass. */
export type FinalRefusal = 'ERR_INCARNATION_MISMATCH' | 'ERR_REMOVED';

export interface RefusalsOptions {
  readonly id: ServerId;
  /** By the configuration that is in force here. */
  members(): Members;
  /** A member refuses this server; said once, until it accepts it again. */
  onWarning(fault: Fault): void;
  /** Enough voters say so: it is taken for true. Called once. */
  onBelieved(code: FinalRefusal, voters: readonly ServerId[]): void;
}

export class Refusals {
  readonly #options: RefusalsOptions;
  /** The latest of each member; there are no more of them than members. */
  readonly #latest = new Map<ServerId, FinalRefusal>();
  #isBelieved = false;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** `peer` let this server in: whatever it said before was another server's word, or is mended. */
  accepted(peer: ServerId): void {
    this.#latest.delete(peer);
  }

  /** `peer` closed a connection of ours, or did not take it. */
  ended(peer: ServerId, { code }: Fault): void {
    const options = this.#options;
    const { id } = options;
    if (!isFinal(code) || this.#isBelieved) return;
    const { entry } = options.members();
    const all = addressesOf(entry);
    if (!Object.hasOwn(all, peer)) return;
    for (const one of this.#latest.keys()) if (!Object.hasOwn(all, one)) this.#latest.delete(one);
    const isNew = this.#latest.get(peer) !== code;
    this.#latest.set(peer, code);

    const others = Object.keys({ ...entry.outgoing, ...entry.voters }).filter((one) => one !== id);
    const agreeing = others.filter((one) => this.#latest.get(one) === code);
    // It knows that it is about to leave, and hears of the end of that.
    const isExpected = code === 'ERR_REMOVED' && isLeaving(id, entry);
    if (agreeing.length > (isExpected ? 0 : others.length / 2)) {
      this.#isBelieved = true;
      options.onBelieved(code, agreeing);
    } else if (isNew) {
      options.onWarning({ code, message: warnings[code](peer, id) });
    }
  }
}

function isFinal(code: string): code is FinalRefusal {
  return Object.hasOwn(warnings, code);
}

function isLeaving(id: ServerId, { voters, learners }: ConfigurationEntry): boolean {
  return !Object.hasOwn(voters, id) && !Object.hasOwn(learners, id);
}

const warnings: Readonly<Record<FinalRefusal, (peer: ServerId, id: ServerId) => string>> = {
  ERR_INCARNATION_MISMATCH: (peer, id) =>
    `${peer} knows ${id} by another data directory than this one, and refuses it. ` +
    `${directoryRemedy(id, peer)} If another server runs at the address of ${peer}, stop that one.`,
  ERR_REMOVED: (peer, id) =>
    `${peer} says that ${id} was removed from the cluster. "statecraft member list" tells whether it ` +
    `was: then stop it for good. If it was not, another cluster's server runs at the address of ` +
    `${peer}: stop that one.`,
};
