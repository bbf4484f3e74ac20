/**
 * The client's `lock` over a real key-value store whose log has one server and whose clock is held:
 * replicated time is the clock's, what a cut client asks is never answered.
 */
import type { Client } from '../../actors/client.ts';
import { kvMethods } from '../../actors/client/kv.ts';
import { lockMethods } from '../../actors/client/lock.ts';
import { onAbort } from '../../actors/client/on-abort.ts';
import { ClientWatch } from '../../actors/client/watch.ts';
import { StatecraftError, type Outcome } from '../../actors/errors.ts';
import { createKv } from '../../replicated/kv.ts';
import type { Json } from '../../replicated/state-machine.ts';
import { VirtualClock, type Timer } from '../../simulation/clock.ts';

export type LockClient = Pick<Client, 'lock' | 'elect' | 'get' | 'delete' | 'txn'>;

/** What is wrong between a client and its servers. */
export interface Cut {
  /** Its requests time out … */
  off?: boolean;
  /** … and take effect all the same. */
  late?: boolean;
  /** The code by which they are refused for good. */
  refused?: string | undefined;
  /** It has all the watches that it may have. */
  noWatch?: boolean;
  /** What they say of the outcome then. */
  outcome?: Outcome;
}

export class LockWorld {
  readonly clock = new VirtualClock();
  readonly #kv = createKv();
  readonly #watches = new Set<ClientWatch>();
  #index = 0;
  #random = 0;

  /** A client of its own, which `ended` ends. */
  client(cut: Cut = {}, ended: AbortSignal = new AbortController().signal): LockClient {
    const clock = {
      setTimeout: (run: () => void, delayMs: number) => this.clock.setTimeout(run, delayMs),
      clearTimeout: (timer: unknown) => {
        if (timer !== null) this.clock.clearTimeout(timer as Timer);
      },
    };
    const kv = kvMethods({
      ask: (call, { timeoutMs = 1_000, signal }) =>
        new Promise((resolve, reject) => {
          const fail = (code: string, retryable: boolean, outcome: Outcome = 'unknown'): void =>
            reject(new StatecraftError(code, code, { outcome, retryable }));
          if (signal?.aborted === true) fail('ERR_ABORTED', false);
          if (signal !== undefined) onAbort(signal, () => fail('ERR_ABORTED', false));
          if (ended.aborted) fail('ERR_STOPPED', false, 'not-applied');
          if (cut.refused !== undefined) fail(cut.refused, false, cut.outcome);
          const answer = cut.off === true && cut.late !== true ? null : this.#serve(call);
          if (cut.off === true || answer === null) {
            clock.setTimeout(() => fail('ERR_TIMEOUT', true), timeoutMs);
          } else resolve(answer);
        }),
      watch: (about, signal) => {
        if (cut.noWatch === true) {
          throw new StatecraftError('ERR_OVERLOADED', 'full', { retryable: true });
        }
        const watch = new ClientWatch(about, () => undefined);
        const end = (): void => watch.end(new StatecraftError('ERR_ABORTED', 'aborted'));
        if (signal !== undefined) onAbort(signal, end);
        this.#watches.add(watch);
        this.#tell();
        return watch;
      },
    });
    const random = (): number => (this.#random += 0.001);
    return { ...kv, ...lockMethods({ client: kv, clock, random, ended }) };
  }

  /** Time passes; what is due happens, and whoever waits for it goes on. */
  async pass(durationMs: number): Promise<void> {
    const end = this.clock.now + durationMs;
    await settle();
    while (this.clock.now < end) {
      this.clock.runUntil(Math.min(end, this.clock.now + 10));
      if ((this.#kv.nextDeadlineMs?.() ?? Infinity) <= this.clock.now) this.#tick();
      await settle();
    }
  }

  #serve(call: { op: string; command?: Json; query?: Json }): { index: number; result: Json } {
    if (call.op === 'read')
      return { index: this.#index, result: this.#kv.query(call.query ?? null) };
    this.#tick();
    const result = this.#kv.apply(call.command ?? null, this.#index, this.clock.now);
    this.#tell();
    return { index: this.#index, result };
  }

  #tick(): void {
    this.#index += 1;
    this.#kv.tick?.(this.clock.now, this.#index);
    this.#tell();
  }

  #tell(): void {
    for (const watch of this.#watches) {
      const read = this.#kv.changes?.select(watch.about.select);
      if (typeof read !== 'function' || watch.place === null) continue;
      for (const { revision, events } of read(watch.place, Infinity).changes) {
        watch.hear({ id: 1, ok: true, revision, events }, 1);
      }
    }
  }
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await Promise.resolve();
}
