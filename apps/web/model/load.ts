/**
 * A load of puts at a chosen rate, by a client of its own, and what became of them.
 *
 * Open loop: the rate does not wait for answers, as users do not. What would be too much at once is
 * not sent, and counted as such.
 */
import { signal } from '@preact/signals';
import { createClient, socketsFrom, StatecraftError, type Client } from '../../../actors/client.ts';

/** Puts per second, at most. */
const maxRate = 2_000;
/** Puts without an answer yet, past which none is sent. */
const maxInFlight = 900;
/** Keys that are written in turn. */
const keys = 64;
const tickMs = 50;
/** Of a page out of sight the browser holds timers back: what is due is counted by the time that passed. */
const maxElapsedMs = 1_000;
const timeoutMs = 5_000;

export interface LoadCounts {
  readonly ok: number;
  /** Certainly not applied. */
  readonly failed: number;
  /** Perhaps applied: nobody was left to say. */
  readonly unknown: number;
  /** Not sent, for too many had no answer. */
  readonly unsent: number;
}

const none: LoadCounts = { ok: 0, failed: 0, unknown: 0, unsent: 0 };

export class Load {
  /** Puts per second; 0: none. */
  readonly rate = signal(0);
  /** Of what can be chosen. */
  readonly maxRate = maxRate;
  readonly counts = signal<LoadCounts>(none);
  readonly #endpoints: readonly string[];
  #client: Client | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = { ...none };
  #inFlight = 0;
  #due = 0;
  #tickedAtMs = 0;
  #sent = 0;

  constructor(endpoints: readonly string[]) {
    this.#endpoints = endpoints;
  }

  set(rate: number): void {
    this.rate.value = Math.min(maxRate, Math.max(0, rate));
    clearInterval(this.#timer);
    this.#tickedAtMs = performance.now();
    if (rate > 0) this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  reset(): void {
    this.#count = { ...none };
    this.counts.value = none;
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#due += dueIn(this.rate.peek(), nowMs - this.#tickedAtMs);
    this.#tickedAtMs = nowMs;
    const now = Math.floor(this.#due);
    this.#due -= now;
    for (let i = 0; i < now; i++) {
      if (this.#inFlight < maxInFlight) void this.#put();
      else this.#count.unsent += 1;
    }
    this.counts.value = { ...this.#count };
  }

  async #put(): Promise<void> {
    this.#client ??= createClient(this.#endpoints, {
      openSocket: socketsFrom((url) => new WebSocket(url)),
      timeoutMs,
    });
    this.#inFlight += 1;
    this.#sent += 1;
    try {
      await this.#client.put(`load/${this.#sent % keys}`, this.#sent);
      this.#count.ok += 1;
    } catch (error) {
      const unknown = error instanceof StatecraftError && error.outcome === 'unknown';
      if (unknown) this.#count.unknown += 1;
      else this.#count.failed += 1;
    } finally {
      this.#inFlight -= 1;
      this.counts.value = { ...this.#count };
    }
  }
}

/** Puts that are due after `elapsedMs` at `rate` a second; no more than a second's, after a sleep. */
export function dueIn(rate: number, elapsedMs: number): number {
  return (rate * Math.min(elapsedMs, maxElapsedMs)) / 1_000;
}
