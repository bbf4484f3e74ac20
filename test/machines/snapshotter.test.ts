/** One server's snapshots of its own state (§7): when, one at a time, and what of the log then goes. */
import { expect } from 'chai';
import { snapshotterMachine, type SnapshotterEvent } from '../../machines/snapshotter.machine.ts';
import { compactThrough, goneAfterChecks } from '../../machines/rules/retention.ts';
import type { SnapshotterSnapshot } from '../../simulation/server-stepper.ts';
import { createStepper, timerEvent, type Effect } from '../../simulation/stepper.ts';
import { aFollower, aLeader, matched, retainedEntries, step } from '../support/step.ts';

const snapshotters = createStepper(snapshotterMachine, undefined);
const rest = 'xstate.after.snapshotRest.snapshotter.resting';
const due: SnapshotterEvent = { type: 'state.due' };
const saved = (index: number): SnapshotterEvent => ({ type: 'snapshot.saved', index });
const forgot = (index: number): SnapshotterEvent => ({ type: 'server.compacted', index });
const compacted: SnapshotterEvent = { type: 'snapshot.compacted' };
const failed = (code: string): SnapshotterEvent => ({
  ...{ type: 'snapshot.failed', fault: { code, message: 'why' } },
});
const looks: Effect = { look: true };
const tells = (event: object): Effect => ({ tellParent: event });

function after(...events: SnapshotterEvent[]): [SnapshotterSnapshot, Effect[]] {
  let result = snapshotters.start(undefined);
  for (const event of events) result = snapshotters.step(result[0], event);
  return result;
}

describe('the snapshotter', () => {
  it('asks whether a snapshot is due as soon as it stands', () => {
    expect(after()[1]).to.deep.equal([looks]);
  });

  it('saves when one is due, and tells the server what is on the disk', () => {
    expect(after(due)[1]).to.deep.equal([{ save: true }]);
    const [snapshot, effects] = after(due, saved(9));
    expect(snapshot.value).to.equal('compacting');
    expect(effects).to.deep.equal([tells({ type: 'log.snapshotted', index: 9 })]);
  });

  it('lets the disk forget what the chart has forgotten, not what the snapshot stands for', () => {
    const [snapshot, effects] = after(due, saved(9), forgot(4));
    expect(effects).to.deep.equal([{ compact: { index: 4 } }]);
    expect(snapshot.value).to.equal('compacting');
  });

  it('openraft#1829 a trigger that comes while one is being saved is not lost: it looks again', () => {
    const [busy, meanwhile] = after(due, due);
    expect([busy.value, meanwhile]).to.deep.equal(['saving', []]);
    const [idle, effects] = after(due, due, saved(9), due, forgot(4), compacted);
    expect(idle.value).to.equal('idle');
    expect(effects).to.deep.equal([looks]);
  });

  it('has one at a time, also while the log is compacted', () => {
    const [snapshot, effects] = after(due, saved(9), due);
    expect([snapshot.value, effects]).to.deep.equal(['compacting', []]);
  });

  it('gives way to a snapshot that a leader sends, and looks again', () => {
    const [snapshot, effects] = after(due, { type: 'snapshot.abandoned' });
    expect([snapshot.value, effects]).to.deep.equal(['idle', [looks]]);
  });

  it('survives a full disk: it rests, then tries again', () => {
    const [resting, effects] = after(due, failed('ERR_STORAGE_FULL'));
    expect(resting.value).to.equal('resting');
    expect(effects).to.deep.equal([{ timer: rest, delayMs: 10_000 }]);
    const [idle, then] = snapshotters.step(resting, timerEvent(rest));
    expect(idle.value).to.equal('idle');
    expect(then).to.deep.include(looks);
  });

  it('is failed for good by any other fault, whenever it comes', () => {
    const fault = { code: 'ERR_STORAGE_IO', message: 'why' };
    for (const before of [[due], [due, saved(9), forgot(4)]]) {
      const [snapshot, effects] = after(...before, failed('ERR_STORAGE_IO'));
      expect(snapshot.value).to.equal('failed');
      expect(effects).to.deep.equal([tells({ type: 'log.failed', fault })]);
      expect(snapshotters.step(snapshot, due)[1]).to.deep.equal([]);
    }
  });
});

describe('retention', () => {
  const peer = { matchIndex: 0, pinnedIndex: 0, missedChecks: 0 };

  it('keeps a tail behind the snapshot for those who are slightly behind', () => {
    expect(compactThrough(100, 30, [])).to.equal(70);
    expect(compactThrough(20, 30, [])).to.equal(0);
  });

  it('never strands a peer: what one that answers still needs stays, however much that is', () => {
    expect(compactThrough(100, 0, [{ ...peer, matchIndex: 40 }])).to.equal(40);
    expect(compactThrough(100, 0, [peer])).to.equal(0);
  });

  it('keeps the entries after a snapshot that is being sent: its receiver needs no second one', () => {
    expect(compactThrough(100, 0, [{ ...peer, pinnedIndex: 60 }])).to.equal(60);
  });

  it('waits no more for a peer that is gone: the log does not grow for ever', () => {
    const gone = { ...peer, missedChecks: goneAfterChecks };
    expect(compactThrough(100, 0, [gone])).to.equal(100);
    expect(compactThrough(100, 0, [{ ...gone, missedChecks: goneAfterChecks - 1 }])).to.equal(0);
  });

  it('goes by what a leader knows of its peers, and a follower has none to wait for', () => {
    const length = retainedEntries + 10;
    const log = Array<number>(length).fill(1);
    const leader = aLeader({ term: 2, log, open: true });
    const snapshotted = { type: 'log.snapshotted', index: length } as const;
    // b has all of it; of c nothing is known.
    expect(step(leader, snapshotted)[0].context.log.snapshotIndex).to.equal(0);
    const both = step(leader, matched({ peer: 'c', term: 2, matchIndex: 8 }))[0];
    expect(step(both, snapshotted)[0].context.log.snapshotIndex).to.equal(8);
    const all = step(both, matched({ peer: 'c', term: 2, matchIndex: length }))[0];
    expect(step(all, snapshotted)[0].context.log.snapshotIndex).to.equal(10);
    const follower = aFollower({ leader: 'b', log, commitIndex: length });
    expect(step(follower, snapshotted)[0].context.log.snapshotIndex).to.equal(10);
  });
});
