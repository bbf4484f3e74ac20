/**
 * Snapshots of a leader and of its own on one server's disk: one at a time, and the leader's first
 * (§7).
 */
import { expect } from 'chai';
import type { InstallSnapshot, InstallSnapshotReply } from '../../machines/messages.ts';
import type { Chunk } from '../../storage/snapshots/snapshot-chunk.ts';
import { HeldReplica, withLines } from '../support/held-replica.ts';
import { installSnapshot, newer } from '../support/snapshot-steps.ts';
import { appendEntries } from '../support/step.ts';

const limits = { snapshotEntries: 1, snapshotGrowth: 0, retainedEntries: 0 };

/**
 * It has applied three entries and begun to save its state; the disk has done nothing of it yet.
 */
function aSaver(): HeldReplica {
  const held = new HeldReplica({ limits, log: [1, 1, 1] }).start();
  held
    .receive(withLines(appendEntries({ prev: [3, 1], commit: 3 }), [1, 1, 1]))
    .sync()
    .turn();
  held.take();
  return held;
}

function chunk(offset: number, chunkBytes: number): InstallSnapshot {
  const bytes = new Uint8Array(chunkBytes);
  const payload: Chunk = { time: 0, checksum: 1, extra: {}, bytes };
  return installSnapshot({ snapshot: newer, offset, chunkBytes, payload });
}

const offsets = (held: HeldReplica): number[] =>
  held
    .take()
    .filter((message): message is InstallSnapshotReply => message.type.endsWith('SnapshotReply'))
    .map(({ offset }) => offset);

describe('a server that is sent a snapshot', () => {
  it('gives up its own for it, though the next one of its own is due at once', () => {
    const held = aSaver().receive(chunk(0, 20)).settle();
    expect(held.faultCodes).to.deep.equal([]);
    expect(offsets(held)).to.deep.equal([20]);
    expect(held.disk.durableSnapshot).to.equal(null);
  });

  it('Figure 13 writes each chunk at its offset: a doubled one twice never, one ahead not at all', () => {
    const held = aSaver().receive(chunk(0, 20)).settle();
    held.take();
    held.receive(chunk(0, 20)).settle();
    expect(offsets(held), 'doubled').to.deep.equal([20]);
    held.receive(chunk(40, 10)).settle();
    expect(offsets(held), 'one was lost before it').to.deep.equal([20]);
    held.receive(chunk(20, 20)).settle();
    expect(offsets(held), 'the next').to.deep.equal([40]);
  });

  it('says how far it is to who asks with a chunk of no bytes', () => {
    const held = aSaver().receive(chunk(0, 20)).settle();
    held.take();
    expect(offsets(held.receive(chunk(0, 0)).settle())).to.deep.equal([20]);
  });

  it('takes a damaged snapshot for none: the log stays, and its own is saved instead', () => {
    const held = aSaver().receive(chunk(0, newer.sizeBytes)).settle();
    expect(held.faultCodes).to.deep.equal([]);
    expect(held.role).to.match(/^follower/);
    expect(held.context.log).to.include({ lastIndex: 3 });
    expect(held.disk.durableSnapshot?.info.index).to.equal(3);
  });
});
