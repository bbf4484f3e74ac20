/** The log of a stopped server as its disk has it, and what its entries do, read without a replica. */
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { entryText } from '../../storage/lines.ts';
import type { Lines } from '../../storage/store.ts';

/** Recovers a directory and reads the whole log into one buffer. */
export async function readWholeLog(dir: string, cluster: string, node: string): Promise<Lines> {
  const store = new DiskStore(await openDataDir({ dir, cluster, node, voters: [] }));
  const lastIndex = await new Promise<number>((resolve, reject) => {
    store.recover((fault, recovered) => {
      if (recovered) resolve(recovered.lastIndex);
      else reject(new Error(`${fault?.code ?? ''}: ${fault?.message ?? ''}`));
    });
  });
  const lines = store.read(1, lastIndex, Infinity);
  store.stop();
  await store.closed();
  return lines;
}

/** A put in the log, with its place in its client's session. */
export interface LoggedPut {
  readonly index: number;
  /** `session:seq`, equal for all tries of one command. */
  readonly command: string;
  readonly key: string;
  readonly value: number;
}

/** Every put of the log, retries too, in order. */
export function putsOf(lines: Lines): LoggedPut[] {
  const puts: LoggedPut[] = [];
  for (let i = 0; i < lines.ends.length; i++) {
    const entry = JSON.parse(entryText(lines, i)) as {
      kind: string;
      session: number;
      seq: number;
      command?: { put?: { key: string; value: { json: number } } };
    };
    const put = entry.command?.put;
    if (entry.kind !== 'command' || put === undefined) continue;
    const command = `${entry.session}:${entry.seq}`;
    puts.push({ index: lines.firstIndex + i, command, key: put.key, value: put.value.json });
  }
  return puts;
}
