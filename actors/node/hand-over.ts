/**
 * What a leader does before it stops (thesis §3.10): another one leads, so that nobody waits for an
 * election. One that cannot hand over stops all the same, after an election timeout.
 */
import type { Clock } from '../ports.ts';
import type { Replica } from '../replica.ts';
import { followServer } from './follow-server.ts';
import { roleOf } from './status.ts';

/** Resolves when another server leads, when none can, or at the deadline. At once on a follower. */
export async function handOver(replica: Replica, clock: Clock, deadlineMs: number): Promise<void> {
  if (roleOf(replica.server.getSnapshot().value) !== 'leader') return;
  const moved = await new Promise<boolean>((resolve) => {
    // A chart that has thrown answers nobody, though what it was last says that it leads.
    const subscription = replica.server.subscribe({ error: () => resolve(false) });
    replica.submit({ id: 0, op: 'moveLeader', target: null }, ({ ok }) => {
      subscription.unsubscribe();
      resolve(ok);
    });
  });
  // Its vote may still be needed, and its clients are told who leads.
  if (moved) await anotherLeads(replica, clock, deadlineMs);
}

function anotherLeads({ server }: Replica, clock: Clock, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clock.clearTimeout(timer);
      leave();
      resolve();
    };
    const timer = clock.setTimeout(done, deadlineMs);
    const leave = followServer(server, ({ context }) => {
      if (context.leader !== null) done();
    });
  });
}
