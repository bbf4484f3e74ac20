/**
 * Who listens to a cluster: a trace to read, the same as records, and XState's own inspection.
 * Nobody who listens changes anything.
 */
import type { InspectionEvent } from 'xstate';
import type { ServerId } from '../machines/messages.ts';
import { lineOf, type TraceRecord } from './failures/trace.ts';

export interface ClusterHooks {
  /** A readable line for every event. */
  readonly trace?: ((line: string) => void) | undefined;
  /** The same as a record. */
  readonly observe?: ((record: TraceRecord) => void) | undefined;
  /** Everything that the actors of a server do, as XState's inspection tells it. */
  readonly inspect?: ((server: ServerId, event: InspectionEvent) => void) | undefined;
}

/** Whether anybody wants records at all: making them costs. */
export function isWatched({ trace, observe }: ClusterHooks): boolean {
  return trace !== undefined || observe !== undefined;
}

export function tell({ trace, observe }: ClusterHooks, record: TraceRecord): void {
  trace?.(lineOf(record));
  observe?.(record);
}
