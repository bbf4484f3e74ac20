/** What a replica in a real process is plugged into, but for its store and its network. */
import { statfs } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { DiskSpacePort, ReplicaPorts } from '../ports.ts';
import { realClock } from '../time/real-clock.ts';

/** Milliseconds between two looks: a disk fills at some hundred MB a second at most. */
const lookEveryMs = 500;

export function realPorts(dataDir: string): Omit<ReplicaPorts, 'store' | 'send'> {
  return {
    checksum: crc32,
    monotonicMs: () => performance.now(),
    clock: realClock,
    space: spaceOf(dataDir),
    random: Math.random,
    defer: (task) => void setImmediate(task),
  };
}

/** How much of the disk under `dir` is free, for whoever is not root. */
function spaceOf(dir: string): DiskSpacePort {
  return {
    everyMs: lookEveryMs,
    readFreeBytes: (done) => {
      statfs(dir).then(
        ({ bavail, bsize }) => done(bavail * bsize),
        // A file system that does not tell is no reason to refuse anything.
        () => done(null),
      );
    },
  };
}
