/**
 * Looks at the free space of the disk from time to time, so that proposals are refused while there is
 * still room: for what was accepted, for votes, for a snapshot. A write that meets a full disk is
 * final for the process; this is why it does not come to that.
 *
 * Reads need no space and go on. When there is space again, so do proposals, by themselves.
 */
import type { Clock, DiskSpacePort } from './ports.ts';

export interface DiskSpaceOptions {
  /** undefined: nobody can tell, and there is always room. */
  readonly port: DiskSpacePort | undefined;
  /** The reserve: with less than so many bytes free there is no room. */
  readonly minFreeBytes: number;
  readonly clock: Clock;
}

export interface DiskSpace {
  /** Whether less than the reserve was free at the last look. */
  readonly isShort: boolean;
  /** Free at the last look; null: nobody could tell. */
  readonly freeBytes: number | null;
  /** Looks now, and from then on. */
  start(): void;
  stop(): void;
}

export function createDiskSpace(options: DiskSpaceOptions): DiskSpace {
  const { port, minFreeBytes, clock } = options;
  let freeBytes: number | null = null;
  let timer: unknown = null;
  let stopped = false;

  /** The next look is planned when this one is over: one at a time, however slow the disk is. */
  function look({ readFreeBytes, everyMs }: DiskSpacePort): void {
    readFreeBytes((bytes) => {
      if (stopped) return;
      freeBytes = bytes;
      timer = clock.setTimeout(() => look({ readFreeBytes, everyMs }), everyMs);
    });
  }

  return {
    get isShort() {
      return freeBytes !== null && freeBytes < minFreeBytes;
    },
    get freeBytes() {
      return freeBytes;
    },
    start() {
      if (port !== undefined) look(port);
    },
    stop() {
      stopped = true;
      if (timer !== null) clock.clearTimeout(timer);
    },
  };
}
