/**
 * Reading the log of a stopped node, or of a copy of its directory, for people and their tools. A
 * look changes nothing; damage is an error with file and offset.
 */
import { openLogForReading, type OpenedLog } from '../../storage/log-report.ts';
import { StatecraftError } from '../errors.ts';

export { isDataDir } from '../../storage/file-names.ts';
export type { LogEntry, LogReport, OpenedLog } from '../../storage/log-report.ts';

/** Where a file is damaged; `offset` in bytes. */
export interface Place {
  readonly file: string;
  readonly offset: number | null;
}

/**
 * Reads and verifies all of a data directory: every checksum, and that each entry continues the one
 * before. Its `entries` may throw like this, too.
 *
 * @throws StatecraftError ERR_DATA_DIR_LOCKED, ERR_LOG_CORRUPT, ERR_VOTE_STATE_LOST,
 * ERR_IDENTITY_LOST, ERR_PEERS_LOST, ERR_FORMAT_UNKNOWN, ERR_STORAGE_IO; `placeOf` tells where.
 */
export async function openLog(dataDir: string): Promise<OpenedLog> {
  try {
    return await openLogForReading(dataDir);
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    throw new StatecraftError(code, message, { cause: error });
  }
}

/** The place that an error of the storage speaks of; null when it names none. */
export function placeOf({ cause }: StatecraftError): Place | null {
  const { file, offset } = (cause ?? {}) as { readonly file?: unknown; readonly offset?: unknown };
  if (typeof file !== 'string') return null;
  return { file, offset: typeof offset === 'number' ? offset : null };
}
