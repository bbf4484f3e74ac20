/**
 * `statecraft/machines`: the charts as they run, for drawing, stepping and watching them, and the
 * types of what they hear and do. Slots are filled by `actors/`; unfilled they do nothing.
 *
 * @module statecraft/machines
 */
export { linkMachine, type LinkContext, type LinkEvent, type LinkReport } from './link.machine.ts';
export {
  logWriterMachine,
  type LogWriterContext,
  type LogWriterEvent,
  type Write,
} from './log-writer.machine.ts';
export { replicatorMachine } from './replicator.machine.ts';
export { snapshotterMachine, type SnapshotterEvent } from './snapshotter.machine.ts';
export { serverMachine } from './server.machine.ts';
export { termAt, type Log } from './log.ts';
export type {
  Apply,
  ChangeDelay,
  Fault,
  Install,
  Persist,
  Reply,
  Send,
  ServerEvent,
  Trust,
} from './events.ts';
export type * from './messages.ts';
export type {
  Frame,
  ReplicatorContext,
  ReplicatorEvent,
  ReplicatorInput,
  SendChunk,
  Transfer,
  Window,
} from './replicator.context.ts';
export type {
  PendingChange,
  Progress,
  Read,
  ServerContext,
  ServerInput,
} from './server.context.ts';
export type { ChangeRefusal, MembershipChange } from './rules/membership.ts';
