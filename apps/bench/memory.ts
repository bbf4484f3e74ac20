/** Peak memory of a process, as Linux counts it (VmHWM): what it held at most since it began. */
import { readFile } from 'node:fs/promises';

/** Bytes; null where there is no /proc. */
export async function peakMemory(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(text);
  return found === null ? null : Number(found[1]) * 1_024;
}

/** For a row. */
export async function peakMiB(pid: number): Promise<number | '?'> {
  const bytes = await peakMemory(pid);
  return bytes === null ? '?' : Math.round(bytes / 2 ** 20);
}
