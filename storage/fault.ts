/**
 * How storage says that it cannot go on: an error with a stable code, the file and the byte offset,
 * and in its message what to do. Every failure ends here; nothing is retried and believed
 * (docs/formats.md#refusals lists the codes).
 */
import type { StorageFault } from './store.ts';

/** A place in a file. */
export interface Place {
  readonly file: string;
  /** Byte offset in `file`. */
  readonly offset: number;
}

/** A storage fault that can be thrown. */
export class StorageError extends Error implements StorageFault {
  readonly code: string;
  readonly file?: string;
  readonly offset?: number;

  constructor(code: string, message: string, place: Partial<Place> = {}) {
    super(message);
    this.name = 'StorageError';
    this.code = code;
    if (place.file !== undefined) this.file = place.file;
    if (place.offset !== undefined) this.offset = place.offset;
  }
}

/** `ERR_LOG_CORRUPT`: bytes that were promised are not what was written. */
export function logCorrupt(why: string, file: string, offset: number): StorageError {
  return new StorageError(
    'ERR_LOG_CORRUPT',
    `${file}: byte ${offset}: ${why}. The log is damaged where it may have been promised, so this ` +
      'server must not go on with it. Keep a copy of the directory; then remove the server from ' +
      'its cluster and add it again with an empty directory and a new id.',
    { file, offset },
  );
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What `error` means: ours as it is, `ERR_STORAGE_FULL` or `ERR_STORAGE_IO` for the system's. */
export function toFault(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const { code, path } = error as { code?: unknown; path?: unknown };
  const place = typeof path === 'string' ? { file: path } : {};
  if (typeof code === 'string' && FULL.has(code)) {
    return new StorageError(
      'ERR_STORAGE_FULL',
      `The disk is full: ${why}. What was being written is not promised. Free space, then start again.`,
      place,
    );
  }
  return new StorageError(
    'ERR_STORAGE_IO',
    `The disk failed: ${why}. What was being written is not promised. Check the disk and the ` +
      'permissions of the directory, then start again.',
    place,
  );
}
