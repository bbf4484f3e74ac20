/** One log on one disk: group commit, stalls, and a failure that is final. */
import { expect } from 'chai';
import { logWriterMachine, type LogWriterEvent } from '../../machines/log-writer.machine.ts';
import type { LogWriterSnapshot } from '../../simulation/server-stepper.ts';
import { createStepper, timerEvent, type Effect } from '../../simulation/stepper.ts';

const logWriters = createStepper(logWriterMachine, undefined);
const stallTimeout = 'xstate.after.stallTimeout.logWriter.syncing.timely';
const arms: Effect = { timer: stallTimeout, delayMs: 5_000 };
const cancels: Effect = { cancel: stallTimeout };
const synced: LogWriterEvent = { type: 'disk.synced' };
const fault = { code: 'ERR_STORAGE_IO', message: 'EIO' };
const failed: LogWriterEvent = { type: 'disk.failed', fault };
const tells = (event: object): Effect => ({ tellParent: event });
const wrote = (write: number, lastIndex: number): LogWriterEvent => {
  return { type: 'server.wrote', write, lastIndex, lastTerm: 1 };
};
/** What follows a completed sync: the messages that waited leave, and the server hears of it. */
const durable = (write: number, lastIndex: number): Effect[] => [
  { release: { write } },
  tells({ type: 'log.persisted', write, lastIndex, lastTerm: 1 }),
];

function after(...events: LogWriterEvent[]): [LogWriterSnapshot, Effect[]] {
  let result = logWriters.start(undefined);
  for (const event of events) result = logWriters.step(result[0], event);
  return result;
}

describe('the log writer', () => {
  it('syncs at once what is written while it is idle', () => {
    const [snapshot, effects] = after(wrote(1, 1));
    expect(snapshot.value).to.deep.equal({ syncing: 'timely' });
    expect(effects).to.deep.equal([{ sync: true }, arms]);
  });

  it('lets the messages go that waited, and tells the server', () => {
    const [snapshot, effects] = after(wrote(1, 1), synced);
    expect(snapshot.value).to.equal('idle');
    expect(effects).to.deep.equal([cancels, ...durable(1, 1)]);
  });

  it('has one sync in flight; the next takes all that was written meanwhile (group commit)', () => {
    const [, meanwhile] = after(wrote(1, 1), wrote(2, 2), wrote(3, 3));
    expect(meanwhile).to.deep.equal([]);
    const [snapshot, effects] = after(wrote(1, 1), wrote(2, 2), wrote(3, 3), synced);
    expect(snapshot.value).to.deep.equal({ syncing: 'timely' });
    expect(effects).to.deep.equal([cancels, ...durable(1, 1), { sync: true }, arms]);
    expect(after(wrote(1, 1), wrote(2, 2), wrote(3, 3), synced, synced)[1]).to.deep.equal([
      cancels,
      ...durable(3, 3),
    ]);
  });

  it('claims of a sync what was written before it began, and no more', () => {
    const [, effects] = after(wrote(1, 1), wrote(2, 2), synced);
    expect(effects).to.deep.include({ release: { write: 1 } });
    expect(effects).not.to.deep.include({ release: { write: 2 } });
  });

  it('reports a stall once, and goes on when the disk does', () => {
    const [stalled, effects] = after(wrote(1, 1), timerEvent(stallTimeout));
    expect(stalled.value).to.deep.equal({ syncing: 'stalled' });
    expect(effects).to.deep.equal([cancels, tells({ type: 'log.stalled' })]);
    const [snapshot, late] = logWriters.step(stalled, synced);
    expect(snapshot.value).to.equal('idle');
    expect(late).to.deep.equal(durable(1, 1));
  });

  it('is failed for good by one failed sync: nothing is promised any more', () => {
    const [snapshot, effects] = after(wrote(1, 1), failed);
    expect(snapshot.value).to.equal('failed');
    expect(effects).to.deep.equal([cancels, tells({ type: 'log.failed', fault })]);
    for (const event of [wrote(2, 2), synced, failed]) {
      expect(logWriters.step(snapshot, event)).to.deep.equal([snapshot, []]);
    }
  });
});
