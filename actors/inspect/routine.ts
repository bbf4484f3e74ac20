/**
 * What a loaded server does all day, and how much of it is told one by one.
 *
 * A leader takes some forty steps for each batch and its acknowledgements, hundreds of batches a second.
 * Nobody reads that, and telling it would cost the cluster a tenth of its throughput. So a burst is told
 * whole, and of a flood a share that an idle server's heartbeats fit into; the rest is counted. What says
 * when and why is never routine: changes of the server's state, refusals, votes, the log, its writer.
 */
import type { ActorPath, NodeFact } from './events.ts';
import type { ServerId } from '../../machines/messages.ts';

/** Routine that may be told at once, after a time with less. */
export const maxBurst = 128;
/** Routine per frame that an actor of replication, the server or a replicator, is given. */
export const routinePerActor = 8;

const rounds: ReadonlySet<string> = new Set([
  ...['rpc.appendEntries', 'current.appendEntries'],
  ...['rpc.appendEntriesReply', 'current.appendEntriesReply'],
  ...['client.command', 'client.read', 'client.leaseRead', 'log.persisted'],
  ...['leader.advanced', 'leader.confirming', 'peer.sent', 'peer.matched', 'peer.pinned'],
]);

/** Whether an event or a message is part of a round of replication that goes as it should. */
export function isRoutine(event: { readonly type: string }): boolean {
  return rounds.has(event.type) && (event as { readonly success?: boolean }).success !== false;
}

type Counts<Key extends string> = Map<Key, number>;

export class RoutineBudget {
  #left = maxBurst;
  #steps: Counts<ActorPath> = new Map();
  #sent: Counts<ServerId> = new Map();
  #received: Counts<ServerId> = new Map();

  /** Takes one; false when none is left, until the next frame. */
  spend(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  countStep(actor: ActorPath): void {
    count(this.#steps, actor);
  }

  countSent(to: ServerId): void {
    count(this.#sent, to);
  }

  countReceived(from: ServerId): void {
    count(this.#received, from);
  }

  /** A frame leaves: what was counted for it, if anything, and what the next may have. */
  endFrame(actors: number): Extract<NodeFact, { type: 'counted' }> | null {
    this.#left = Math.min(maxBurst, this.#left + actors * routinePerActor);
    if (this.#steps.size + this.#sent.size + this.#received.size === 0) return null;
    return {
      type: 'counted',
      steps: taken(this.#steps),
      sent: taken(this.#sent),
      received: taken(this.#received),
    };
  }
}

function count<Key extends string>(counts: Counts<Key>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function taken<Key extends string>(counts: Counts<Key>): Readonly<Record<string, number>> {
  const all = Object.fromEntries(counts);
  counts.clear();
  return all;
}
