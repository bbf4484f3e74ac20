/**
 * Asks every server that can be found how it is: those that were named, and those that they tell of.
 * A server that does not answer is a fact as well, with its reason.
 */
import { z } from 'zod';
import type { Client } from '../../actors/client.ts';
import { asFailure } from './failure.ts';

/** What we need of a server's answer; a newer server may say more. */
const statusSchema = z.object({
  id: z.string(),
  cluster: z.string(),
  role: z.string(),
  state: z.string(),
  term: z.number(),
  /** Servers before 0.1.0 do not tell. */
  snapshotIndex: z.number().nullable().default(null),
  firstIndex: z.number().nullable().default(null),
  lastIndex: z.number(),
  commitIndex: z.number(),
  appliedIndex: z.number(),
  client: z.string(),
  uptimeMs: z.number(),
  /** Servers before 0.1.0 do not tell. */
  version: z.string().nullable().default(null),
  /** Who takes part; servers before 0.1.0 do not tell. */
  configuration: z
    .object({
      index: z.number(),
      committed: z.boolean(),
      voters: z.record(z.string(), z.string()),
      outgoing: z.record(z.string(), z.string()),
      learners: z.record(z.string(), z.string()),
    })
    .nullable()
    .default(null),
  peers: z.record(
    z.string(),
    z.object({
      link: z.string(),
      error: z.string().nullable(),
      client: z.string().nullable(),
      matchIndex: z.number().nullable(),
    }),
  ),
});
export type Status = z.infer<typeof statusSchema>;

export interface Silence {
  readonly endpoint: string;
  readonly reason: string;
}

export interface Answers {
  readonly statuses: readonly Status[];
  readonly silent: readonly Silence[];
}

/** Asks `endpoints`, and the servers that they tell of, `timeoutMs` for each round of questions. */
export async function askAll(
  client: Client,
  endpoints: readonly string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Answers> {
  const statuses = new Map<string, Status>();
  const silent: Silence[] = [];
  const asked = new Set<string>();
  let next = [...new Set(endpoints)];
  while (next.length > 0) {
    for (const endpoint of next) asked.add(endpoint);
    await Promise.all(
      next.map(async (endpoint) => {
        try {
          const options = signal ? { timeoutMs, signal } : { timeoutMs };
          const status = statusSchema.parse(await client.status(endpoint, options));
          statuses.set(status.id, status);
        } catch (error) {
          silent.push({ endpoint, reason: asFailure(error).message });
        }
      }),
    );
    const known = [...statuses.values()].flatMap(({ peers }) =>
      Object.entries(peers).flatMap(([id, peer]) => (statuses.has(id) ? [] : [peer.client])),
    );
    next = [...new Set(known)].flatMap((found) => (found && !asked.has(found) ? [found] : []));
  }
  return { statuses: [...statuses.values()], silent };
}
