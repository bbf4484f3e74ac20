/**
 * A client whose whole world a test holds: sockets that open and answer when it says so, timers that
 * fire when time is advanced, and the tasks that wait for the end of a turn.
 */
import { expect } from 'chai';
import { createClient, type ClientOptions } from '../../actors/client/core.ts';
import type { SocketHandlers } from '../../actors/client/socket.ts';
import { StatecraftError } from '../../actors/errors.ts';
import type {
  ClientRequest,
  ClientResponse,
  FailedResponse,
  StreamRequest,
  StreamResponse,
} from '../../transport/client-protocol.ts';

/** A line that the client sent. */
export type Sent = ClientRequest | StreamRequest;

export interface FakeSocket {
  readonly url: string;
  readonly handlers: SocketHandlers;
  readonly frames: Sent[][];
  closed: boolean;
}

/** Deferred tasks, timers and sockets, all in the hand. */
export function aWorld() {
  const deferred: (() => void)[] = [];
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  const sockets: FakeSocket[] = [];
  let now = 0;
  /** Pings are answered, and left out of `frames`. */
  let alive = true;
  let lastTimer = 0;

  /** Runs what is deferred, and what the promises wait for, until nothing is left. */
  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet += 1) {
      if (deferred.length > 0) quiet = 0;
      for (const task of deferred.splice(0)) task();
      await Promise.resolve();
    }
  }

  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    for (;;) {
      await settle();
      const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      const [next] = due;
      if (next === undefined) break;
      timers.delete(next[0]);
      now = next[1].at;
      next[1].callback();
    }
    now = end;
  }

  const options = {
    openSocket: (url: string, handlers: SocketHandlers) => {
      const socket: FakeSocket = { url, handlers, frames: [], closed: false };
      sockets.push(socket);
      return {
        send: (text: string) => {
          const lines = text.trimEnd().split('\n');
          const [first, ...more] = lines.map((line) => JSON.parse(line) as Sent);
          if (first?.op !== 'ping') socket.frames.push([first!, ...more]);
          else if (alive) {
            const { id } = first;
            deferred.push(() => handlers.message(`{"id":${id},"ok":true,"inTouch":true}\n`));
          }
        },
        close: () => (socket.closed = true),
      };
    },
    clock: {
      setTimeout: (callback: () => void, delayMs: number) => {
        lastTimer += 1;
        timers.set(lastTimer, { at: now + delayMs, callback });
        return lastTimer;
      },
      clearTimeout: (id: unknown) => timers.delete(id as number),
    },
    random: () => 0,
    defer: (task: () => void) => deferred.push(task),
  } satisfies ClientOptions;

  const last = (): FakeSocket => sockets.at(-1)!;
  return {
    options,
    sockets,
    timers,
    settle,
    advance,
    last,
    requests: (socket = last()) => socket.frames.flat(),
    /** From now on servers answer no ping. */
    hang(): void {
      alive = false;
    },
    /** The newest connection comes up. */
    async open(): Promise<void> {
      last().handlers.opened();
      await settle();
    },
    /** One frame to the client, on the newest connection. */
    async answer(...responses: (ClientResponse | StreamResponse)[]): Promise<void> {
      last().handlers.message(responses.map((each) => `${JSON.stringify(each)}\n`).join(''));
      await settle();
    },
    async lose(): Promise<void> {
      last().handlers.closed();
      await settle();
    },
    /** The connection is lost, and the next one up. */
    async reconnect(): Promise<void> {
      last().handlers.closed();
      await advance(100);
      last().handlers.opened();
      await settle();
    },
  };
}

export type World = ReturnType<typeof aWorld>;

/** A client whose session 9 is open, by its first put, which is answered. */
export async function aConnectedClient(world: World, more: Partial<ClientOptions> = {}) {
  const client = createClient(['a:1', 'b:2'], { ...world.options, ...more });
  const first = client.put('first', 1);
  await world.settle();
  await world.open();
  await opened(world, 9);
  await applied(world, 10);
  await first;
  return client;
}

/** The same, with a put that waits for its answer; `put` is how it ends. */
export async function aClientThatPuts(more: Partial<ClientOptions> = {}) {
  const world = aWorld();
  const client = await aConnectedClient(world, more);
  const put = ending(client.put('k', 1));
  await world.settle();
  return { world, client, put };
}

/** The session that was asked for last is open. */
export async function opened(world: World, session: number): Promise<void> {
  await world.answer({ id: idOf(world, 'open'), ok: true, session });
}

/** The command that was sent last took effect. */
export async function applied(world: World, revision: number): Promise<void> {
  const id = idOf(world, 'command');
  await world.answer({ id, ok: true, index: revision, result: modified(revision) });
}

/** The command that was sent last is refused. */
export async function refused(world: World, fields: Partial<FailedResponse>): Promise<void> {
  await world.answer(refusal(idOf(world, 'command'), fields));
}

export function idOf(world: World, op: string): number {
  return world.requests().findLast((request) => request.op === op)!.id;
}

export const modified = (revision: number) => ({ revision, previous: null });

export function refusal(id: number, fields: Partial<FailedResponse>): FailedResponse {
  const outcome = 'not-applied' as const;
  return {
    ok: false,
    code: 'ERR_X',
    message: 'x',
    outcome,
    retryable: true,
    leader: null,
    ...fields,
    id,
  };
}

/** How a call ends: `applied`, or the code and the outcome of its error. */
export async function ending(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'applied';
  } catch (error) {
    expect(error).to.be.instanceOf(StatecraftError);
    const { code, outcome } = error as StatecraftError;
    return `${code} ${outcome}`;
  }
}

/** Numbers in [0, 1) from a seed. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
