/**
 * What a server tells the process that started it, over the channel between them: that it serves,
 * that it cannot, and each change of role, term or leader. `demo` and the benchmark listen.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Node } from '../../actors/node.ts';
import type { Parent } from './io.ts';

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
  let ready = false;
  const look = (): void => {
    const { role, term, leader, commitIndex } = node.status();
    ready = role === 'leader' && commitIndex > 0;
    const message: ChildMessage = { type: 'role', role, term, leader, ready };
    if (isDeepStrictEqual(message, told)) return;
    told = message;
    parent.send(message);
  };
  const committed = (): void => {
    if (!ready && told?.type === 'role' && told.role === 'leader') look();
  };
  look();
  node.on('state', look).on('leader', look).on('commit', committed);
  return () => void node.off('state', look).off('leader', look).off('commit', committed);
}
