/**
 * Consecutive lines in memory, as the batches that they came in: what a store reads from without
 * touching its disk. Appending replaces from the first new index on (§5.3, Figure 2 "AppendEntries
 * RPC" steps 3 and 4); old batches can be dropped from the front. No bytes are copied on the way in.
 */
import type { LogIndex, Term } from '../machines/messages.ts';
import { StorageError } from './fault.ts';
import { checksumOfLine, concatLines, lastIndexOf, sliceLines, termOfLine } from './lines.ts';
import type { Lines } from './store.ts';

export class LineLog {
  #batches: Lines[] = [];
  #firstIndex: LogIndex;
  #seed: number;
  #sizeBytes = 0;

  /** Empty, to continue after entry `firstIndex - 1`, whose chain checksum is `seed`. */
  constructor(firstIndex: LogIndex, seed: number) {
    this.#firstIndex = firstIndex;
    this.#seed = seed;
  }

  get firstIndex(): LogIndex {
    return this.#firstIndex;
  }

  /** `firstIndex - 1` when empty. */
  get lastIndex(): LogIndex {
    const last = this.#batches.at(-1);
    return last === undefined ? this.#firstIndex - 1 : lastIndexOf(last);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get batches(): readonly Lines[] {
    return this.#batches;
  }

  /**
   * Adds lines, replacing what is there from `lines.firstIndex` on. Throws when they would leave a
   * gap, and ERR_DIVERGED when they would break the chain: who compared the checksum before the first
   * line of a message has not compared those of the lines that are here already.
   */
  append(lines: Lines): void {
    if (lines.ends.length === 0) return;
    if (lines.firstIndex < this.#firstIndex || lines.firstIndex > this.lastIndex + 1) {
      throw new RangeError(
        `Entry ${lines.firstIndex} does not continue a log of ${this.#firstIndex}…${this.lastIndex}.`,
      );
    }
    if (lines.seed !== this.checksumAt(lines.firstIndex - 1)) {
      throw new StorageError(
        'ERR_DIVERGED',
        `Entry ${lines.firstIndex} continues from another history than the one held here: one of the ` +
          'logs was damaged or edited. Run `statecraft log verify` on all servers, then restore the bad one.',
      );
    }
    this.truncateFrom(lines.firstIndex);
    this.#batches.push(lines);
    this.#sizeBytes += lines.bytes.length;
  }

  /** Drops everything from `index` on. */
  truncateFrom(index: LogIndex): void {
    for (let last = this.#batches.at(-1); last !== undefined; last = this.#batches.at(-1)) {
      if (lastIndexOf(last) < index) return;
      this.#batches.pop();
      this.#sizeBytes -= last.bytes.length;
      if (last.firstIndex < index) {
        const kept = sliceLines(last, last.firstIndex, index - 1);
        this.#batches.push(kept);
        this.#sizeBytes += kept.bytes.length;
      }
    }
  }

  /**
   * Drops whole batches from the front, none above `upTo`, until at most `maxBytes` are held. A
   * quarter more goes at once, so that the array is not shifted for each batch.
   */
  trim(maxBytes: number, upTo: LogIndex): void {
    if (this.#sizeBytes > maxBytes) this.#dropBatches(upTo, maxBytes * 0.75);
  }

  /** Drops whole batches from the front, none that has an entry above `index`. */
  dropThrough(index: LogIndex): void {
    this.#dropBatches(index, -1);
  }

  #dropBatches(upTo: LogIndex, downTo: number): void {
    let count = 0;
    for (const batch of this.#batches) {
      if (this.#sizeBytes <= downTo || lastIndexOf(batch) > upTo) break;
      this.#sizeBytes -= batch.bytes.length;
      this.#firstIndex = lastIndexOf(batch) + 1;
      this.#seed = checksumOfLine(batch, batch.ends.length - 1);
      count++;
    }
    this.#batches.splice(0, count);
  }

  /** Lines `from … to`, as many whole ones as fit in `maxBytes` but at least one. */
  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    let at = this.#find(from);
    const parts: [Lines, ...Lines[]] = [fitting(this.#batchAt(at), from, to, maxBytes)];
    let sizeBytes = parts[0].bytes.length;
    let next = lastIndexOf(parts[0]) + 1;
    while (next <= to) {
      const batch = this.#batches[++at];
      // A batch that was cut short ends the answer: what follows it here does not continue it.
      if (batch?.firstIndex !== next || sizeBytes + (batch.ends[0] ?? 0) > maxBytes) break;
      const part = fitting(batch, next, to, maxBytes - sizeBytes);
      parts.push(part);
      sizeBytes += part.bytes.length;
      next = lastIndexOf(part) + 1;
    }
    return concatLines(parts);
  }

  /** Chain checksum at `index`, which may be `firstIndex - 1`. */
  checksumAt(index: LogIndex): number {
    if (index === this.#firstIndex - 1) return this.#seed;
    const batch = this.#batchAt(this.#find(index));
    return checksumOfLine(batch, index - batch.firstIndex);
  }

  /** Bytes of the lines after entry `index`. */
  bytesSince(index: LogIndex): number {
    let sizeBytes = 0;
    for (let at = this.#batches.length - 1; at >= 0; at--) {
      const batch = this.#batchAt(at);
      if (lastIndexOf(batch) <= index) break;
      const passed = Math.max(0, index - batch.firstIndex + 1);
      sizeBytes += batch.bytes.length - (passed === 0 ? 0 : (batch.ends[passed - 1] ?? 0));
    }
    return sizeBytes;
  }

  termAt(index: LogIndex): Term {
    const batch = this.#batchAt(this.#find(index));
    return termOfLine(batch, index - batch.firstIndex);
  }

  #batchAt(at: number): Lines {
    const batch = this.#batches[at];
    if (batch === undefined) {
      throw new RangeError(`Only entries ${this.#firstIndex}…${this.lastIndex} are held.`);
    }
    return batch;
  }

  /** Position of the batch that holds `index`, -1 when none does. */
  #find(index: LogIndex): number {
    if (index < this.#firstIndex || index > this.lastIndex) return -1;
    let low = 0;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#batchAt(middle).firstIndex <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Lines `from … to` of one batch, or up to its end, cut at `maxBytes` but at least one. */
function fitting(batch: Lines, from: LogIndex, to: LogIndex, maxBytes: number): Lines {
  const first = from - batch.firstIndex;
  const start = first === 0 ? 0 : (batch.ends[first - 1] ?? 0);
  let low = from;
  let high = Math.min(to, lastIndexOf(batch));
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((batch.ends[middle - batch.firstIndex] ?? 0) - start <= maxBytes) low = middle;
    else high = middle - 1;
  }
  return sliceLines(batch, from, low);
}
