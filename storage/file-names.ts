/**
 * What the files of a data directory are called (docs/formats.md). A directory may hold files of others,
 * too: these names say which are a server's, and so which may be read, swept or taken for a loss.
 */
import type { LogIndex } from '../machines/messages.ts';

export const IDENTITY = 'identity.json';
export const LOCK = 'lock';
export const PEERS = 'peers.json';
export const SYNCED = 'synced.jsonl';
export const VOTE_A = 'vote-a.jsonl';
export const VOTE_B = 'vote-b.jsonl';
/** Ends the name of a replacement that is not finished: its name is still the old file's. */
export const TEMPORARY = '.tmp';

const DIGITS = 12;
const SEGMENT = /^log-([0-9]{12})\.jsonl$/;
const SNAPSHOT = /^snapshot-[0-9]{12}\.jsonl$/;
/** What a name has beyond that of the file that it is to replace: an attempt's number, and the ending. */
const UNFINISHED = /(\.[0-9]+)?\.tmp$/;

const numbered = (kind: string, n: number): string =>
  `${kind}-${n.toString().padStart(DIGITS, '0')}.jsonl`;

export function segmentName(segment: number): string {
  return numbered('log', segment);
}

/** The sequence number in a file's name; null when it is no segment's. */
export function segmentOf(name: string): number | null {
  const digits = SEGMENT.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function snapshotName(index: LogIndex): string {
  return numbered('snapshot', index);
}

export function isSnapshotName(name: string): boolean {
  return SNAPSHOT.test(name);
}

const hasHistory = (name: string): boolean =>
  [VOTE_A, VOTE_B, SYNCED].includes(name) || segmentOf(name) !== null || isSnapshotName(name);

/**
 * Whether a server wrote into a directory with files of these `names`, though it may have lost some of
 * them since. JSON lines alone tell nothing: histories and traces are such files, too.
 */
export function isDataDir(names: readonly string[]): boolean {
  return names.some((name) => name === IDENTITY || hasHistory(name));
}

/** A replacement of ours that a crash cut short. */
export function isUnfinished(name: string): boolean {
  const whole = name.replace(UNFINISHED, '');
  return whole !== name && (whole === IDENTITY || whole === PEERS || hasHistory(whole));
}
