/**
 * The segments of a directory, by their headers: whose they are, in which order, and whether the
 * newest one was ever really made.
 */
import { join } from 'node:path';
import { checkFormat, checkOwner, type DataDir } from './data-dir.ts';
import { logCorrupt } from './fault.ts';
import { segmentOf } from './file-names.ts';
import { countSynced } from './scan.ts';
import { MAX_HEADER_BYTES, readHeader, type Header } from './segment.ts';

export interface FoundSegment {
  readonly name: string;
  readonly path: string;
  readonly header: Header;
  /** Where the header ends. */
  readonly start: number;
}

export interface FoundSegments {
  /** Oldest first, from the newest one that restarts the log, if any does. */
  readonly found: readonly FoundSegment[];
  /** Those before it, oldest first: nothing in them counts any more. */
  readonly replaced: readonly string[];
  /** The newest file, when a power cut interrupted its making. */
  readonly unborn: { readonly name: string; readonly sizeBytes: number } | null;
  /** A number that no file has had. */
  readonly nextSegment: number;
}

/** Reads all headers. Throws ERR_LOG_CORRUPT, ERR_FORMAT_UNKNOWN or a mismatch of owners. */
export async function findSegments(dataDir: DataDir): Promise<FoundSegments> {
  const { files, path: directory } = dataDir;
  const names = (await files.list(directory)).filter((name) => segmentOf(name) !== null).sort();
  const found: FoundSegment[] = [];
  let unborn: FoundSegments['unborn'] = null;
  for (const name of names) {
    const path = join(directory, name);
    const bytes = files.readRange(path, 0, MAX_HEADER_BYTES);
    checkFormat(bytes, path);
    const read = readHeader(bytes);
    if (read !== null) {
      checkOwner(read.header, dataDir, path);
      if (read.header.segment !== segmentOf(name)) {
        throw logCorrupt(`the file holds segment ${read.header.segment}`, path, 0);
      }
      found.push({ name, path, header: read.header, start: read.end });
      continue;
    }
    // Header and first batch are one write: with a second batch behind it, the header was on the
    // disk. The first segment of all is renamed into place and never half made.
    const all = (await files.readFile(path)) ?? bytes;
    if (name !== names.at(-1) || found.length === 0 || countSynced(all, 0) > 1) {
      throw logCorrupt('the header is damaged', path, 0);
    }
    unborn = { name, sizeBytes: all.length };
  }
  const start = Math.max(
    0,
    found.findLastIndex(({ header }) => header.restarts),
  );
  return {
    found: found.slice(start),
    replaced: found.slice(0, start).map(({ name }) => name),
    unborn,
    nextSegment: (segmentOf(names.at(-1) ?? '') ?? 0) + 1,
  };
}
