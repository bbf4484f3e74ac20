/**
 * Clients that write, read and remember: what they were told is what the cluster must have kept.
 *
 * Each client counts up in a key of its own, so every value is unique, and reads keys of others,
 * which may never go backwards: not behind what anybody had read or been told before the read began.
 */
import { connect, type Client, type StatecraftError } from '../../actors/client.ts';
import { HistoryRecorder } from '../../simulation/simulate.ts';

/** A put that was acknowledged. */
export interface Acknowledged {
  readonly key: string;
  readonly value: number;
  readonly revision: number;
}

/** An operation that takes longer than this failed the cluster, in milliseconds. */
const operationTimeoutMs = 30_000;

export class Writers {
  readonly acknowledged: Acknowledged[] = [];
  /** What went wrong for a client, in words: all of it is a failure of the test. */
  readonly complaints: string[] = [];
  reads = 0;
  /** All of it, for the checker of linearizability. */
  readonly recorder = new HistoryRecorder(() => performance.now());
  /** By key, the highest value that somebody has seen: no later read may see less. */
  readonly #seen = new Map<string, number>();
  readonly #keys: readonly string[];
  #running = true;
  readonly #clients: Promise<void>[];

  readonly #timeoutMs: number;

  /** `timeoutMs`: an operation that takes longer is a complaint. */
  constructor(endpoints: readonly string[], count: number, timeoutMs = operationTimeoutMs) {
    this.#timeoutMs = timeoutMs;
    this.#keys = Array.from({ length: count }, (_, i) => `client/${i}`);
    this.#clients = this.#keys.map((key, i) => {
      // Each begins at another server, so that redirects are part of it.
      const rotated = endpoints.map((_, at) => endpoints[(at + i) % endpoints.length] ?? '');
      return this.#run(rotated, key);
    });
  }

  /** Lets each client finish what it is doing. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }

  async #run(endpoints: readonly string[], key: string): Promise<void> {
    await using client = await connect(endpoints, { timeoutMs: this.#timeoutMs });
    for (let value = 1; this.#running; value++) {
      try {
        const { revision } = await this.#put(client, key, value);
        this.acknowledged.push({ key, value, revision });
        this.#see(key, value);
        // Everybody's keys in turn.
        await this.#read(client, key, this.#keys[value % this.#keys.length] ?? key);
      } catch (error) {
        const { code, message } = error as StatecraftError;
        this.complaints.push(`${key} at ${value}: ${code}: ${message}`);
      }
    }
  }

  async #put(client: Client, key: string, value: number): Promise<{ revision: number }> {
    const end = this.recorder.begin({ client: key, op: 'put', key, value });
    try {
      const { revision } = await client.put(key, value);
      end({ outcome: 'ok', revision });
      return { revision };
    } catch (error) {
      const { outcome } = error as StatecraftError;
      end({ outcome: outcome === 'not-applied' ? 'failed' : 'unknown' });
      throw error;
    }
  }

  async #read(client: Client, name: string, key: string): Promise<void> {
    const floor = this.#seen.get(key) ?? 0;
    const end = this.recorder.begin({ client: name, op: 'get', key });
    const found = await client.get(key);
    if (found === null) end({ outcome: 'ok', found: false });
    else end({ outcome: 'ok', value: found.value as number, revision: found.revision });
    const value = Number(found?.value ?? 0);
    this.reads += 1;
    if (value < floor) this.complaints.push(`${key} read ${value} after ${floor} had been seen`);
    this.#see(key, value);
  }

  #see(key: string, value: number): void {
    this.#seen.set(key, Math.max(value, this.#seen.get(key) ?? 0));
  }
}
