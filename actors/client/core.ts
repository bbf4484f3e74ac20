/**
 * The client of the replicated state machines over any WebSocket, in Node and in browsers: results,
 * or a `StatecraftError` with a known outcome.
 *
 * Deadlines and signals are here; what the methods say is kv.ts's and machines.ts's,
 * finding the leader and trying again are below (requests.ts). `connect` of client.ts is this
 * with `ws`.
 */
import { isErrorResult, type ErrorResult } from '../../replicated/kv-protocol.ts';
import type { Answered, Client } from './api.ts';
import { checkBounds, checkEndpoints, checkTimeout } from './arguments.ts';
import type { CallOptions } from './call-options.ts';
import { gaveUp } from './deadline.ts';
import { clientFailed, stillBehind, timedOut } from './errors.ts';
import { kvMethods } from './kv.ts';
import { lockMethods } from './lock.ts';
import { machineMethods } from './machines.ts';
import { memberMethods } from './members.ts';
import { onAbort } from './on-abort.ts';
import type { Call } from './request.ts';
import { ClientRequests } from './requests.ts';
import type { OpenSocket } from './socket.ts';
import { askStatus } from './status.ts';
import type { ClientWatch, Watching } from './watch.ts';
import { StatecraftError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** What `createClient` takes. */
export interface ClientOptions {
  /** How to open a WebSocket: `socketsFrom` makes it. */
  readonly openSocket: OpenSocket;
  /** Milliseconds that a call may take, tries and waits together; 10,000 if not given. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds of silence after which a server that owes answers is left; 1,000 if not given. After
   * half of it, it is asked for a sign of life, which a slow disk does not hold up. A slow line does:
   * the question queues behind frames of up to 1 MiB, so give more where one takes longer than this.
   */
  readonly silenceTimeoutMs?: number;
  /** Requests sent and not yet answered; 1,000, less by the open watches, if not given, and at most. */
  readonly maxInFlight?: number;
  /** Calls that wait to be sent, past which they fail with ERR_OVERLOADED; 65,536 if not given. */
  readonly maxQueued?: number;
  /** Times deadlines and pauses; the real one if not given. */
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Runs a task after the present turn of the event loop. */
  readonly defer?: (task: () => void) => void;
}

/**
 * A client of the cluster behind `endpoints`: `host:port` or `http://host:port`, one or more; the
 * other servers are learned from hints. Connects at the first call, so an unreachable cluster is a
 * matter of that call's deadline. Throws ERR_INVALID_ARGUMENT for what is no endpoint, and for a number
 * that is no time or no bound.
 */
export function createClient(endpoints: readonly string[], options: ClientOptions): Client {
  checkEndpoints(endpoints);
  const clock = options.clock ?? systemClock;
  const defaultTimeoutMs = options.timeoutMs ?? 10_000;
  const bounds = {
    silenceTimeoutMs: options.silenceTimeoutMs ?? 1_000,
    maxInFlight: options.maxInFlight ?? 1_000,
    maxQueued: options.maxQueued ?? 65_536,
  };
  checkTimeout(defaultTimeoutMs);
  checkBounds(bounds);
  const requests = new ClientRequests({
    ...bounds,
    endpoints,
    openSocket: options.openSocket,
    clock,
    random: options.random ?? Math.random,
    defer: options.defer ?? nextTurn,
  });

  /** The machine's result; its errors reject, and so do time and the caller's signal. */
  function ask(
    call: Call,
    { timeoutMs = defaultTimeoutMs, signal }: CallOptions,
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      checkTimeout(timeoutMs);
      if (signal?.aborted === true) {
        reject(gaveUp('not-applied', signal, ''));
        return;
      }
      const abort = (): void => {
        const { trouble } = requests;
        if (signal === undefined) return;
        requests.giveUp(request, (outcome) => gaveUp(outcome, signal, trouble));
      };
      const done = (): void => {
        clock.clearTimeout(timer);
        forget();
      };
      const request = requests.add(
        call,
        (answer) => {
          done();
          const { index, result } = 'result' in answer ? answer : { index: 0, result: null };
          if (isErrorResult(result)) reject(decided(result.error, call));
          else resolve({ index, result });
        },
        (error) => {
          done();
          reject(error);
        },
      );
      const timer = clock.setTimeout(() => {
        const entry = requests.awaitedEntry(request);
        const { trouble } = requests;
        requests.giveUp(request, (outcome) =>
          entry === null ? timedOut(outcome, timeoutMs, trouble) : stillBehind(timeoutMs, entry),
        );
      }, timeoutMs);
      const forget = signal === undefined ? nothing : onAbort(signal, abort);
    });
  }

  /** A watch has no deadline; it lasts until it is ended. */
  function watch(about: Watching, signal: AbortSignal | undefined): ClientWatch {
    if (signal?.aborted === true) throw gaveUp('not-applied', signal, '');
    let forget = nothing;
    const started = requests.watch(about, () => forget());
    if (signal === undefined) return started;
    forget = onAbort(signal, () => started.end(gaveUp('not-applied', signal, '')));
    return started;
  }

  const kv = kvMethods({ ask, watch });
  const { openSocket } = options;
  const { ended } = requests;
  return {
    ...kv,
    ...lockMethods({ client: kv, clock, random: options.random ?? Math.random, ended }),
    ...machineMethods({ ask }),
    ...memberMethods({ ask, clock, defaultTimeoutMs }),
    async status(endpoint, { timeoutMs = defaultTimeoutMs, signal } = {}) {
      checkTimeout(timeoutMs);
      try {
        return await askStatus(endpoint, { openSocket, clock, timeoutMs, signal, ended });
      } catch (error) {
        throw error instanceof StatecraftError ? error : clientFailed('not-applied', error);
      }
    },
    async moveLeader(target = null, given = {}) {
      const { result } = await ask({ op: 'moveLeader', target }, given);
      return (result as { readonly leader: string }).leader;
    },
    stop: () => requests.stop(),
    [Symbol.asyncDispose]() {
      requests.stop();
      return Promise.resolve();
    },
  };
}

const nothing = (): void => undefined;

/** A result that is an error: the command was applied, unless the machine says otherwise. */
function decided({ code, message, outcome: said }: ErrorResult['error'], call: Call) {
  const isApplied = call.op === 'command' && said !== 'not-applied';
  return new StatecraftError(code, message, { outcome: isApplied ? 'applied' : 'not-applied' });
}

/** Timers are 32 bits wide, and a longer one, of `timeoutMs: Infinity` say, fires at once. */
const maxTimerMs = 2 ** 31 - 1;

const systemClock: Clock = {
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, maxTimerMs)),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** `setImmediate` where there is one: a browser's timers are its next best. */
const nextTurn: (task: () => void) => void =
  'setImmediate' in globalThis ? (task) => setImmediate(task) : (task) => setTimeout(task, 0);
