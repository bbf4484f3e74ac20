/**
 * What the samples of the guides take for granted, as an ambient module: a client, and what is the
 * reader's own. A sample that declares one of these itself hides it.
 */
export const guideGlobals = `
import type { Client, Listed, Lock, WatchEvent } from 'statecraft/client';
import type * as client from 'statecraft/client';

interface Holder {
  readonly token: number;
  readonly signal: AbortSignal;
}

declare global {
  const connect: typeof client.connect;
  const StatecraftError: typeof client.StatecraftError;
  type StatecraftError = client.StatecraftError;
  const db: Client;
  const endpoints: readonly string[];
  const lock: Lock;
  const rows: string[];
  const report: { write(rows: readonly string[], holder: Holder): Promise<void> };
  function apply(event: WatchEvent): void;
  function replaceAll(entries: Listed['entries']): void;
}
`;
