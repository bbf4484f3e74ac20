/**
 * Runs a path through the model and a real system side by side, and compares them after each step.
 */
import { delayOf, sayEvent, type Model, type Path } from './model.ts';

/** The adapter that a test writes: how to reach the real thing. All of it may be asynchronous. */
export interface SystemUnderTest<Event, View> {
  /** A fresh system, whatever was before. */
  start(): void | Promise<void>;
  send(event: Event): void | Promise<void>;
  /** Lets the time of a delay go by; `timer` is the event that it makes, which names the state. */
  fireTimer(delay: string, timer: Event): void | Promise<void>;
  /** What can be seen from outside: JSON values. */
  read(): View | Promise<View>;
  stop(): void | Promise<void>;
}

/** Throws ERR_PATH_DIVERGED with the events so far where what is seen is not what is expected. */
export async function runPath<State, Event extends { readonly type: string }, View>(
  model: Model<State, Event>,
  path: Path<Event>,
  system: SystemUnderTest<Event, View>,
  expected: (state: State) => View,
): Promise<void> {
  await system.start();
  try {
    let state = model.start();
    compare(await system.read(), expected(state), []);
    for (const [i, event] of path.events.entries()) {
      const delay = delayOf(event.type);
      await (delay === null ? system.send(event) : system.fireTimer(delay, event));
      state = model.step(state, event);
      compare(await system.read(), expected(state), path.events.slice(0, i + 1));
    }
  } finally {
    await system.stop();
  }
}

function compare(
  actual: unknown,
  expected: unknown,
  events: readonly { readonly type: string }[],
): void {
  const [seen, wanted] = [canonical(actual), canonical(expected)];
  if (seen === wanted) return;
  const last = events.at(-1);
  throw new Error(
    [
      `ERR_PATH_DIVERGED: after ${last === undefined ? 'the start' : sayEvent(last.type)}`,
      `expected ${wanted}`,
      `but saw  ${seen}`,
      ...events.map((event, i) => `${String(i + 1).padStart(5)}. ${JSON.stringify(event)}`),
    ].join('\n'),
  );
}

/** JSON with sorted keys, so that equal values are equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
