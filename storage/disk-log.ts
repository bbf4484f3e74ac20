/**
 * The log's files for writing: batches go to the newest segment, and a new one is begun after a
 * start, at a conflict, and when the present one is full or a snapshot covers its beginning
 * (docs/formats.md#segments).
 */
import { join } from 'node:path';
import type { LogIndex } from '../machines/messages.ts';
import { AppendFile, replaceFile } from './append-file.ts';
import type { DataDir } from './data-dir.ts';
import { checksumOfLine, lastIndexOf } from './lines.ts';
import type { RecoveredLog } from './recovery.ts';
import { segmentName } from './file-names.ts';
import { Marks, encodeHeader, encodeSynced } from './segment.ts';
import { Spans, type Span } from './spans.ts';
import type { Lines, Position } from './store.ts';

export class DiskLog {
  readonly #dataDir: DataDir;
  /** Past this size a segment takes no further batch. */
  readonly #segmentBytes: number;
  readonly #spans: Spans;
  #file: AppendFile | null = null;
  /** The newest segment's span; `lastIndex` includes what is being written. */
  #newest: Span | null = null;
  /** The next batch begins a segment, however small the newest one is. */
  #rolls = false;

  constructor(dataDir: DataDir, segmentBytes: number) {
    this.#dataDir = dataDir;
    this.#segmentBytes = segmentBytes;
    this.#spans = new Spans(dataDir.files, dataDir.path);
  }

  /** Sequence number of the newest segment. */
  get segment(): number {
    return this.#span.segment;
  }

  /** What the first entry continues. */
  get base(): Position {
    return this.#spans.base;
  }

  get #span(): Span {
    if (this.#newest === null) throw new Error('The log has not been recovered.');
    return this.#newest;
  }

  bytesSince(index: LogIndex): number {
    return this.#spans.bytesSince(index);
  }

  /**
   * After a start: what is not proved synced is written anew into a segment that appears whole or
   * not at all, for those entries may have been promised and are nowhere else.
   */
  async begin(recovered: RecoveredLog): Promise<void> {
    const { files, path } = this.#dataDir;
    if (recovered.unborn !== null) {
      await files.remove(join(path, recovered.unborn));
      await files.syncDirectory(path);
    }
    const { proven, tail, nextSegment, restarts } = recovered;
    for (const span of recovered.spans) {
      if (!recovered.dead.includes(segmentName(span.segment))) this.#spans.push(span);
    }
    this.#startSpan(nextSegment, proven);
    const buffers = [this.#header(nextSegment, proven, restarts)];
    if (tail !== null) buffers.push(...this.#batch([tail], proven, sizeOf(buffers)));
    await this.#replaceNewest(nextSegment, buffers);
    await this.#remove(recovered.dead);
  }

  /**
   * Begins anew after `position`, the last entry of a snapshot that is on the disk: the new segment
   * appears whole or not at all, and stands in place of all others. `onSwitch` is called when it
   * does, and what is read from then on is the new log.
   */
  async restart(position: Position, onSwitch: () => void): Promise<void> {
    const old = this.#file;
    const segment = this.segment + 1;
    await this.#replaceNewest(segment, [this.#header(segment, position, true)]);
    const replaced = this.#spans.clear();
    this.#startSpan(segment, position);
    onSwitch();
    await old?.close();
    await this.#remove(replaced.map(segmentName));
  }

  /**
   * A snapshot covers what was written so far: the next batch begins a segment, so that compaction may
   * once remove this one. Only whole segments go, and a small log would never fill one.
   */
  roll(): void {
    this.#rolls = this.#span.lastIndex > this.#span.continues.index;
  }

  /** Removes the oldest segment if nothing above `throughIndex` is in it; false: it is needed. */
  async compactOne(throughIndex: LogIndex): Promise<boolean> {
    const segment = this.#spans.takeOldest(throughIndex);
    if (segment === null) return false;
    await this.#remove([segmentName(segment)]);
    return true;
  }

  async #replaceNewest(segment: number, buffers: readonly Uint8Array[]): Promise<void> {
    const { files, path } = this.#dataDir;
    const name = segmentName(segment);
    await replaceFile(files, path, name, buffers);
    this.#file = await AppendFile.open(files, join(path, name), sizeOf(buffers));
  }

  /** One after the other, oldest first: see `Spans.takeOldest`. */
  async #remove(names: readonly string[]): Promise<void> {
    const { files, path } = this.#dataDir;
    for (const name of names) {
      await files.remove(join(path, name));
      await files.syncDirectory(path);
    }
  }

  /**
   * Prepares to write consecutive `batches` that continue from `before`; the function returned does
   * it and resolves when they are on the disk. What is read meanwhile must come from memory.
   */
  prepare(batches: readonly Lines[], before: Position): () => Promise<void> {
    const file = this.#file;
    if (file === null) throw new Error('The log has not been recovered.');
    const { segment, lastIndex } = this.#span;
    const isFull = this.#rolls || file.sizeBytes >= this.#segmentBytes;
    if (before.index === lastIndex && !isFull) {
      const buffers = this.#batch(batches, before, file.sizeBytes);
      return async () => {
        await file.append(buffers);
        await file.sync();
      };
    }
    this.#startSpan(segment + 1, before);
    const header = this.#header(segment + 1, before, false);
    const buffers = [header, ...this.#batch(batches, before, header.length)];
    return () => this.#writeNewSegment(file, buffers);
  }

  /** Reads from the newest state of the files; see `Spans.read`. */
  read(from: LogIndex, to: LogIndex, maxBytes: number): Lines {
    return this.#spans.read(from, to, maxBytes);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async #writeNewSegment(old: AppendFile, buffers: readonly Uint8Array[]): Promise<void> {
    const { files, path } = this.#dataDir;
    // Forgotten first: a descriptor that is closed twice may be another file's by then.
    this.#file = null;
    await old.close();
    this.#file = await AppendFile.create(files, join(path, segmentName(this.segment)));
    await this.#file.append(buffers);
    await this.#file.sync();
    await files.syncDirectory(path);
  }

  #startSpan(segment: number, continues: Position): void {
    const { index: lastIndex } = continues;
    this.#rolls = false;
    this.#newest = { segment, continues, lastIndex, sizeBytes: 0, marks: new Marks() };
    this.#spans.push(this.#newest);
  }

  #header(segment: number, continues: Position, restarts: boolean): Uint8Array {
    const { cluster, node } = this.#dataDir;
    return encodeHeader({ cluster, node, segment, continues, restarts });
  }

  /** The buffers of one batch, for byte `offset` of the newest segment, and its marks noted. */
  #batch(batches: readonly Lines[], before: Position, offset: number): Uint8Array[] {
    const batchEnd = batches.reduce((_, lines) => lastIndexOf(lines), before.index);
    const { index, checksum } = before;
    const newest = this.#span;
    const synced = encodeSynced({ index, checksum, batchEnd });
    let at = offset + synced.length;
    for (const lines of batches) {
      let start = 0;
      for (const [i, end] of lines.ends.entries()) {
        newest.marks.note(lines.firstIndex + i, at + start, checksumOfLine(lines, i - 1));
        start = end;
      }
      at += lines.bytes.length;
    }
    newest.lastIndex = batchEnd;
    newest.sizeBytes = at;
    return [synced, ...batches.map((lines) => lines.bytes)];
  }
}

function sizeOf(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}
