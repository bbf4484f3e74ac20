/**
 * Work that one process does at a time, in a whole cluster: under a lock, with a fencing token, so that
 * a process that slept through the end of its lock cannot overwrite what the next one wrote.
 */
import type { Client } from 'statecraft/client';

/** Writes the report if nobody who came later has; whether it did. */
export async function writeReport(
  db: Client,
  text: string,
  prepare: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  await using lock = await db.lock('report', { ttlMs: 1_000 });
  await prepare(lock.signal);
  const { ok } = await db.txn({
    if: [{ key: lock.key, revision: lock.token }],
    then: [{ put: { key: 'report/latest', value: { text, token: lock.token } } }],
  });
  return ok;
}
