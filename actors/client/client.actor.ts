/**
 * Runs the client's chart (machines/client.machine.ts) over sockets: fills its slots and delays, and
 * tells it what is heard.
 *
 * Endpoints, addresses and pauses are here; what is sent, and what an answer means, is
 * requests.ts's.
 */
import { createActor } from 'xstate';
import { clientMachine, type ClientDial, type ClientEvent } from '../../machines/client.machine.ts';
import { clientUrl, type ClientSocket, type OpenSocket } from './socket.ts';
import type { Clock } from '../ports.ts';

/** Pauses between attempts, doubling from the first to the last, each shortened by chance. */
const firstPauseMs = 20;
const lastPauseMs = 500;
/** How long an overloaded server is left alone, at least; chance doubles it at most. */
const restPauseMs = 50;
/** However long it asks for. */
const maxRestPauseMs = 5_000;

export interface ClientActorOptions {
  /** At least one. */
  readonly endpoints: readonly string[];
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /**
   * Silence after which a server that owes answers, or does not open, is left; after half of it, it is
   * asked for a sign of life.
   */
  readonly silenceTimeoutMs: number;
  /** `canSend` has become true. */
  flush(): void;
  /** Asks the server for a sign of life. */
  ping(): void;
  message(text: string): void;
  /** Whatever was sent and not answered may have arrived, or not. */
  abandon(): void;
  /** The chart or a slot threw, which is a bug here or in `openSocket`; nothing goes on. */
  failed(error: unknown): void;
}

export interface ClientActor {
  /** Open, and not resting. */
  readonly canSend: boolean;
  /** Only while `canSend`; a ping while it is open. */
  send(text: string): void;
  tell(event: Exclude<ClientEvent, { readonly type: `socket.${string}` }>): void;
}

export function createClientActor(options: ClientActorOptions): ClientActor {
  const urls = options.endpoints.flatMap((endpoint) => clientUrl(endpoint) ?? []);
  let socket: ClientSocket | null = null;
  // Set by slots, not read from the snapshot: `flush` sends before that is committed.
  let canSend = false;

  function dial({ turn, hint }: ClientDial): void {
    const hinted = hint === null ? null : clientUrl(hint);
    socket = options.openSocket(hinted ?? urls[turn % urls.length] ?? '', {
      opened: () => tell({ type: 'socket.opened' }),
      message: (text) => options.message(text),
      closed: () => tell({ type: 'socket.closed' }),
    });
  }

  function hangUp(): void {
    canSend = false;
    const last = socket;
    socket = null;
    last?.close();
  }

  /** The chart cannot say it any more, so nobody else hangs up. */
  function fail(error: unknown): void {
    try {
      hangUp();
    } catch {
      // A socket that threw may throw again; the first error says what is wrong with it.
    }
    options.failed(error);
  }

  const machine = clientMachine.provide({
    actions: {
      dial: (_, target) => dial(target),
      hangUp,
      flush: () => {
        canSend = true;
        options.flush();
      },
      hold: () => {
        canSend = false;
      },
      ping: () => options.ping(),
      abandon: () => options.abandon(),
    },
    delays: {
      dialTimeout: options.silenceTimeoutMs,
      silenceTimeout: options.silenceTimeoutMs / 2,
      restPause: ({ context }) => {
        const askedMs = Math.min(maxRestPauseMs, Math.max(restPauseMs, context.restMs));
        return askedMs * (1 + options.random());
      },
      backOff: ({ context }) => {
        const pauseMs = Math.min(lastPauseMs, firstPauseMs * 2 ** (context.attempts - 1));
        return pauseMs * (0.5 + options.random() / 2);
      },
    },
  });
  const actor = createActor(machine, { clock: options.clock, id: 'client' });
  actor.subscribe({ error: fail });
  actor.start();

  function tell(event: ClientEvent): void {
    if (actor.getSnapshot().status === 'active') actor.send(event);
  }

  return {
    get canSend() {
      return canSend;
    },
    send(text) {
      try {
        socket?.send(text);
      } catch (error) {
        tell({ type: 'admin.stop' });
        fail(error);
      }
    },
    tell,
  };
}
