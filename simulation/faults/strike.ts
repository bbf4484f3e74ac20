/**
 * What a fault is given when it begins: whom it strikes, its stream of chance, and traps, which wait for
 * a server to come between two effects.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { Random } from '../random.ts';
import type { Effect, Victim } from './victim.ts';

/** Ends a fault. */
export type Undo = () => void;

/** Strikes once, when a server reaches one of these boundaries. */
export interface Trap {
  readonly at: Effect;
  /** False: it goes on waiting. */
  spring(server: ServerId): boolean;
}

export interface Strike {
  readonly victim: Victim;
  readonly target: ServerId;
  readonly random: Random;
  readonly durationMs: number;
  /** Sets a trap; what it returns takes it away again. */
  readonly trap: (trap: Trap) => Undo;
}
