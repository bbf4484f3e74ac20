/**
 * Repeats the newest proof of sync in `synced.jsonl`, a little later and without an fsync of its own,
 * so that the hot path never waits for it (docs/formats.md#proof-of-sync).
 */
import type { DataDir } from './data-dir.ts';
import { LastLineFile } from './last-line-file.ts';
import { SYNCED } from './file-names.ts';
import { encodeProof, type Proof } from './synced.ts';

export class ProofWriter {
  readonly #file: LastLineFile;
  readonly #delayMs: number;
  readonly #failed: (error: unknown) => void;
  #newest: Proof | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** One write after the other. */
  #work: Promise<void> = Promise.resolve();

  /** `failed` hears of a write that failed, which is a failed disk like any other. */
  constructor(dataDir: DataDir, delayMs: number, failed: (error: unknown) => void) {
    this.#file = new LastLineFile(dataDir.files, dataDir.path, SYNCED);
    this.#delayMs = delayMs;
    this.#failed = failed;
  }

  /** After a start: the proof of what was just written anew, durable when it resolves. */
  restore(proof: Proof): Promise<void> {
    return this.#file.rewrite(encodeProof(proof));
  }

  /** Has `proof`, or a newer one, written within the delay. */
  note(proof: Proof): void {
    this.#newest = proof;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#write();
    }, this.#delayMs).unref();
  }

  /** Ends the writing, with the newest proof unless the disk has failed. */
  async close(healthy: boolean): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (healthy) this.#write();
    await this.#work;
    await this.#file.close();
  }

  #write(): void {
    const proof = this.#newest;
    if (proof === null) return;
    this.#newest = null;
    this.#work = this.#work
      .then(async () => {
        await this.#file.putLazily(encodeProof(proof));
      })
      .catch(this.#failed);
  }
}
