/** Makes a state of many keys, as fast as a pipeline of writes goes. */
import type { Client } from '../../actors/client.ts';

/** Writes under way at once. */
const pipeline = 1_024;

/** What key `k<n>` holds: `bytes` characters. */
export const valueOf = (n: number, bytes: number): string => `${n}:`.padEnd(bytes, 'x');

/** `count` writes of `valueBytes` each, to the keys k0 … k<keys-1> in turn. */
export async function fill(
  client: Client,
  { keys, valueBytes, count = keys }: { keys: number; valueBytes: number; count?: number },
): Promise<void> {
  for (let next = 0; next < count; next += pipeline) {
    const batch = Array.from({ length: Math.min(pipeline, count - next) }, (_, i) => next + i);
    await Promise.all(batch.map((n) => client.put(`k${n % keys}`, valueOf(n, valueBytes))));
  }
}
