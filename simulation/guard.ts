/**
 * The determinism guard: while a seed runs, real time and real chance are out of reach.
 *
 * XState itself asks for an id and a start time whenever it schedules an event. It is given virtual
 * ones; anybody else who asks gets ERR_NOT_DETERMINISTIC, which ends the run as a crash (I44). Who
 * asks is known by the place in the code: a small chart is run first, and the places from which it
 * asked are remembered, so this holds in a bundle and in a browser, too.
 */
import { createActor, createMachine, raise } from 'xstate';

/** What a run must not touch: the owner's name in the global scope ('' is that scope) and the name. */
const forbidden: readonly (readonly [owner: string, name: string])[] = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map(
    (name) => ['', name] as const,
  ),
  ['performance', 'now'],
  ['crypto', 'getRandomValues'],
  ['crypto', 'randomUUID'],
  ['process', 'hrtime'],
];

/** From a replaced function to whoever called it, in frames of a stack without a library's help. */
const framesToCaller = 3;

let sites: ReadonlySet<string> | null = null;

/**
 * Runs `run` under guard and restores everything afterwards. `nowMs` is virtual time in milliseconds.
 * Guards may be nested; the innermost one answers.
 */
export function guarded<T>(nowMs: () => number, run: () => T): T {
  const known = (sites ??= sitesOfXState());
  let ids = 0;
  const answer = <V>(what: string, value: () => V): (() => V) => {
    const stub = (): V => {
      if (!known.has(callerOf(stub))) throw notDeterministic(what);
      return value();
    };
    return stub;
  };
  return replacing(
    {
      now: answer('Date.now', () => Math.floor(nowMs())),
      // Distinct within a run, and equal in each: XState makes ids of them.
      random: answer('Math.random', () => (ids = (ids + 1) % 2 ** 48) / 2 ** 48),
    },
    run,
  );
}

function notDeterministic(what: string): Error {
  return new Error(
    `ERR_NOT_DETERMINISTIC: ${what} has no place in a simulated run. ` +
      'Take time and chance from the ports (clock, random, defer).',
  );
}

interface Answers {
  readonly now: () => number;
  readonly random: () => number;
}

function replacing<T>(answers: Answers, run: () => T): T {
  const restore: (() => void)[] = [];
  const replace = (owner: object | undefined, name: string, value: unknown): void => {
    if (owner === undefined || !(name in owner)) return;
    const own = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, own);
    });
  };
  try {
    replace(globalThis, 'Date', guardedDate(answers));
    replace(Math, 'random', answers.random);
    for (const [owner, name] of forbidden) {
      const what = owner === '' ? name : `${owner}.${name}`;
      const holder: unknown = owner === '' ? globalThis : Reflect.get(globalThis, owner);
      replace(holder as object | undefined, name, () => {
        throw notDeterministic(what);
      });
    }
    return run();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

/** `Date` for times that are given; the present is asked of `now`. */
function guardedDate({ now }: Answers): unknown {
  const real = Reflect.get(globalThis, 'Date');
  return new Proxy(real, {
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
    apply: () => {
      throw notDeterministic('Date()');
    },
    construct: (target, values: unknown[]) => {
      if (values.length === 0) throw notDeterministic('new Date()');
      return new target(...(values as [number]));
    },
  });
}

/** The places from which XState asks for time and chance. */
function sitesOfXState(): ReadonlySet<string> {
  const found = new Set<string>();
  const note = (): number => {
    found.add(callerOf(note));
    return 0.5;
  };
  const clock = { setTimeout: () => 0, clearTimeout: () => undefined };
  const asking = createMachine({
    entry: raise({ type: 'later' }, { delay: 1 }),
    after: { 1: {} },
  });
  replacing({ now: note, random: note }, () => createActor(asking, { clock }).start());
  return found;
}

/** The place in the code that called `stub`, as the engine writes it. */
function callerOf(stub: () => unknown): string {
  const { stackTraceLimit } = Error;
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace');
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = placeOf; // The whole text would cost more than what the caller does.
  const at: { stack?: string } = {};
  if ('captureStackTrace' in Error) Error.captureStackTrace(at, stub);
  const { stack } = at;
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  if (stack !== undefined) return stack;
  return (new Error().stack ?? '').split('\n')[framesToCaller - 1] ?? '';
}

function placeOf(_error: Error, [caller]: readonly NodeJS.CallSite[]): string {
  if (caller === undefined) return '';
  return `${caller.getScriptNameOrSourceURL()}:${caller.getPosition()}`;
}
