/**
 * The log as far as recovery has read it: segment after segment, each continuing where the one before
 * was left, and what of it is proved to have been on the disk.
 */
import type { LogIndex, Term, TermRun } from '../machines/messages.ts';
import { logCorrupt } from './fault.ts';
import { checksumOfLine, timeOfLine } from './lines.ts';
import { laterBatchFollows, scanSegment } from './scan.ts';
import { Marks } from './segment.ts';
import type { FoundSegment } from './segment-files.ts';
import type { Span } from './spans.ts';
import type { ConfigurationLine, Lines, Position } from './store.ts';
import type { Proof } from './synced.ts';

export class LogWalk {
  last: Position;
  readonly #start: Position;
  readonly runs: TermRun[] = [];
  readonly configurations: ConfigurationLine[] = [];
  readonly spans: Span[] = [];
  /** The entries after the last synced line read; null before any segment was. */
  tail: Lines | null = null;
  /** Bytes of the last segment read that count, and those after, which do not. */
  end = 0;
  tornBytes = 0;
  readonly #proof: Proof | null;
  readonly #end: Position | null;
  #proven: LogIndex;
  /** Replicated time before `tail`. */
  #timeBefore = 0;
  /** Whether the log has the last entry of the snapshot, or continues from it. */
  reachesSnapshot: boolean;

  /**
   * `proof` comes from outside the log; reading an entry that contradicts it throws. `end` is the
   * last entry of the snapshot, if there is one.
   */
  constructor(start: Position, proof: Proof | null, end: Position | null) {
    this.last = start;
    this.#start = start;
    this.#end = end;
    this.reachesSnapshot = end !== null && samePosition(start, end);
    this.#proof = proof;
    this.#proven = proof?.index ?? 0;
  }

  /**
   * Reads the entries of `segment` up to `upTo`, `Infinity` for the newest, whose end `mayBeTorn`.
   * Throws ERR_LOG_CORRUPT for any other damage.
   */
  read(segment: FoundSegment, bytes: Uint8Array, upTo: LogIndex, mayBeTorn: boolean): void {
    const { header, path, start } = segment;
    this.#expectNext(segment);
    const marks = new Marks();
    const scan = scanSegment(bytes, start, header.continues, upTo, (entry) => {
      this.#compareWithProof(entry.index, entry.checksum, path, entry.offset);
      if (entry.index === this.#end?.index) this.reachesSnapshot = samePosition(entry, this.#end);
      this.#noteTerm(entry.index, entry.term);
      const { index, configuration } = entry;
      if (configuration !== null) this.configurations.push({ index, entry: configuration });
      marks.note(entry.index, entry.offset, entry.seed);
    });
    const wanted = upTo === Infinity ? scan.batchEnd : upTo;
    const whole = scan.defect === null && scan.last.index === wanted;
    if (!whole && (!mayBeTorn || laterBatchFollows(bytes, scan))) {
      const why = scan.defect ?? `the file ends after entry ${scan.last.index}`;
      throw logCorrupt(why, path, scan.end);
    }
    const { segment: number, continues } = header;
    const { length: sizeBytes } = bytes;
    this.spans.push({ segment: number, continues, lastIndex: scan.last.index, sizeBytes, marks });
    this.last = scan.last;
    this.tail = scan.batch;
    this.#timeBefore = scan.provenTime;
    this.end = scan.end;
    this.tornBytes = whole ? 0 : bytes.length - scan.end;
    this.#proven = Math.max(this.#proven, scan.proven);
  }

  /** The last entry that is proved to have been on the disk. */
  provenPosition(): Position {
    const { tail, last } = this;
    if (tail === null || this.#proven >= last.index) return last;
    const index = this.#proven;
    const term = this.runs.findLast((run) => run.firstIndex <= index)?.term ?? this.#start.term;
    const at = index - tail.firstIndex;
    const checksum = checksumOfLine(tail, at);
    return { index, term, time: at < 0 ? this.#timeBefore : timeOfLine(tail, at), checksum };
  }

  #expectNext({ header, path }: FoundSegment): void {
    const { last } = this;
    if (samePosition(header.continues, last)) return;
    throw logCorrupt(
      `the segment continues from entry ${header.continues.index} of another history than the segments before it, ` +
        `which end with entry ${last.index}; one of them may be missing`,
      path,
      0,
    );
  }

  #compareWithProof(index: LogIndex, checksum: number, path: string, offset: number): void {
    if (index === this.#proof?.index && checksum !== this.#proof.checksum) {
      throw logCorrupt(`entry ${index} is not the one that was proved synced`, path, offset);
    }
  }

  #noteTerm(firstIndex: LogIndex, term: Term): void {
    if (this.runs.at(-1)?.term !== term) this.runs.push({ firstIndex, term });
  }
}

function samePosition(left: Position, right: Position): boolean {
  return left.index === right.index && left.term === right.term && left.checksum === right.checksum;
}
