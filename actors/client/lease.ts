/**
 * Keeps a key with a time to live alive for as long as somebody holds it, and says when it can no
 * longer vouch for it: that is a lease, seen from its holder.
 *
 * Its end is counted here from before a request was sent, and at the servers from after it arrived,
 * in replicated time, which never runs ahead; so the holder knows first. A holder that was suspended
 * may know late: that is what fencing tokens are for (docs/guides/locks.md).
 */
import { onAbort } from './on-abort.ts';
import type { Clock } from '../ports.ts';
import { StatecraftError } from '../errors.ts';

/** Renewals in each time to live, and tries once one has failed. */
const renewalsPerTtl = 3;
const triesPerTtl = 10;

export interface LeaseOptions {
  readonly clock: Clock;
  readonly ttlMs: number;
  /** Nobody renews any more; its reason says why. */
  readonly ended: AbortSignal;
  /** Asks for another `ttlMs`, within `timeoutMs`. Rejects with a `StatecraftError`. */
  renew(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** It is lost, and nothing is done for it any more. Called once at most. */
  lost(cause: unknown): void;
}

export class Lease {
  readonly #options: LeaseOptions;
  readonly #over = new AbortController();
  readonly #forgetEnded: () => void;
  /** The end, as far as it is known. */
  #end: unknown;
  #next: unknown = null;

  /** To be made right before the request is sent whose answer gives the lease. */
  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#end = this.#armEnd();
    const { ended } = options;
    this.#forgetEnded = onAbort(ended, () => this.#lose(ended.reason));
  }

  /** Whether it was stopped or lost. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** The answer gave it: from now on it is renewed. */
  begin(): void {
    if (!this.isOver) this.#plan(renewalsPerTtl);
  }

  /** Lets it be; nobody is told. */
  stop(): void {
    this.#over.abort();
    this.#forgetEnded();
    this.#options.clock.clearTimeout(this.#end);
    this.#options.clock.clearTimeout(this.#next);
  }

  #armEnd(): unknown {
    const { clock, ttlMs } = this.#options;
    return clock.setTimeout(() => this.#lose(undefined), ttlMs);
  }

  #plan(timesPerTtl: number): void {
    const { clock, ttlMs } = this.#options;
    this.#next = clock.setTimeout(() => void this.#renew(), ttlMs / timesPerTtl);
  }

  async #renew(): Promise<void> {
    const { clock, ttlMs } = this.#options;
    let times = renewalsPerTtl;
    let superseded = this.#armEnd();
    try {
      await this.#options.renew(ttlMs / renewalsPerTtl, this.#over.signal);
      [this.#end, superseded] = [superseded, this.#end];
    } catch (error) {
      // The present end stands; until then it is tried again.
      if (!mayYetBeRenewed(error)) this.#lose(error);
      times = triesPerTtl;
    }
    clock.clearTimeout(superseded);
    if (this.isOver) clock.clearTimeout(this.#end);
    else this.#plan(times);
  }

  #lose(cause: unknown): void {
    if (this.isOver) return;
    this.stop();
    this.#options.lost(cause);
  }
}

/** A session is opened anew, and a disk may have space again: neither takes the key away. */
function mayYetBeRenewed(error: unknown): boolean {
  if (!(error instanceof StatecraftError)) return false;
  return error.retryable || ['ERR_SESSION_EXPIRED', 'ERR_STORAGE_FULL'].includes(error.code);
}
