/**
 * Narrows an event to the type that the transition listens to. A constant that is wired to another
 * event is a mistake in a chart: it throws, the actor stops, and the server fails with it.
 */
export function expectEvent<E extends { readonly type: string }, T extends E['type']>(
  event: E,
  type: T,
): Extract<E, { type: T }> {
  if (event.type !== type) throw new Error(`wired to ${type}, heard ${event.type}`);
  return event as Extract<E, { type: T }>;
}
