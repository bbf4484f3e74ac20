/**
 * I24 and I26, and of I21 what is about snapshots (§7): what a snapshot says, and what a crash leaves
 * of it.
 *
 * Contents are judged by the reference, which was written without the code that makes snapshots: keys,
 * sessions with their results, and who took part. What a snapshot does to a log is I25 in logs.ts.
 */
import type { InstallSnapshotReply, LogIndex, ServerId } from '../../machines/messages.ts';
import { crc32 } from '../../storage/crc32.ts';
import type { StoredSnapshot } from '../../storage/memory-disk.ts';
import { contentsOf, textOf, type Contents } from './snapshot-contents.ts';
import type { DiskView, Report, ServerView } from './observation.ts';

/** Saved by servers of their own state, put in the place of logs, and chunks sent for that. */
export interface SnapshotCounts {
  readonly saved: number;
  readonly installed: number;
  readonly chunks: number;
}

/** Who takes part, as ids: voters, outgoing, learners. */
type Parts = readonly (readonly ServerId[])[];

/** Of a snapshot's file: an item, or the trailer. */
interface RawLine {
  readonly item: object;
  readonly count?: number;
}

interface RawConfiguration {
  readonly kind: string;
  readonly voters?: object;
  readonly outgoing?: object;
  readonly learners?: object;
}

export class SnapshotRules {
  counts: SnapshotCounts = { saved: 0, installed: 0, chunks: 0 };
  readonly #report: Report;
  /** What all servers hold after each committed entry. */
  readonly #contents: Contents[] = [];
  readonly #configurations: { readonly index: LogIndex; readonly parts: Parts }[];
  /** Snapshots that were found right. */
  readonly #right = new Set<string>();
  /** The newest one that each server was seen to have. */
  readonly #newest = new Map<ServerId, LogIndex>();

  constructor(report: Report, voters: readonly ServerId[]) {
    this.#report = report;
    this.#configurations = [{ index: 0, parts: [[...voters].sort(), [], []] }];
  }

  /** An entry was committed, and the reference holds `contents` after it. */
  committed(index: LogIndex, entry: unknown, contents: Contents): void {
    this.#contents[index] = contents;
    const { kind, ...parts } = entry as RawConfiguration;
    if (kind === 'configuration') this.#configurations.push({ index, parts: partsOf(parts) });
  }

  /** A server says that it has a snapshot now. */
  finished(server: ServerId, how: 'saved' | 'installed', disk: DiskView): void {
    this.counts = { ...this.counts, [how]: this.counts[how] + 1 };
    this.found(server, disk);
  }

  chunkSent(chunkBytes: number): void {
    if (chunkBytes > 0) this.counts = { ...this.counts, chunks: this.counts.chunks + 1 };
  }

  /** I24, I26: what is on a disk, when it was made durable and after each crash. */
  found(server: ServerId, { snapshot, firstIndex }: DiskView): void {
    const index = snapshot?.info.index ?? 0;
    const newest = this.#newest.get(server) ?? 0;
    if (index < newest) {
      this.#report('I26', server, `its snapshot ${newest} is gone; ${index} is left`);
    }
    if (firstIndex > index + 1) {
      const gap = `${index + 1} … ${firstIndex - 1}`;
      this.#report('I26', server, `entries ${gap} are neither in its log nor in its snapshot`);
    }
    this.#newest.set(server, Math.max(index, newest));
    if (snapshot !== null) this.#judge(server, snapshot);
  }

  /** I21: of a snapshot, too, nothing is acknowledged before it is on the disk. */
  answered(view: ServerView, { snapshot: { index }, installed }: InstallSnapshotReply): void {
    const durable = view.disk.snapshot?.info.index ?? 0;
    // What was committed here before needs no snapshot.
    if (!installed || index <= durable || index <= view.context.commitIndex) return;
    this.#report('I21', view.id, `says that it has snapshot ${index}; on its disk is ${durable}`);
  }

  #judge(server: ServerId, snapshot: StoredSnapshot): void {
    const { info } = snapshot;
    const { index, hash, sizeBytes } = info;
    const name = `${index}/${hash}/${sizeBytes}`;
    if (this.#right.has(name)) return;
    const items = this.#read(server, snapshot);
    if (items === null) return;
    const committed = this.#contents[index];
    const before = committed === undefined ? null : textOf(committed);
    const contents = textOf(contentsOf(items));
    if (before === null) {
      this.#report('I24', server, `snapshot ${index} is of what nobody has committed`);
    } else if (contents !== before) {
      this.#report('I24', server, `snapshot ${index} says ${contents}, and should say ${before}`);
    } else if (this.#hasItsConfiguration(server, info)) this.#right.add(name);
  }

  /** Its items; null: it is not whole. Read anew here: the checker must not share what it judges. */
  #read(server: ServerId, { info, bytes }: StoredSnapshot): readonly object[] | null {
    const lines = new TextDecoder().decode(bytes).trimEnd().split('\n');
    const isWhole = bytes.length === info.sizeBytes && crc32(bytes, 0) === info.hash;
    const items = isWhole ? lines.slice(1, -1).map((line) => JSON.parse(line) as RawLine) : [];
    const { count } = JSON.parse(isWhole ? (lines.at(-1) ?? '') : '{}') as RawLine;
    if (count === items.length) return items.map(({ item }) => item);
    this.#report('I26', server, `snapshot ${info.index} is not whole`);
    return null;
  }

  #hasItsConfiguration(server: ServerId, { index, extra }: StoredSnapshot['info']): boolean {
    const expected = this.#configurations.findLast((each) => each.index <= index);
    const { index: at, entry } = (extra['members'] ?? {}) as {
      readonly index?: LogIndex;
      readonly entry?: Omit<RawConfiguration, 'kind'>;
    };
    const found = { index: at, parts: partsOf(entry ?? {}) };
    if (JSON.stringify(found) === JSON.stringify(expected)) return true;
    const says = `${JSON.stringify(found)}, and not ${JSON.stringify(expected)}`;
    this.#report('I24', server, `snapshot ${index} says that these take part: ${says}`);
    return false;
  }
}

const partsOf = ({ voters, outgoing, learners }: Omit<RawConfiguration, 'kind'>): Parts =>
  [voters, outgoing, learners].map((part) => Object.keys(part ?? {}).sort());
