/**
 * Builders for chart tests of snapshots (§7): a follower that is given one by `b`, and what its slot
 * for installing reports.
 *
 * The snapshot of these tests ends with entry 5 of term 1, and has 100 bytes.
 */
import type { Install, ServerEvent } from '../../machines/events.ts';
import type {
  InstallSnapshot,
  InstallSnapshotReply,
  LoggedConfiguration,
  SnapshotId,
} from '../../machines/messages.ts';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import type { Effect } from '../../simulation/stepper.ts';
import { aFollower, sends, step, type FollowerOptions } from './step.ts';

export const snapshot: SnapshotId = { index: 5, term: 1, sizeBytes: 100, hash: 77 };
export const newer: SnapshotId = { index: 9, term: 1, sizeBytes: 50, hash: 88 };

const fromB = { from: 'b', to: 'a', term: 1 } as const;

export function installSnapshot(
  fields: Partial<Omit<InstallSnapshot, 'type'>> = {},
): InstallSnapshot {
  const chunk = { offset: 0, chunkBytes: 40, payload: 'bytes' };
  return { type: 'rpc.installSnapshot', ...fromB, snapshot, ...chunk, ...fields };
}

export const received = (offset: number, of: SnapshotId = snapshot, from = 'b'): ServerEvent => ({
  ...{ type: 'log.received', from, snapshot: of, offset },
});

/** Three voters as of the snapshot's index, unless told otherwise. */
export const installed = (fields: Partial<LoggedConfiguration> = {}): ServerEvent => {
  const nobody = { index: 0, outgoing: [], learners: [] };
  const configuration = { ...nobody, voters: ['a', 'b', 'c'], ...fields };
  return { type: 'log.installed', from: 'b', snapshot, configuration };
};

export const installs = (install: Install): Effect => ({ install });

/** The slot is given this chunk. */
export const takes = (offset: number, of: SnapshotId = snapshot, from = 'b'): Effect =>
  installs({ kind: 'receive', from, snapshot: of, offset, payload: 'bytes' });

export const answers = (fields: Partial<Omit<InstallSnapshotReply, 'type'>>): Effect =>
  sends('term', {
    ...{ type: 'rpc.installSnapshotReply', from: 'a', to: 'b', term: 1, snapshot },
    ...{ offset: 0, installed: false },
    ...fields,
  });

/** The answer to a snapshot of which nothing more is wanted. */
export const hasAll = answers({ offset: snapshot.sizeBytes, installed: true });

/** It has heard a first chunk of `b`, the leader of its term. */
export function aReceiver(options: FollowerOptions = {}): ServerSnapshot {
  return step(aFollower({ leader: 'b', ...options }), installSnapshot())[0];
}

/** Its slot was told to put the snapshot in the place of the log. */
export function anInstaller(options: FollowerOptions = {}): ServerSnapshot {
  return step(aReceiver(options), received(snapshot.sizeBytes))[0];
}

/** The state of region `install`. */
export function installOf({ value }: ServerSnapshot): string {
  const { role } = value;
  return typeof role === 'object' && 'follower' in role ? role.follower.install : 'none';
}
