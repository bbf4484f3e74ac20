/**
 * A state machine of one's own: seats that are taken and given back, replicated over the log.
 *
 * `apply` runs on every server, now and at every replay: no clock, no chance, no I/O, no throwing.
 */
import type { Json, StateMachine } from 'statecraft';

export type SeatCommand =
  { readonly take: string; readonly who: string } | { readonly free: string };

/** The state and its rules; make one for each node. */
export function createSeats(names: readonly string[]): StateMachine {
  const taken = new Map<string, string>();

  return {
    refuse: (command) => (isSeatCommand(command) ? null : 'Say {take, who} or {free}.'),

    apply(command) {
      const { take, who, free } = command as Record<string, string | undefined>;
      if (free !== undefined) return { freed: taken.delete(free) };
      if (take === undefined || who === undefined || !names.includes(take)) {
        return { error: { code: 'ERR_NO_SEAT', message: 'There is no such seat.' } };
      }
      const holder = taken.get(take);
      if (holder === undefined) taken.set(take, who);
      return { holder: holder ?? who };
    },

    query: () => Object.fromEntries([...taken].sort(([a], [b]) => (a < b ? -1 : 1))),
    snapshot: () => [...taken],
    restore(items) {
      taken.clear();
      for (const [seat, who] of items as Iterable<[string, string]>) taken.set(seat, who);
    },
  };
}

function isSeatCommand(command: Json): boolean {
  const { take, who, free } = Object(command) as Record<string, unknown>;
  return typeof free === 'string' || (typeof take === 'string' && typeof who === 'string');
}
