/**
 * What throws, ends the server with a code: in whichever actor, it is never silence, and
 * nothing that was held back leaves afterwards.
 */
import { expect } from 'chai';
import type { Store } from '../../storage/store.ts';
import { HeldReplica, methodsOf } from '../support/held-replica.ts';
import { appendEntries, appendReply, requestVote } from '../support/step.ts';

/** A store with one method that is another. */
const broken = (change: Partial<Store>) => (store: Store) => ({ ...methodsOf(store), ...change });
const nothing = { firstIndex: 1, seed: 0, bytes: new Uint8Array(0), ends: [] };
const boom = (): never => {
  throw new Error('boom');
};

describe('an exception ends the server with a code', () => {
  it('in an action of the server itself', () => {
    const held = new HeldReplica({ wrap: broken({ append: boom }), vote: { term: 3 } }).start();
    held.elect();
    expect(held.faults).to.have.length(1);
    expect(held.faults[0]).to.include({ code: 'ERR_INTERNAL' });
    expect(held.faults[0]?.message).to.include('boom');
  });

  it('in a guard of the server', () => {
    const held = new HeldReplica().start();
    // The term gate looks at the term first of all.
    held.receive(Object.defineProperty(requestVote(), 'term', { get: boom }));
    expect(held.faultCodes).to.deep.equal(['ERR_INTERNAL']);
  });

  it('in a delay', () => {
    let fine = true;
    const random = () => (fine ? 0.5 : boom());
    const held = new HeldReplica({ random }).start();
    fine = false;
    held.receive(requestVote());
    expect(held.faultCodes).to.deep.equal(['ERR_INTERNAL']);
  });

  it('in a replicator', () => {
    const held = new HeldReplica({ wrap: broken({ read: boom }) }).start().elect();
    expect(held.faultCodes).to.deep.equal([]);
    held.receive(appendReply({ term: 2, matchIndex: 0 })); // Now it reads the no-op, to send it.
    expect(held.faultCodes).to.deep.equal(['ERR_INTERNAL']);
    expect(held.faults[0]?.message).to.include('boom');
    expect(held.role).to.equal('failed');
  });

  it('in the log writer', () => {
    const held = new HeldReplica({ wrap: broken({ sync: boom }) }).start();
    held.receive(requestVote());
    expect(held.faultCodes).to.deep.equal(['ERR_INTERNAL']);
    expect(held.faults[0]?.message).to.include('boom');
    expect(held.role).to.equal('failed');
  });

  it('and keeps a code of its own: a log that cannot be read back, whoever asks for it', () => {
    const lost = (): never => {
      throw Object.assign(new Error('segment 1: byte 7'), { code: 'ERR_LOG_CORRUPT' });
    };
    const inAction = new HeldReplica({ wrap: broken({ append: lost }) }).start().elect();
    expect(inAction.faults).to.deep.equal([
      { code: 'ERR_LOG_CORRUPT', message: 'segment 1: byte 7' },
    ]);
    const inCheck = new HeldReplica({ wrap: broken({ checksumAt: lost }) }).start();
    inCheck.receive({ ...appendEntries({ term: 7 }), payload: nothing });
    expect(inCheck.faultCodes).to.deep.equal(['ERR_LOG_CORRUPT']);
    expect(inCheck.role).to.equal('failed');
    const inReplicator = new HeldReplica({ wrap: broken({ read: lost }) }).start().elect();
    inReplicator.receive(appendReply({ term: 2, matchIndex: 0 })); // It reads the no-op, to send it.
    expect(inReplicator.faults).to.deep.equal([
      { code: 'ERR_LOG_CORRUPT', message: 'segment 1: byte 7' },
    ]);
  });

  it('and the code of the disk is kept, when it is the disk that failed', () => {
    const held = new HeldReplica().start();
    held.disk.failNextSync = true;
    held.receive(requestVote()).settle();
    expect(held.faultCodes).to.deep.equal(['ERR_STORAGE_IO']);
    expect(held.role).to.equal('failed');
  });
});

describe('a snapshot whose members cannot be read', () => {
  /** As a newer version might write it. */
  const extra = { members: { index: 1, entry: { kind: 'configuration', groups: [] } } };
  const info = { index: 1, term: 1, time: 0, checksum: 7, sizeBytes: 9, hash: 9, extra };

  it('stops the start: with the members of the first one, two majorities might not meet', () => {
    const recover =
      (store: Store): Store['recover'] =>
      (done) =>
        store.recover((fault, recovered) => {
          done(fault, recovered && { ...recovered, snapshot: info });
        });
    const loadSnapshot = (): void => undefined; // It takes its time.
    const wrap = (store: Store) => {
      return { ...methodsOf(store), recover: recover(store), loadSnapshot };
    };
    const held = new HeldReplica({ wrap, log: [1] }).start();
    expect(held.faultCodes).to.deep.equal(['ERR_UNKNOWN_ENTRY']);
    expect(held.role).to.equal('failed');
  });
});

describe('after a fault', () => {
  it('nothing leaves that waited for the disk', () => {
    const held = new HeldReplica().start();
    held.disk.failNextSync = true;
    held.receive(requestVote()).settle();
    expect(held.take()).to.deep.equal([]);
  });

  it('nothing is heard and no timer fires', () => {
    const held = new HeldReplica({ wrap: broken({ sync: boom }) }).start();
    held.receive(requestVote());
    held.receive(appendEntries({ term: 7 }), requestVote({ term: 8 }));
    held.pass(10_000).settle();
    expect(held.take()).to.deep.equal([]);
    expect(held.faults).to.have.length(1);
  });

  it('clients are answered: what was accepted is unknown, what comes is refused', () => {
    const held = new HeldReplica().start().elect().settle();
    held.submit({ id: 1, op: 'open' }).turn();
    held.disk.failNextSync = true;
    held.settle();
    expect(held.faultCodes).to.deep.equal(['ERR_STORAGE_IO']);
    held.submit({ id: 2, op: 'open' }).settle();
    const outcomes = held.answers.map((answer) => 'outcome' in answer && answer.outcome);
    expect(outcomes).to.deep.equal(['unknown', 'not-applied']);
  });
});
