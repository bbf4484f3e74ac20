/**
 * What a server tells the process that started it, over the channel between them: that it serves,
 * that it cannot, and each change of role, term or leader. `demo` and the benchmark listen.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Node } from '../../actors/node.ts';
import type { Parent } from './io.ts';

/** How often a server looks whether it has something to tell, in milliseconds. */
const lookEveryMs = 20;

const schema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('serving'), peer: z.string(), client: z.string() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({
    type: z.literal('role'),
    role: z.string(),
    term: z.number(),
    leader: z.string().nullable(),
    /** Leads, and has committed an entry of its own term: it can serve. */
    ready: z.boolean(),
  }),
]);

export type ChildMessage = z.infer<typeof schema>;

/** A message of a child; null when it is none of ours. */
export function parseChildMessage(message: unknown): ChildMessage | null {
  return schema.safeParse(message).data ?? null;
}

/** Tells `parent` of each change of role, term and leader, until the returned function is called. */
export function tellRoles(node: Node, parent: Parent): () => void {
  let told: ChildMessage | null = null;
  const look = (): void => {
    const { role, term, leader, commitIndex } = node.status();
    const message: ChildMessage = {
      type: 'role',
      role,
      term,
      leader,
      ready: role === 'leader' && commitIndex > 0,
    };
    if (isDeepStrictEqual(message, told)) return;
    told = message;
    parent.send(message);
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  return () => clearInterval(timer);
}
