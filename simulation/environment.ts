/**
 * What a simulated server stands in: time, chance, the network, and the eyes of the checker. Why
 * anything touches a server has a name here, for the trace and the hash.
 */
import type { InspectionEvent } from 'xstate';
import type { Fault } from '../machines/events.ts';
import type { Message, ServerId } from '../machines/messages.ts';
import type { VirtualClock } from './clock.ts';
import type { Effect } from './faults/victim.ts';
import type { Invariants } from './invariants.ts';
import type { SimulationOptions } from './options/options.ts';
import type { Random } from './random.ts';
import type { SimulatedServer } from './server.ts';

/** What touched a server, for the trace and the hash. */
export type Cause =
  'start' | 'message' | 'linkClosed' | 'timer' | 'turn' | 'disk' | 'request' | 'crash';

/** What it was about: a message, the peer whose link closed, or the kind of request. */
export type Subject = Message | string | null;

export interface ServerEnvironment {
  readonly clock: VirtualClock;
  readonly checker: Invariants;
  readonly options: SimulationOptions;
  readonly voters: readonly ServerId[];
  /** Split by server and concern. */
  readonly random: Random;
  /** Hands a message to the network. */
  send(message: Message): void;
  /** Runs everything that a server does, so that nothing it does goes unseen. */
  touch(server: SimulatedServer, cause: Cause, subject: Subject, run: () => void): void;
  /** A server stands between two effects, and may be crashed before this returns. */
  reached(server: SimulatedServer, effect: Effect): void;
  /** The replica failed for good and the process ended. */
  faulted(server: SimulatedServer, fault: Fault): void;
  /** Told of everything that the actors of a server do. */
  readonly inspect: ((server: ServerId, event: InspectionEvent) => void) | undefined;
}
