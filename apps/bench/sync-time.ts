/**
 * How long a small write and fsync take on a disk: without it, writes per second say little. Near
 * zero means a RAM disk, or one that does not keep its promises.
 */
import { fdatasyncSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const tries = 50;
const writeBytes = 4_096;

/** The median over a few tries, in milliseconds, in a file that lies in `dir`. */
export async function medianSyncMs(dir: string): Promise<number> {
  const file = await open(join(dir, 'sync-time'), 'w');
  const bytes = new Uint8Array(writeBytes);
  const times: number[] = [];
  for (let i = 0; i < tries; i++) {
    const startedMs = performance.now();
    await file.write(bytes);
    fdatasyncSync(file.fd);
    times.push(performance.now() - startedMs);
  }
  await file.close();
  times.sort((a, b) => a - b);
  return Number((times[tries >> 1] ?? 0).toFixed(3));
}
