/**
 * A replica over a held disk: the order of durability (docs/architecture.md#order-of-durability),
 * promise by promise. What is said
 * of entries, votes and terms is on the disk when it leaves.
 */
import { expect } from 'chai';
import type { Message } from '../../machines/messages.ts';
import { crc32 } from '../../storage/crc32.ts';
import { clusterSeed, encodeLines } from '../../storage/lines.ts';
import { HeldReplica, withLines } from '../support/held-replica.ts';
import {
  appendEntries,
  appendReply,
  back,
  preVote,
  preVoteReply,
  requestVote,
  voteReply,
  type AppendOptions,
} from '../support/step.ts';

const brings = (log: readonly number[], options: AppendOptions) =>
  withLines(appendEntries({ term: 3, ...options }), log);
const ofType = (messages: readonly Message[], type: Message['type']) =>
  messages.filter((message) => message.type === type);
const ack = (matchIndex: number, term = 3) => appendReply({ ...back, term, matchIndex });

describe('the order of durability: votes', () => {
  it('grants no vote before it is on disk', () => {
    const held = new HeldReplica().start();
    held.receive(requestVote({ term: 2 }));
    expect(held.take()).to.deep.equal([]);
    expect(held.disk.durableVote).to.include({ term: 1, votedFor: null });
    held.sync();
    expect(held.disk.durableVote).to.include({ term: 2, votedFor: 'b' });
    expect(held.take()).to.deep.equal([voteReply({ ...back, term: 2 })]);
  });

  it('asks for no vote before its own is on disk', () => {
    const held = new HeldReplica().start();
    while (held.role !== 'preCandidate') held.pass(50);
    held.receive(preVoteReply());
    expect(ofType(held.take(), 'rpc.requestVote')).to.deep.equal([]);
    held.sync();
    expect(held.disk.durableVote).to.include({ term: 2, votedFor: 'a' });
    expect(ofType(held.take(), 'rpc.requestVote').map(({ to }) => to)).to.deep.equal(['b', 'c']);
  });

  it('alone in its cluster counts its own vote when it is on disk, not before', () => {
    const held = new HeldReplica({ voters: ['a'] }).start();
    while (held.role !== 'candidate') held.pass(50);
    expect(held.disk.durableVote).to.include({ term: 1, votedFor: null });
    held.sync();
    expect(held.disk.durableVote).to.include({ term: 2, votedFor: 'a' });
    expect(held.role).to.equal('leader');
  });

  it('says nothing in a term that is not yet on disk, not even a refusal', () => {
    const held = new HeldReplica({ log: [1, 1] }).start();
    held.receive(requestVote({ term: 5 })); // Its log is behind: refused.
    expect(held.take()).to.deep.equal([]);
    held.sync();
    expect(held.take()).to.deep.equal([voteReply({ ...back, term: 5, voteGranted: false })]);
  });

  it('takes back a grant that was not yet on disk when a newer term came: it never left', () => {
    const held = new HeldReplica().start();
    held.receive(requestVote({ term: 2 }), requestVote({ from: 'c', term: 3 }));
    held.settle();
    expect(held.take()).to.deep.equal([voteReply({ from: 'a', to: 'c', term: 3 })]);
  });

  it('answers a pre-vote at once: it promises nothing', () => {
    const held = new HeldReplica().start();
    held.receive(preVote());
    expect(ofType(held.take(), 'rpc.preVoteReply')).to.have.length(1);
  });
});

describe('the order of durability: entries', () => {
  it('acknowledges no entry before it is on disk', () => {
    const held = new HeldReplica({ vote: { term: 3 } }).start();
    held.receive(brings([3, 3], { entries: [3, 3] }));
    expect(held.take()).to.deep.equal([]);
    expect(held.disk.durableLastIndex).to.equal(0);
    held.sync();
    expect(held.disk.durableLastIndex).to.equal(2);
    expect(held.take()).to.deep.equal([ack(2)]);
  });

  it('acknowledges what one sync took, and not what came while it was under way', () => {
    const held = new HeldReplica({ vote: { term: 3 } }).start();
    held.receive(brings([3], { entries: [3] }));
    held.receive(brings([3, 3], { prev: [1, 3], entries: [3] }));
    held.sync();
    expect([held.take(), held.disk.durableLastIndex]).to.deep.equal([[ack(1)], 1]);
    held.sync();
    expect([held.take(), held.disk.durableLastIndex]).to.deep.equal([[ack(2)], 2]);
  });

  it('answers heartbeats while the disk stalls, and claims only what is durable', () => {
    const held = new HeldReplica({ vote: { term: 3 } }).start();
    held.receive(brings([3], { entries: [3] })).sync();
    held.take();
    held.disk.stall();
    held.receive(brings([3, 3], { prev: [1, 3], entries: [3] })).sync();
    held.receive(brings([3, 3], { prev: [2, 3] }));
    expect(held.take()).to.deep.equal([ack(1)]);
    held.disk.unstall();
    expect(held.take()).to.deep.equal([ack(2)]);
    held.receive(brings([3, 3], { prev: [2, 3] }));
    expect(held.take()).to.deep.equal([ack(2)]);
  });

  it('does not take a sync of replaced entries for one of those in their place (ABA)', () => {
    const held = new HeldReplica({ vote: { term: 3 } }).start();
    held.receive(brings([3, 3], { entries: [3, 3] })); // Being synced: entries 1 and 2 of term 3.
    held.receive(brings([4, 4], { from: 'c', term: 4, entries: [4, 4] })); // Replaced meanwhile.
    held.sync();
    expect(held.context.durableIndex).to.equal(0);
    // The acknowledgement to the old leader is void, that to the new one still waits.
    expect(held.take()).to.deep.equal([]);
    held.sync();
    expect(held.context.durableIndex).to.equal(2);
    expect(held.take()).to.deep.equal([{ ...ack(2, 4), to: 'c' }]);
    expect(held.disk.durableTermAt(2)).to.equal(4);
  });

  it('writes no line of a term before the term is on disk', () => {
    const held = new HeldReplica().start();
    held.receive(brings([4], { from: 'c', term: 4, entries: [4] }));
    held.sync();
    expect(held.disk.durableVote.term).to.equal(4);
    expect(held.disk.durableTermAt(1)).to.equal(4);
  });
});

describe('the order of durability: a leader', () => {
  it('sends its entries while it writes them, and counts itself only once they are on disk', () => {
    const held = new HeldReplica().start().elect();
    held.settle();
    held.receive(appendReply({ term: 2, matchIndex: 1 }), appendReply({ from: 'c', term: 2 }));
    held.receive(appendReply({ from: 'c', term: 2, matchIndex: 1 }));
    expect(held.context.commitIndex).to.equal(1);
    held.take();

    held.submit({ id: 1, op: 'open' }).turn();
    const [entries] = ofType(held.take(), 'rpc.appendEntries');
    expect(entries).to.include({ prevLogIndex: 1, lastIndex: 2 });
    expect(held.disk.durableLastIndex).to.equal(1);
    held.receive(appendReply({ term: 2, matchIndex: 2 }));
    expect(held.context.commitIndex).to.equal(1);
    held.sync();
    expect(held.context.commitIndex).to.equal(2);
  });

  it('commits by the disks of others while its own is slow', () => {
    const held = new HeldReplica().start().elect();
    held.receive(appendReply({ term: 2, matchIndex: 0 }), appendReply({ term: 2, matchIndex: 1 }));
    expect(held.context.commitIndex).to.equal(0);
    held.receive(appendReply({ from: 'c', term: 2, matchIndex: 1 }));
    expect(held.context.commitIndex).to.equal(1);
    expect(held.disk.durableLastIndex).to.equal(0);
  });

  it('alone in its cluster answers a client when its own disk has synced, not before', () => {
    const held = new HeldReplica({ voters: ['a'] }).start();
    while (held.role !== 'leader') held.pass(50).sync();
    held.settle();
    held.submit({ id: 1, op: 'open' }).turn().turn();
    expect(held.answers).to.deep.equal([]);
    held.settle();
    expect(held.answers).to.have.length(1);
    expect(held.disk.durableLastIndex).to.equal(2);
  });

  it('whose disk stalls steps down, and tells its clients that it does not know', () => {
    const held = new HeldReplica().start().elect();
    held.settle();
    held.disk.stall();
    held.submit({ id: 1, op: 'open' }).turn();
    held.receive(appendReply({ term: 2, matchIndex: 1 }));
    for (let ms = 0; ms < 5_200; ms += 100) {
      held.pass(100);
      if (held.role === 'leader') held.receive(appendReply({ term: 2, matchIndex: 1 }));
    }
    expect(held.role).not.to.equal('leader');
    held.settle();
    expect(held.answers[0]).to.include({ ok: false, outcome: 'unknown' });
  });
});

describe('a server and damaged input', () => {
  it('drops an AppendEntries whose lines are damaged, as if the network had lost it', () => {
    const held = new HeldReplica({ vote: { term: 3 } }).start();
    const message = brings([3, 3], { entries: [3, 3] });
    const { bytes, ...lines } = message.payload as { bytes: Uint8Array };
    const damaged = Uint8Array.from(bytes, (byte, i) => (i === 12 ? byte ^ 1 : byte));
    held.receive({ ...message, payload: { ...lines, bytes: damaged } }).settle();
    expect(held.take()).to.deep.equal([]);
    expect(held.context.log.lastIndex).to.equal(0);
  });

  it('stops when an entry of equal index and term has another history (ERR_DIVERGED)', () => {
    const held = new HeldReplica({ vote: { term: 3 }, log: [1, 2] }).start();
    const heartbeat = brings([1, 2], { prev: [2, 2] });
    const other = { ...(heartbeat.payload as object), seed: 12345 };
    held.receive({ ...heartbeat, payload: other });
    expect(held.faultCodes).to.deep.equal(['ERR_DIVERGED']);
    expect(held.role).to.equal('failed');
  });

  it('stops with that code, too, when the histories part between what a message brings', () => {
    const held = new HeldReplica({ vote: { term: 3 }, log: [2, 2] }).start();
    const head = { firstIndex: 1, term: 2, time: 5, seed: clusterSeed('held', crc32) };
    const payload = encodeLines(head, Array<string>(3).fill('{"kind":"noop"}'), crc32);
    // Both begin with nothing; entries 1 and 2 have the same terms, and another time.
    held.receive({ ...brings([2, 2, 2], { entries: [2, 2, 2] }), payload });
    expect(held.faultCodes).to.deep.equal(['ERR_DIVERGED']);
  });

  it('is not made to stop by a message of an older term, whatever it claims', () => {
    const held = new HeldReplica({ vote: { term: 3 }, log: [1, 2] }).start();
    const old = brings([1, 2], { term: 2, prev: [2, 2] });
    held.receive({ ...old, payload: { ...(old.payload as object), seed: 12345 } });
    expect(held.faultCodes).to.deep.equal([]);
  });
});
