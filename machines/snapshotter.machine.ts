/**
 * One server's snapshots of its own state (§7, thesis §5): when one is due it is saved, and then
 * the log before it may go. One at a time.
 *
 * Whether one is due, by entries and by bytes since the last, is found by slot `look`, which is
 * asked whenever the chart comes to rest: a trigger that comes while another snapshot is being
 * saved is so never lost. How the state is written is actors/snapshots/saving-snapshots.ts, how
 * much of the log goes is rules/retention.ts.
 */
import { sendParent, setup } from 'xstate';
import { expectEvent } from './expect-event.ts';
import type { Fault, ServerEvent } from './events.ts';
import { ignore } from './ignore.ts';
import type { LogIndex } from './messages.ts';
import { named } from './named.ts';

/** What the snapshotter hears. */
export type SnapshotterEvent =
  /** So much was applied since the last snapshot that it is time for one. */
  | { readonly type: 'state.due' }
  /** The state as of `index` is on the disk. */
  | { readonly type: 'snapshot.saved'; readonly index: LogIndex }
  /** It was given up: a snapshot of a leader arrives, which is newer. */
  | { readonly type: 'snapshot.abandoned' }
  /** It could not be saved. A full disk gives up this snapshot alone; any other fault is final. */
  | { readonly type: 'snapshot.failed'; readonly fault: Fault }
  /** The disk has let go of the entries that may go. */
  | { readonly type: 'snapshot.compacted' }
  /** The chart has forgotten the log through `index`: the disk may, too. */
  | { readonly type: 'server.compacted'; readonly index: LogIndex };

interface Args {
  readonly event: SnapshotterEvent;
}

const isFull = ({ event }: Args) =>
  expectEvent(event, 'snapshot.failed').fault.code === 'ERR_STORAGE_FULL';

const report = (name: string, event: (args: Args) => ServerEvent) =>
  named(
    name,
    sendParent<object, SnapshotterEvent, undefined, ServerEvent, SnapshotterEvent>(event),
  );

const reportSaved = report('reportSaved', ({ event }) => ({
  type: 'log.snapshotted',
  index: expectEvent(event, 'snapshot.saved').index,
}));
const reportFailure = report('reportFailure', ({ event }) => ({
  type: 'log.failed',
  fault: expectEvent(event, 'snapshot.failed').fault,
}));

const forgotten = named('forgotten', ({ event }: Args) => ({
  index: expectEvent(event, 'server.compacted').index,
}));

/** One server's snapshots of its own state. */
export const snapshotterMachine = setup({
  types: { events: {} as SnapshotterEvent },
  actions: {
    /** Says `state.due` as soon as a snapshot is. */
    look: () => undefined,
    /** Saves the state as it is now; answers by one of `snapshot.saved`, `abandoned`, `failed`. */
    save: () => undefined,
    /** Lets the disk forget; answers by `snapshot.compacted`. */
    compact: (_, _effect: { index: LogIndex }) => undefined,
  },
  delays: { snapshotRest: 10_000 },
}).createMachine({
  id: 'snapshotter',
  initial: 'idle',
  states: {
    idle: {
      entry: 'look',
      on: {
        'state.due': 'saving',
        ...ignore('snapshot.saved', 'snapshot.abandoned', 'snapshot.failed'),
        ...ignore('snapshot.compacted', 'server.compacted'),
      },
    },
    saving: {
      description: 'The state of one moment is written out in slices, while it goes on changing.',
      entry: 'save',
      on: {
        'snapshot.saved': { target: 'compacting', actions: reportSaved },
        'snapshot.abandoned': 'idle',
        'snapshot.failed': [
          { guard: isFull, target: 'resting' },
          { target: 'failed', actions: reportFailure },
        ],
        ...ignore('state.due', 'snapshot.compacted', 'server.compacted'),
      },
    },
    compacting: {
      description: 'The server says how much of the log must stay; the disk forgets the rest.',
      on: {
        'server.compacted': { actions: { type: 'compact', params: forgotten } },
        'snapshot.compacted': 'idle',
        'snapshot.failed': { target: 'failed', actions: reportFailure },
        ...ignore('state.due', 'snapshot.saved', 'snapshot.abandoned'),
      },
    },
    resting: {
      description: 'The disk is full. The log stays as it is, the server goes on; try again later.',
      after: { snapshotRest: 'idle' },
      on: {
        ...ignore('state.due', 'snapshot.saved', 'snapshot.abandoned', 'snapshot.failed'),
        ...ignore('snapshot.compacted', 'server.compacted'),
      },
    },
    failed: {
      description: 'Final for the process, as for the log.',
      on: {
        ...ignore('state.due', 'snapshot.saved', 'snapshot.abandoned', 'snapshot.failed'),
        ...ignore('snapshot.compacted', 'server.compacted'),
      },
    },
  },
});
