/**
 * One log on one disk (Figure 2 "persistent state"; docs/architecture.md#order-of-durability).
 *
 * One sync is in flight at a time and takes everything that was asked for before it began: group
 * commit. A sync that takes longer than the bound is `stalled`; one that failed is final, because
 * what an fsync lost once cannot be had back by asking again.
 */
import { assign, sendParent, setup } from 'xstate';
import { expectEvent } from './expect-event.ts';
import type { Fault, ServerEvent } from './events.ts';
import type { LogIndex, Term } from './messages.ts';
import { ignore } from './ignore.ts';
import { named } from './named.ts';

/** The log as a write leaves it; writes are numbered and complete in order. */
export interface Write {
  readonly write: number;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** What the writer of a log knows. */
export interface LogWriterContext {
  /** The newest write asked for. */
  readonly asked: Write;
  /** The newest write that the sync in flight takes with it. */
  readonly syncing: Write;
}

/** What the writer of a log hears. */
export type LogWriterEvent =
  | ({ readonly type: 'server.wrote' } & Write)
  | { readonly type: 'disk.synced' }
  | { readonly type: 'disk.failed'; readonly fault: Fault };

interface Args {
  readonly context: LogWriterContext;
  readonly event: LogWriterEvent;
}

const noteWrite = named(
  'noteWrite',
  assign<LogWriterContext, LogWriterEvent, undefined, LogWriterEvent, never>(({ event }) => {
    const { write, lastIndex, lastTerm } = expectEvent(event, 'server.wrote');
    return { asked: { write, lastIndex, lastTerm } };
  }),
);

const takeAll = named(
  'takeAll',
  assign<LogWriterContext, LogWriterEvent, undefined, LogWriterEvent, never>(({ context }) => ({
    syncing: context.asked,
  })),
);

const askedSince = ({ context }: Args) => context.asked.write > context.syncing.write;

const report = (name: string, event: (args: Args) => ServerEvent) =>
  named(
    name,
    sendParent<LogWriterContext, LogWriterEvent, undefined, ServerEvent, LogWriterEvent>(event),
  );

const reportPersisted = report('reportPersisted', ({ context }) => ({
  type: 'log.persisted',
  ...context.syncing,
}));
const reportStall = report('reportStall', () => ({ type: 'log.stalled' }));
const reportFailure = report('reportFailure', ({ event }) => ({
  type: 'log.failed',
  fault: expectEvent(event, 'disk.failed').fault,
}));

const durable = named('durable', ({ context }: Args) => ({ write: context.syncing.write }));
/** In the order in which it happens: a slot acts within the step, a report is heard after it. */
const writtenOut = [{ type: 'release', params: durable }, reportPersisted] as const;

const nothing: Write = { write: 0, lastIndex: 0, lastTerm: 0 };

/** One log on one disk. */
export const logWriterMachine = setup({
  types: {
    context: {} as LogWriterContext,
    events: {} as LogWriterEvent,
  },
  actions: {
    /** Asks the store to make everything written so far durable; answers by a `disk.*` event. */
    sync: () => undefined,
    /** Lets go the messages that waited for this write. */
    release: (_, _effect: { write: number }) => undefined,
  },
  delays: { stallTimeout: 5_000 },
}).createMachine({
  id: 'logWriter',
  context: { asked: nothing, syncing: nothing },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'server.wrote': { target: 'syncing', actions: noteWrite },
        ...ignore('disk.synced', 'disk.failed'),
      },
    },
    syncing: {
      description: 'One sync is in flight; what is asked for meanwhile gathers for the next.',
      entry: [takeAll, 'sync'],
      on: {
        'server.wrote': { actions: noteWrite },
        'disk.synced': [
          { guard: askedSince, target: 'syncing', reenter: true, actions: [...writtenOut] },
          { target: 'idle', actions: [...writtenOut] },
        ],
        'disk.failed': { target: 'failed', actions: reportFailure },
      },
      initial: 'timely',
      states: {
        timely: { after: { stallTimeout: 'stalled' } },
        stalled: { entry: reportStall },
      },
    },
    failed: {
      description: 'Final for the process: nothing is written, nothing is promised any more.',
      on: { ...ignore('server.wrote', 'disk.synced', 'disk.failed') },
    },
  },
});
