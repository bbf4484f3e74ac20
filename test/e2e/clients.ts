/**
 * Clients that write, read and remember: what they were told is what the cluster must have kept.
 *
 * Each client counts up in a key of its own, so every value is unique, and reads keys of others,
 * which may never go backwards: not behind what anybody had read or been told before the read began.
 */
import { connect, type Client, type StatecraftError } from '../../actors/client.ts';

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
  /** By key, the highest value that somebody has seen: no later read may see less. */
  readonly #seen = new Map<string, number>();
  readonly #keys: readonly string[];
  #running = true;
  readonly #clients: Promise<void>[];

  constructor(endpoints: readonly string[], count: number) {
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
    await using client = await connect(endpoints, { timeoutMs: operationTimeoutMs });
    for (let value = 1; this.#running; value++) {
      try {
        const { revision } = await client.put(key, value);
        this.acknowledged.push({ key, value, revision });
        this.#see(key, value);
        // Everybody's keys in turn.
        await this.#read(client, this.#keys[value % this.#keys.length] ?? key);
      } catch (error) {
        const { code, message } = error as StatecraftError;
        this.complaints.push(`${key} at ${value}: ${code}: ${message}`);
      }
    }
  }

  async #read(client: Client, key: string): Promise<void> {
    const floor = this.#seen.get(key) ?? 0;
    const found = await client.get(key);
    const value = Number(found?.value ?? 0);
    this.reads += 1;
    if (value < floor) this.complaints.push(`${key} read ${value} after ${floor} had been seen`);
    this.#see(key, value);
  }

  #see(key: string, value: number): void {
    this.#seen.set(key, Math.max(value, this.#seen.get(key) ?? 0));
  }
}
