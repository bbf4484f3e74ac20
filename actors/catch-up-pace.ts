/**
 * How fast a peer that is behind is given entries: a frame that left some of them out is reported to
 * its replicator, which then asks for the next, in a later turn of the event loop, and after a rest
 * of a few times what the frame took.
 *
 * So nobody waits for more than one frame, and all of a peer's catching up, reads of old segments
 * included, takes a third of the loop at most. How much may be in flight is the replicator's affair.
 */
import type { ServerId } from '../machines/messages.ts';
import type { ReplicaPorts } from './ports.ts';

/** How long a rest is, in multiples of what the frame took. */
export const restShare = 2;

export interface CatchUpPace {
  /** When a frame to `peer` is begun: milliseconds of the monotonic clock. */
  begin(peer: ServerId): number;
  /** Calls `report` after the rest, unless another frame to `peer` is begun before. */
  rest(peer: ServerId, begunMs: number, report: () => void): void;
  /** Nothing is called back any more. */
  stop(): void;
}

export function createCatchUpPace(
  ports: Pick<ReplicaPorts, 'clock' | 'defer' | 'monotonicMs'>,
): CatchUpPace {
  /** The reports that are due, one for each peer at most. */
  const due = new Map<ServerId, () => void>();

  return {
    begin(peer) {
      due.delete(peer);
      return ports.monotonicMs();
    },
    rest(peer, begunMs, report) {
      due.set(peer, report);
      const end = (): void => {
        if (due.get(peer) !== report) return;
        due.delete(peer);
        report();
      };
      const restMs = restShare * (ports.monotonicMs() - begunMs);
      if (restMs < 1) ports.defer(end);
      else ports.clock.setTimeout(end, restMs);
    },
    stop: () => due.clear(),
  };
}
