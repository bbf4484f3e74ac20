/**
 * The delayed transitions that are armed, with their deadlines.
 */
import type { AnyActorRef } from 'xstate';
import type { Timer } from './events.ts';

const after = 'xstate.after.';

/** The timer that an action arms, by the parameters of `xstate.raise`; null when it arms none. */
export function timerOf(params: unknown, nowMs: number): Timer | null {
  const { id, delay } = params as { readonly id?: string; readonly delay?: number };
  if (id === undefined || delay === undefined) return null;
  return { id, delay: delayName(id), deadlineMs: nowMs + delay };
}

/**
 * The timers of an actor that runs already. XState counts their start on the system's clock, so a
 * deadline is right where `nowMs` is that clock, too; elsewhere it only tells which are armed.
 */
export function armedTimers(ref: AnyActorRef, nowMs: number): Timer[] {
  return Object.values(ref.system.getSnapshot()._scheduledEvents)
    .filter(({ source, event }) => source === ref && event.type.startsWith(after))
    .map(({ id, startedAt, delay }) => ({
      id,
      delay: delayName(id),
      // Not in the past: a clock that is held, or was set, says nothing about the rest.
      deadlineMs: Math.max(nowMs, startedAt + delay),
    }));
}

/** `xstate.after.electionTimeout.server.role.candidate` is the delay `electionTimeout`. */
function delayName(id: string): string {
  return id.startsWith(after) ? (id.slice(after.length).split('.')[0] ?? id) : id;
}
