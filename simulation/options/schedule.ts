/**
 * Which of the things that a seed draws do happen: what shrink.ts takes away from a failing run.
 *
 * Each fault and each client operation has a name (`crash/3`, `c1/0/12`) and a stream of chance of
 * its own, so that the rest happens as before when one of them is left out.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { FaultKind } from './fault-options.ts';

/** A schedule is a part of the options of a run; without one, all that was drawn happens. */
export interface Schedule {
  /** Names of the faults that happen. */
  readonly faults: readonly string[];
  /** Names of the client operations that happen. */
  readonly operations: readonly string[];
  /** Servers that are never started: they count as voters that are down. */
  readonly absent: readonly ServerId[];
}

/** A fault that was injected. */
export interface FaultDecision {
  readonly name: string;
  readonly kind: FaultKind;
  readonly target: ServerId;
  readonly atMs: number;
  readonly lastsMs: number;
}

/** What happened in a run, for who wants to run it again with less. */
export interface Decisions {
  readonly faults: readonly FaultDecision[];
  readonly operations: readonly string[];
}

/** Answers by name, without looking through lists. */
export interface Allowed {
  fault(name: string): boolean;
  operation(name: string): boolean;
  server(id: ServerId): boolean;
}

export function allowedBy(schedule: Schedule | undefined): Allowed {
  if (schedule === undefined) {
    return { fault: () => true, operation: () => true, server: () => true };
  }
  const faults = new Set(schedule.faults);
  const operations = new Set(schedule.operations);
  const absent = new Set(schedule.absent);
  return {
    fault: (name) => faults.has(name),
    operation: (name) => operations.has(name),
    server: (id) => !absent.has(id),
  };
}
