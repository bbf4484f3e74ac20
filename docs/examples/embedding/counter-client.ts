/**
 * A client: counts visits by compare-and-set, with a deadline, and says what is known when one fails.
 */
import { StatecraftError, type Client } from 'statecraft/client';

/** Adds one to the count of `page`; resolves to the count. Others may do so at the same time. */
export async function countVisit(db: Client, page: string, timeoutMs = 2_000): Promise<number> {
  // One deadline for the whole, whatever it takes.
  const signal = AbortSignal.timeout(timeoutMs);
  const key = `visits/${page}`;
  for (;;) {
    const found = await db.get(key, { signal });
    const count = Number(found?.value ?? 0) + 1;
    try {
      await db.cas(key, found ?? 'absent', count, { signal });
      return count;
    } catch (error) {
      if (!(error instanceof StatecraftError)) throw error;
      // Somebody was faster: read again. All else is for the caller, `unknown` above all: the visit
      // may have been counted, and counting it again would be wrong.
      if (error.code !== 'ERR_CAS_FAILED') throw error;
    }
  }
}
