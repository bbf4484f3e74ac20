/**
 * What paths are generated from: a system as states, events and steps, all of them pure.
 *
 * A machine is one (machine-model.ts); so is whatever else can be stepped, a server with its children
 * for example. The model bounds itself: `events` says what is worth trying, and `key` which states
 * need not be told apart. Without such bounds there is no end of paths.
 */
export interface Model<State, Event extends { readonly type: string }> {
  /** Where every path begins. */
  start(): State;
  /** What may happen next; none where the model goes no further. */
  events(state: State): readonly Event[];
  /** What an event makes of a state. */
  step(state: State, event: Event): State;
  /** Equal keys promise an equal future: leave out what nothing depends on, and nothing else. */
  key(state: State): string;
}

/** The events of one test, from the start. Plain data: a failing one can be kept as a fixture. */
export interface Path<Event> {
  /** The event types, in order: `coin → push → after autoLock`. */
  readonly title: string;
  readonly events: readonly Event[];
}

const afterType = /^xstate\.after\.(.+?)\.(.+)$/;

/** The name of the delay whose timer this event type fires; null for all other events. */
export function delayOf(eventType: string): string | null {
  return afterType.exec(eventType)?.[1] ?? null;
}

/** An event type as people say it. */
export function sayEvent(eventType: string): string {
  const delay = delayOf(eventType);
  return delay === null ? eventType : `after ${delay}`;
}

export function pathOf<Event extends { readonly type: string }>(events: readonly Event[]) {
  const title = events.map(({ type }) => sayEvent(type)).join(' → ') || 'the start';
  return { title, events };
}
