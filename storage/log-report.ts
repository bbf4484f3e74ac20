/**
 * A look at a data directory from outside, which changes nothing: for `statecraft log`, on a copy
 * or on the directory of a stopped server. Judges as a start would (recovery.ts), and repairs
 * nothing.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { LogIndex, Term, TermRun } from '../machines/messages.ts';
import { readIdentity, type DataDir, type Identity } from './data-dir.ts';
import { StorageError, toFault } from './fault.ts';
import { IDENTITY, LOCK, segmentName, snapshotName } from './file-names.ts';
import { nodeFiles as files } from './file-system.ts';
import { checksumText } from './line.ts';
import { checksumOfLine, clusterSeed, entryText, termOfLine, timeOfLine } from './lines.ts';
import { readPeerIncarnations } from './peer-incarnations.ts';
import { readLog } from './recovery.ts';
import { findSnapshots } from './snapshots/snapshot-files.ts';
import { Spans } from './spans.ts';
import type { VoteState } from './store.ts';
import { readVote } from './vote-file.ts';

/** Bytes of lines that are in memory at once. */
const readBytes = 4 << 20;

export interface LogReport {
  readonly identity: Identity;
  readonly vote: VoteState;
  /** The newest, verified; null when there is none. */
  readonly snapshot: {
    readonly file: string;
    readonly index: LogIndex;
    readonly term: Term;
    readonly sizeBytes: number;
    /** CRC-32 of the file, eight hexadecimal digits: equal on servers whose states were equal. */
    readonly hash: string;
  } | null;
  readonly firstIndex: LogIndex;
  /** Below `firstIndex`: there are no entries. */
  readonly lastIndex: LogIndex;
  /** Chain checksum at `lastIndex`: equal on two servers whose logs are equal. */
  readonly checksum: string;
  readonly runs: readonly TermRun[];
  /** Through here the log is proved to have been on the disk. */
  readonly provenIndex: LogIndex;
  /** At the end of the newest segment: promised to nobody, cut off at the next start. */
  readonly tornBytes: number;
  /** Oldest first; what of each counts. */
  readonly segments: readonly {
    readonly file: string;
    readonly firstIndex: LogIndex;
    readonly lastIndex: LogIndex;
  }[];
}

export interface LogEntry {
  readonly index: LogIndex;
  readonly term: Term;
  /** Replicated time, in milliseconds. */
  readonly time: number;
  /** Chain checksum, eight hexadecimal digits. */
  readonly checksum: string;
  /** JSON text. */
  readonly entry: string;
}

export interface OpenedLog {
  readonly report: LogReport;
  /** Entries `from … to`, as far as there are any. */
  readonly entries: (from: LogIndex, to: LogIndex) => Generator<LogEntry>;
}

/**
 * Reads and verifies the directory `dir`. Rejects with a `StorageError`: ERR_DATA_DIR_LOCKED while
 * a server uses it, ERR_LOG_CORRUPT with file and offset, ERR_VOTE_STATE_LOST, ERR_IDENTITY_LOST,
 * ERR_PEERS_LOST, ERR_FORMAT_UNKNOWN, ERR_STORAGE_IO.
 */
export async function openLogForReading(dir: string): Promise<OpenedLog> {
  try {
    await refuseIfInUse(dir);
    const path = join(dir, IDENTITY);
    const identity = readIdentity(await files.readFile(path), path);
    const release = () => Promise.resolve();
    const { voters = [] } = identity;
    return await openLog({ ...identity, voters, path: dir, files, release }, identity);
  } catch (error) {
    throw toFault(error);
  }
}

async function openLog(dataDir: DataDir, identity: Identity): Promise<OpenedLog> {
  const dir = dataDir.path;
  const { newest: snapshot } = await findSnapshots(dataDir);
  const log = await readLog(dataDir, clusterSeed(identity.cluster, crc32), snapshot);
  const { term, votedFor, trust } = await readVote(files, dir, log.established);
  // It goes into no report, but a start reads it, and refuses a damaged one.
  await readPeerIncarnations(dataDir);
  const spans = new Spans(files, dir);
  for (const span of log.spans) spans.push({ ...span });
  const live = log.spans.filter(({ continues, lastIndex }) => continues.index < lastIndex);
  const firstIndex = log.base.index + 1;

  function* entries(from: LogIndex, to: LogIndex): Generator<LogEntry> {
    const end = Math.min(to, log.last.index);
    let next = Math.max(from, firstIndex);
    while (next <= end) {
      const lines = spans.read(next, end, readBytes);
      for (let i = 0; i < lines.ends.length; i += 1) {
        yield {
          index: lines.firstIndex + i,
          term: termOfLine(lines, i),
          time: timeOfLine(lines, i),
          checksum: checksumText(checksumOfLine(lines, i)),
          entry: entryText(lines, i),
        };
      }
      next += lines.ends.length;
    }
  }

  const report: LogReport = {
    identity,
    vote: { term, votedFor, trust },
    snapshot: snapshot && {
      file: snapshotName(snapshot.index),
      index: snapshot.index,
      term: snapshot.term,
      sizeBytes: snapshot.sizeBytes,
      hash: checksumText(snapshot.hash),
    },
    firstIndex,
    lastIndex: log.last.index,
    checksum: checksumText(log.last.checksum),
    runs: log.runs,
    provenIndex: log.proven.index,
    tornBytes: log.tornBytes,
    segments: live.map((span) => ({
      file: segmentName(span.segment),
      firstIndex: span.continues.index + 1,
      lastIndex: span.lastIndex,
    })),
  };
  return { report, entries };
}

/** A copy has no lock, or one that nobody holds. */
async function refuseIfInUse(dir: string): Promise<void> {
  if (!(await files.list(dir)).includes(LOCK)) return;
  const file = join(dir, LOCK);
  const fd = await files.open(file, 'keep');
  const isFree = files.lock(fd);
  await files.close(fd);
  if (isFree) return;
  const message = `${dir} is in use by a server. Stop it first, or look at a copy.`;
  throw new StorageError('ERR_DATA_DIR_LOCKED', message, { file });
}
