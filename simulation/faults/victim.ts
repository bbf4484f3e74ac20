/**
 * The cluster as the nemesis handles it, and the moments at which a fault may strike.
 */
import type { Configuration, ServerId } from '../../machines/messages.ts';
import type { MemoryDisk } from '../../storage/memory-disk.ts';
import type { VirtualClock } from '../clock.ts';
import type { Network } from '../network.ts';

/**
 * Boundaries between two effects of a server, where a crash leaves one done and the next not:
 * lines are readable, not yet being synced; a sync has begun; it has ended and nobody knows; a
 * message has left, the next has not; a command was applied, its client was not told; a snapshot is
 * about to be made durable or to take the place of the log, or is and nobody knows.
 */
export const effects = ['append', 'sync', 'synced', 'send', 'apply', 'snapshot'] as const;

export type Effect = (typeof effects)[number];

export interface Victim {
  readonly servers: readonly ServerId[];
  readonly clock: VirtualClock;
  readonly network: Network;
  /** The leader of the newest term that has one; null when there is none. */
  leader(): ServerId | null;
  /** Who takes part, by what is committed. */
  configuration(): Configuration;
  /** It asks for votes, in a term of its own. */
  isCandidate(server: ServerId): boolean;
  disk(server: ServerId): MemoryDisk;
  /** Nothing when it is down already. */
  crash(server: ServerId): void;
  /** Nothing when it is up already. */
  start(server: ServerId): void;
  /** The disk has less free than its reserve, or enough again. */
  space(server: ServerId, enough: boolean): void;
  pause(server: ServerId, durationMs: number): void;
  resume(server: ServerId): void;
  /** Whoever leads is asked to hand over to `target`. */
  transfer(target: ServerId): void;
  /** A turn of the event loop of every server takes up to `lagMs` more; 0 ends it. */
  lag(lagMs: number): void;
  /** Answers to clients are lost, until as many calls with false. */
  loseAnswers(lost: boolean): void;
  /** A line for the trace. */
  note(text: string): void;
}
