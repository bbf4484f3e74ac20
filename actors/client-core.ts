/**
 * The client of the key-value store over any WebSocket, in Node and in browsers: keys and values in,
 * results or a `StatecraftError` with a known outcome out.
 *
 * Values are superjson's affair, here and nowhere else (client-values.ts); finding the leader and
 * trying again are below (client-requests.ts). `connect` of client.ts is this with `ws`.
 */
import { isErrorResult, maxListLimit, type StoredValue } from '../replicated/kv-protocol.ts';
import type { Json } from '../replicated/state-machine.ts';
import { aborted, timedOut } from './client-errors.ts';
import type { Call } from './client-request.ts';
import { ClientRequests } from './client-requests.ts';
import { clientUrl, type OpenSocket } from './client-socket.ts';
import { askStatus } from './client-status.ts';
import { decodeValue, encodeValue } from './client-values.ts';
import { StatecraftError } from './errors.ts';
import type { Clock } from './ports.ts';

export interface ClientOptions {
  readonly openSocket: OpenSocket;
  /** Milliseconds that a call may take, tries and waits together; 10,000 if not given. */
  readonly timeoutMs?: number;
  /** Milliseconds of silence after which a server that owes answers is left; 3,000 if not given. */
  readonly silenceTimeoutMs?: number;
  /** Requests sent and not yet answered; 1,000 if not given. Servers take about as many. */
  readonly maxInFlight?: number;
  /** Calls that wait to be sent, past which they fail with ERR_OVERLOADED; 65,536 if not given. */
  readonly maxQueued?: number;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Runs a task after the present turn of the event loop. */
  readonly defer?: (task: () => void) => void;
}

export interface CallOptions {
  /** Milliseconds until ERR_TIMEOUT; the client's if not given. */
  readonly timeoutMs?: number;
  /** Aborting rejects with ERR_ABORTED; what was sent may still take effect. */
  readonly signal?: AbortSignal;
}

/** Log indices: that of this modification, and that of the one before it or null. */
export interface Modified {
  readonly revision: number;
  readonly previous: number | null;
}

export interface Versioned {
  readonly value: unknown;
  /** Log index of the last modification of the key. */
  readonly revision: number;
}

export interface Listed {
  readonly entries: readonly (Versioned & { readonly key: string })[];
  /** Keys with the prefix were left out, by `limit` or by the size of the answer. */
  readonly more: boolean;
}

/**
 * Every method rejects with a `StatecraftError`: ERR_TIMEOUT, ERR_ABORTED, ERR_STOPPED,
 * ERR_OVERLOADED, or what the servers answered, ERR_INVALID_COMMAND for example.
 */
export interface Client {
  /** Also ERR_INVALID_VALUE, ERR_TOO_LARGE, ERR_SESSION_EXPIRED. */
  put(key: string, value: unknown, options?: CallOptions): Promise<Modified>;
  /** Deletes; `previous` is null when there was nothing. */
  delete(key: string, options?: CallOptions): Promise<Modified>;
  /** null when there is no such key. Linearizable. */
  get(key: string, options?: CallOptions): Promise<Versioned | null>;
  /** Keys in order of UTF-16 code units, at most `limit` (1,000) of them. Linearizable. */
  list(prefix: string, options?: CallOptions & { readonly limit?: number }): Promise<Listed>;
  /** What the server at `endpoint` says of itself, leader or not. */
  status(endpoint: string, options?: CallOptions): Promise<Json>;
  /** Rejects all that is outstanding with ERR_STOPPED, and closes the connection. Idempotent. */
  stop(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A client of the cluster behind `endpoints`: `host:port` or `http://host:port`, one or more; the
 * other servers are learned from hints. Connects at the first call, so an unreachable cluster is a
 * matter of that call's deadline. Throws ERR_INVALID_ARGUMENT for what is no endpoint.
 */
export function createClient(endpoints: readonly string[], options: ClientOptions): Client {
  checkEndpoints(endpoints);
  const clock = options.clock ?? systemClock;
  const defaultTimeoutMs = options.timeoutMs ?? 10_000;
  const requests = new ClientRequests({
    endpoints,
    openSocket: options.openSocket,
    clock,
    random: options.random ?? Math.random,
    defer: options.defer ?? nextTurn,
    silenceTimeoutMs: options.silenceTimeoutMs ?? 3_000,
    maxInFlight: options.maxInFlight ?? 1_000,
    maxQueued: options.maxQueued ?? 65_536,
  });

  /** The machine's result; its errors reject, and so do time and the caller's signal. */
  function ask(call: Call, { timeoutMs = defaultTimeoutMs, signal }: CallOptions): Promise<Json> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(aborted('not-applied', signal));
        return;
      }
      const abort = (): void => {
        if (signal !== undefined) requests.giveUp(request, (outcome) => aborted(outcome, signal));
      };
      const done = (): void => {
        clock.clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const request = requests.add(
        call,
        (answer) => {
          done();
          const result = 'result' in answer ? answer.result : null;
          if (isErrorResult(result)) reject(decided(result.error, call));
          else resolve(result);
        },
        (error) => {
          done();
          reject(error);
        },
      );
      const timer = clock.setTimeout(() => {
        requests.giveUp(request, (outcome) => timedOut(outcome, timeoutMs, requests.trouble));
      }, timeoutMs);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  async function modify(command: Json, callOptions: CallOptions): Promise<Modified> {
    return (await ask(
      { op: 'command', machine: 'kv', command },
      callOptions,
    )) as unknown as Modified;
  }

  return {
    async put(key, value, callOptions = {}) {
      return modify({ put: { key, value: { ...encodeValue(value) } } }, callOptions);
    },
    delete: (key, callOptions = {}) => modify({ delete: { key } }, callOptions),
    async get(key, callOptions = {}) {
      const found = await ask({ op: 'read', machine: 'kv', query: { get: { key } } }, callOptions);
      return found === null ? null : versioned(found as unknown as Stored);
    },
    async list(prefix, { limit = maxListLimit, ...callOptions } = {}) {
      const query = { list: { prefix, limit } };
      const found = await ask({ op: 'read', machine: 'kv', query }, callOptions);
      const { entries, more } = found as unknown as { entries: (Stored & Key)[]; more: boolean };
      return { entries: entries.map((each) => ({ key: each.key, ...versioned(each) })), more };
    },
    status: (endpoint, { timeoutMs = defaultTimeoutMs, signal } = {}) =>
      askStatus(endpoint, { openSocket: options.openSocket, clock, timeoutMs, signal }),
    stop: () => requests.stop(),
    [Symbol.asyncDispose]() {
      requests.stop();
      return Promise.resolve();
    },
  };
}

function checkEndpoints(endpoints: readonly string[]): void {
  const wrong = endpoints.find((endpoint) => clientUrl(endpoint) === null);
  if (endpoints.length > 0 && wrong === undefined) return;
  const what = wrong === undefined ? 'There is no endpoint' : `${JSON.stringify(wrong)} is none`;
  throw new StatecraftError('ERR_INVALID_ARGUMENT', `${what}. Give host:port, one or more.`);
}

interface Stored {
  readonly value: StoredValue;
  readonly revision: number;
}
interface Key {
  readonly key: string;
}

function versioned({ value, revision }: Stored): Versioned {
  return { value: decodeValue(value), revision };
}

/** A result that is an error: the command was applied, and this is what came of it. */
function decided(error: { readonly code: string; readonly message: string }, call: Call) {
  const outcome = call.op === 'command' ? 'applied' : 'not-applied';
  return new StatecraftError(error.code, error.message, { outcome });
}

const systemClock: Clock = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** `setImmediate` where there is one: a browser's timers are its next best. */
const nextTurn: (task: () => void) => void =
  'setImmediate' in globalThis ? (task) => setImmediate(task) : (task) => setTimeout(task, 0);
