/**
 * Runs a path through the model and a real system side by side, and compares them after each step.
 */
import { differences } from './differences.ts';
import { delayOf, sayEvent, type Model, type Path } from './model.ts';

/** The adapter that a test writes: how to reach the real thing. All of it may be asynchronous. */
export interface SystemUnderTest<Event, View> {
  /** A fresh system, whatever was before. */
  start(): void | Promise<void>;
  /** Does to the system what the event says. */
  send(event: Event): void | Promise<void>;
  /** Lets the time of a delay go by; `timer` is the event that it makes, which names the state. */
  fireTimer(delay: string, timer: Event): void | Promise<void>;
  /** What can be seen from outside: JSON values. */
  read(): View | Promise<View>;
  /** Called once, at the end of a path. */
  stop(): void | Promise<void>;
}

/**
 * Throws an error that tells the events so far: ERR_PATH_DIVERGED where what is seen is not what is
 * expected, ERR_PATH_FAILED where the system under test threw.
 */
export async function runPath<State, Event extends { readonly type: string }, View>(
  model: Model<State, Event>,
  path: Path<Event>,
  system: SystemUnderTest<Event, View>,
  expected: (state: State) => View,
): Promise<void> {
  const heard: Event[] = [];
  let state = model.start();
  const check = async (): Promise<void> => {
    const different = differences(expected(state), await system.read());
    if (different.length > 0) throw new Divergence(different.join('\n'));
  };
  try {
    await system.start();
    await check();
    for (const event of path.events) {
      heard.push(event);
      const delay = delayOf(event.type);
      await (delay === null ? system.send(event) : system.fireTimer(delay, event));
      state = model.step(state, event);
      await check();
    }
  } catch (error) {
    throw failure(error, heard);
  } finally {
    await system.stop();
  }
}

class Divergence extends Error {}

function failure(cause: unknown, heard: readonly { readonly type: string }[]): Error {
  const code = cause instanceof Divergence ? 'ERR_PATH_DIVERGED' : 'ERR_PATH_FAILED';
  const last = heard.at(-1);
  const trail = heard.map((event, i) => `${String(i + 1).padStart(5)}. ${JSON.stringify(event)}`);
  const what = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    [`${code}: after ${last ? sayEvent(last.type) : 'the start'}`, what, ...trail].join('\n'),
    { cause },
  );
}
