/**
 * The peers that this server turned away, in its log: one that dials again every two seconds is told of
 * once, until it is let in.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { Closed } from '../../transport/transport.ts';
import type { Logger } from './options.ts';

/** Peers that are remembered, for they name themselves as they like; the oldest is told of again. */
export const maxRefusedPeers = 1_024;

export class RefusalLog {
  readonly #logger: Logger;
  /** The codes that were told of each. */
  readonly #told = new Map<ServerId, Set<string>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `peer` is null when it did not get so far as to say who it is. */
  refused(why: Closed, peer: ServerId | null): void {
    const isNew = peer === null || this.#isNew(peer, why.code);
    this.#logger[isNew ? 'warn' : 'debug']({ ...why, peer }, 'refused a peer connection');
  }

  letIn(peer: ServerId): void {
    this.#told.delete(peer);
  }

  #isNew(peer: ServerId, code: string): boolean {
    const codes = this.#told.get(peer) ?? new Set();
    if (codes.has(code)) return false;
    this.#told.set(peer, codes.add(code));
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= maxRefusedPeers) break;
      this.#told.delete(oldest);
    }
    return true;
  }
}
