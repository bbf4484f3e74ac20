/**
 * Clients with a connection each that always wait for a write: what they see of a cluster that is
 * broken under them.
 *
 * Each writes ever higher numbers to a key of its own, so that what is lost shows in the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { connect, StatecraftError, type Client } from '../../actors/client.ts';

/** After a write that failed, in milliseconds. */
const pauseAfterFailureMs = 10;

interface Writer {
  readonly key: string;
  readonly client: Client;
  /** The last number that was acknowledged; 0: none. */
  acknowledged: number;
}

export class Writers {
  acknowledged = 0;
  /** Writes whose clients saw an error … */
  failed = 0;
  /** … and those of them that may have taken effect. */
  unknown = 0;
  #lastMs = performance.now();
  #longestPauseMs = 0;
  #writers: Writer[] = [];
  #running = true;
  #done: Promise<unknown> = Promise.resolve();
  /** Called for each acknowledgement. */
  readonly #listeners = new Set<(key: string) => void>();

  /** `timeoutMs`: what a client waits for a write. */
  static async start(
    endpoints: readonly string[],
    count: number,
    timeoutMs: number,
  ): Promise<Writers> {
    const writers = new Writers();
    writers.#writers = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const rotated = endpoints.map((_, at) => endpoints[(at + i) % endpoints.length] ?? '');
        const client = await connect(rotated, { timeoutMs });
        return { key: `bench/${i}`, client, acknowledged: 0 };
      }),
    );
    writers.#done = Promise.all(writers.#writers.map((writer) => writers.#run(writer)));
    return writers;
  }

  /** Resolves to when the next write was acknowledged: to the first of them, and to the last. */
  next(): { readonly first: Promise<number>; readonly all: Promise<number> } {
    const missing = new Set(this.#writers.map(({ key }) => key));
    let first: (ms: number) => void;
    let all: (ms: number) => void;
    const result = {
      first: new Promise<number>((resolve) => (first = resolve)),
      all: new Promise<number>((resolve) => (all = resolve)),
    };
    const hear = (key: string): void => {
      first(performance.now());
      missing.delete(key);
      if (missing.size > 0) return;
      this.#listeners.delete(hear);
      all(performance.now());
    };
    this.#listeners.add(hear);
    return result;
  }

  /** The longest time without an acknowledgement since the last call, in milliseconds. */
  takeLongestPause(): number {
    const longest = Math.max(this.#longestPauseMs, performance.now() - this.#lastMs);
    this.#longestPauseMs = 0;
    this.#lastMs = performance.now();
    return longest;
  }

  /** Lets each finish; resolves to how many keys have less than what was acknowledged. */
  async stop(): Promise<number> {
    this.#running = false;
    await this.#done;
    let lost = 0;
    for (const { key, client, acknowledged } of this.#writers) {
      const found = (await client.get(key))?.value;
      if (acknowledged > 0 && !(typeof found === 'number' && found >= acknowledged)) lost += 1;
      client.stop();
    }
    return lost;
  }

  async #run(writer: Writer): Promise<void> {
    for (let n = 1; this.#running; n += 1) {
      try {
        await writer.client.put(writer.key, n);
        writer.acknowledged = n;
        this.#noteAcknowledged(writer.key);
      } catch (error) {
        this.failed += 1;
        if (error instanceof StatecraftError && error.outcome === 'unknown') this.unknown += 1;
        await pause(pauseAfterFailureMs);
      }
    }
  }

  #noteAcknowledged(key: string): void {
    const nowMs = performance.now();
    this.acknowledged += 1;
    this.#longestPauseMs = Math.max(this.#longestPauseMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    for (const listener of this.#listeners) listener(key);
  }
}
