/**
 * The delayed transitions that are armed, with their deadlines, and what of them is news.
 */
import type { AnyActorRef } from 'xstate';
import type { Timer } from './events.ts';

const after = 'xstate.after.';

/** The timers of one actor, and what of their changes is not told yet. */
export class ArmedTimers {
  readonly #armed: Set<string>;
  #newlyArmed = new Map<string, Timer>();
  #cancelled = new Set<string>();

  constructor(armed: readonly Timer[]) {
    this.#armed = new Set(armed.map(({ id }) => id));
  }

  arm(timer: Timer): void {
    this.#armed.add(timer.id);
    this.#newlyArmed.set(timer.id, timer);
  }

  /** Leaving a state cancels what has fired already, too: no news. */
  cancel(id: string): void {
    if (!this.#armed.delete(id)) return;
    this.#newlyArmed.delete(id);
    this.#cancelled.add(id);
  }

  /** Its step says so. */
  fire(id: string): void {
    if (this.#armed.delete(id)) this.#newlyArmed.delete(id);
  }

  get hasNews(): boolean {
    return this.#newlyArmed.size + this.#cancelled.size > 0;
  }

  /** The changes since the last call; a timer that was armed anew is in both. */
  takeNews(): { readonly armed: readonly Timer[]; readonly cancelled: readonly string[] } {
    const news = { armed: [...this.#newlyArmed.values()], cancelled: [...this.#cancelled] };
    this.#newlyArmed.clear();
    this.#cancelled.clear();
    return news;
  }
}

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

const delayNames = new Map<string, string>();

/**
 * `xstate.after.electionTimeout.server.role.candidate` is the delay `electionTimeout`. Kept: there are as
 * many as timers in the charts, and a follower arms one with every batch.
 */
function delayName(id: string): string {
  if (!id.startsWith(after)) return id;
  let name = delayNames.get(id);
  if (name === undefined) {
    name = id.slice(after.length).split('.')[0] ?? id;
    delayNames.set(id, name);
  }
  return name;
}
