/** Changes of members as clients ask for them: a replica alone, which learns of others (§6). */
import { expect } from 'chai';
import type { ClientResponse } from '../../transport/client-protocol.ts';
import { HeldReplica } from '../support/held-replica.ts';

interface Asked {
  readonly voters?: readonly string[];
  readonly learners?: readonly string[];
  readonly removed?: readonly string[];
  readonly addresses?: Readonly<Record<string, string>>;
}

/** A cluster of one that leads and has committed its no-op. */
function alone(): HeldReplica {
  const held = new HeldReplica({ voters: ['a'] }).start();
  while (held.role !== 'leader') held.pass(50).settle();
  return held.settle();
}

function change(held: HeldReplica, asked: Asked, expected = held.replica.members.index): void {
  const none = { voters: [], learners: [], removed: [], addresses: {} };
  held.submit({ id: 7, op: 'change', expected, ...none, ...asked }).settle();
}

const last = (held: HeldReplica): ClientResponse | undefined => held.answers.at(-1);

const code = (held: HeldReplica): string | null => {
  const answer = last(held);
  return answer !== undefined && !answer.ok ? answer.code : null;
};

describe('members', () => {
  it('are listed by the leader, with the entry that says so and whether it is committed', () => {
    const held = alone().submit({ id: 1, op: 'members' });
    const none = { outgoing: {}, learners: {}, removed: [] };
    expect(last(held)).to.deep.equal({
      ...{ id: 1, ok: true, index: 0 },
      result: { committed: true, leader: 'a', voters: { a: '' }, ...none },
    });
    const follower = new HeldReplica().start().submit({ id: 2, op: 'members' });
    expect(code(follower)).to.equal('ERR_NOT_LEADER');
  });

  it('a change is answered when it is committed, with what is then', () => {
    const held = alone();
    change(held, { learners: ['b'], addresses: { b: '127.0.0.1:2' } });
    const members = {
      voters: { a: '' },
      outgoing: {},
      learners: { b: '127.0.0.1:2' },
      removed: [],
    };
    expect(last(held)).to.deep.equal({
      ...{ id: 7, ok: true, index: 2 },
      result: { committed: true, leader: 'a', ...members },
    });
    expect(held.restart().start().replica.members.entry).to.deep.include(members);
  });

  it('a member that has moved gets another address, and nothing else changes', () => {
    const held = alone();
    change(held, { learners: ['b'], addresses: { b: '127.0.0.1:2' } });
    change(held, { learners: ['b'], addresses: { b: '127.0.0.1:3' } });
    expect(held.replica.members.entry.learners).to.deep.equal({ b: '127.0.0.1:3' });
    const { index } = held.replica.members;
    change(held, { learners: ['b'], addresses: { b: '127.0.0.1:3' } });
    expect(held.replica.members.index, 'nothing is written twice').to.equal(index);
  });

  it('compares with the configuration that its asker saw', () => {
    const held = alone();
    change(held, { learners: ['b'] }, 5);
    expect(code(held)).to.equal('ERR_CONFIGURATION_CHANGED');
  });

  it('makes one change at a time', () => {
    const held = alone();
    change(held, { voters: ['b'] });
    change(held, { learners: ['c'] });
    expect(code(held)).to.equal('ERR_CHANGE_IN_PROGRESS');
  });

  it('keeps who is never reached a learner', () => {
    const held = alone();
    change(held, { voters: ['b'], addresses: { b: '127.0.0.1:2' } });
    held.pass(4_500).settle();
    expect(held.answers).to.deep.equal([]);
    held.pass(1_000).settle();
    expect(code(held)).to.equal('ERR_NOT_CAUGHT_UP');
    expect(last(held))
      .to.have.property('message')
      .that.matches(/^b did not catch up/);
    expect(Object.keys(held.replica.members.entry.learners)).to.deep.equal(['b']);
    expect(held.role).to.equal('leader');
    change(held, { learners: ['c'] });
    expect(last(held), 'nothing is in the way of other changes').to.include({ ok: true });
  });

  it('removes no stranger', () => {
    const held = alone();
    change(held, { removed: ['x'] });
    expect(code(held)).to.equal('ERR_UNKNOWN_MEMBER');
  });

  it('makes no voter a learner', () => {
    const held = alone();
    change(held, { learners: ['a'] });
    expect(code(held)).to.equal('ERR_MEMBER_EXISTS');
  });

  it('never takes an id again that was removed (mistake 26)', () => {
    const held = alone();
    change(held, { learners: ['b'] });
    change(held, { removed: ['b'] });
    expect(held.replica.members.entry.removed).to.deep.equal(['b']);
    change(held, { voters: ['b'] });
    expect(code(held)).to.equal('ERR_ID_REUSED');
    change(held.restart().start(), { voters: ['b'] });
    expect(code(held)).to.equal('ERR_ID_REUSED');
  });

  it('keeps a voter', () => {
    const held = alone();
    change(held, { removed: ['a'] });
    expect(code(held)).to.equal('ERR_NO_VOTER_LEFT');
  });

  it('bounds the number of members', () => {
    const held = alone();
    change(held, { learners: 'b c d e f g h i j k'.split(' ') });
    expect(code(held)).to.equal('ERR_TOO_MANY_MEMBERS');
  });

  it('tells the asker that it does not know, when leadership ends before the commit', () => {
    const held = alone();
    change(held, { voters: ['b'] });
    held.receive({
      ...{ type: 'rpc.appendEntriesReply', from: 'b', to: 'a', term: 9, success: false },
      ...{ matchIndex: 0, refusedIndex: 0, hintIndex: 0, hintTerm: 0, round: 0 },
    });
    expect(last(held)).to.deep.include({ code: 'ERR_LEADER_LOST', outcome: 'unknown' });
  });
});
