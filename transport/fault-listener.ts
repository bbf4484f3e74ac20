/**
 * Where faults are injected: one more path on the client listener's port, `/faults?token=…`, served
 * only by a node that was started for it (docs/page.md#faults).
 *
 * Each message is a change of the faults as JSON; every connection is told all faults of the node at
 * first and after each change. What a fault does is actors/node/faults.ts's affair.
 */
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { ServerId } from '../machines/messages.ts';
import { keepAlive } from './keep-alive.ts';
import { defaultInspectLimits } from './limits.ts';
import { isToken } from './token.ts';
import type { UpgradeRefusal } from './upgrade-guard.ts';
import type { Route } from './websocket-server.ts';

export const faultsPath = '/faults';

/** What is wrong with a node on purpose; `noFaults` when nothing is. */
export interface FaultState {
  /** Peers to which nothing leaves. */
  readonly cutTo: readonly ServerId[];
  /** Peers from which nothing is heard. */
  readonly cutFrom: readonly ServerId[];
  /** How much later each message leaves, in milliseconds. */
  readonly delayMs: number;
  /** The share of messages that is lost, 0 to 1. */
  readonly loss: number;
  /** How much longer each fsync takes, in milliseconds. */
  readonly syncDelayMs: number;
  /** All timers of the charts take so many times as long, and links are slow; 1: they are not. */
  readonly slowMotion: number;
}

export const noFaults: FaultState = {
  cutTo: [],
  cutFrom: [],
  delayMs: 0,
  loss: 0,
  syncDelayMs: 0,
  slowMotion: 1,
};

/** Connections of whoever injects faults, per node; past it ERR_TOO_MANY_CONNECTIONS. */
const maxControllers = 16;
/** Longest delay, in milliseconds: past the stall timeout of a disk, so that it can be seen. */
const maxDelayMs = 10_000;
const maxSlowMotion = 100;

const peers = z.array(z.string().max(64)).max(16);
const delay = z.number().min(0).max(maxDelayMs);
const schema = z
  .strictObject({
    cutTo: peers,
    cutFrom: peers,
    delayMs: delay,
    loss: z.number().min(0).max(1),
    syncDelayMs: delay,
    slowMotion: z.number().min(1).max(maxSlowMotion),
  })
  .partial();

export interface FaultRouteOptions {
  /** What must be brought as `?token=`. */
  readonly token: string;
  readonly state: () => FaultState;
  readonly set: (state: FaultState) => void;
}

/** The route for a listener of a loopback address. */
export function faultRoute({ token, state, set }: FaultRouteOptions): Route {
  const controllers = new Set<WebSocket>();
  const tell = (socket: WebSocket): void => socket.send(JSON.stringify(state()));
  return {
    path: faultsPath,
    origin: 'sameLoopback',
    refuse: (query) => (isToken(query.get('token'), token) ? null : tokenRefused),
    accept(socket) {
      socket.on('error', () => undefined);
      if (controllers.size >= maxControllers) {
        socket.close(1013, 'ERR_TOO_MANY_CONNECTIONS');
        return;
      }
      controllers.add(socket);
      const forget = (): void => void controllers.delete(socket);
      socket.on('close', forget);
      keepAlive(socket, defaultInspectLimits.idleTimeoutMs, forget);
      socket.on('message', (data: Buffer) => {
        const change = parseChange(data.toString());
        if (change === null) {
          socket.close(1008, 'ERR_BAD_REQUEST');
          return;
        }
        set({ ...state(), ...change });
        controllers.forEach(tell);
      });
      tell(socket);
    },
  };
}

/** null: no change of faults. */
function parseChange(text: string): Partial<FaultState> | null {
  try {
    const given = schema.safeParse(JSON.parse(text)).data;
    return given === undefined ? null : (given as Partial<FaultState>);
  } catch {
    return null; // No JSON.
  }
}

const tokenRefused: UpgradeRefusal = {
  status: 403,
  code: 'ERR_TOKEN_REFUSED',
  message:
    'start the server with --enable-faults and use the address that it prints, token included',
};
