/** A snapshot that a peer is being given stays open for it, and no longer (§7). */
import { expect } from 'chai';
import { HeldReplica, methodsOf } from '../support/held-replica.ts';
import { appendRefusal } from '../support/step.ts';

/** Leads alone; `b`, which learns, asks for what only the snapshot has, and is open for it. */
function aLeaderThatSends() {
  const open = { count: 0 };
  const held = new HeldReplica({
    voters: ['a'],
    limits: { snapshotEntries: 3, snapshotGrowth: 0, retainedEntries: 0 },
    wrap: (store) => ({
      ...methodsOf(store),
      openSnapshot: () => {
        const source = store.openSnapshot();
        if (source === null) return null;
        open.count += 1;
        return {
          info: source.info,
          read: (offset, maxBytes, done) => source.read(offset, maxBytes, done),
          close: () => {
            open.count -= 1;
            source.close();
          },
        };
      },
    }),
  }).start();
  while (held.role !== 'leader') held.pass(50).settle();
  for (let id = 1; id <= 5; id += 1) held.submit({ id, op: 'open' }).settle();
  change(held, { learners: ['b'] });
  const { currentTerm: term, log } = held.context;
  const refused = { term, refusedIndex: log.lastIndex - 1 };
  held.receive(appendRefusal({ ...refused, from: 'b' })).settle();
  expect(open.count).to.equal(1);
  return { held, open };
}

function change(held: HeldReplica, asked: { learners?: string[]; removed?: string[] }): void {
  const none = { voters: [], learners: [], removed: [], addresses: {} };
  const expected = held.replica.members.index;
  held.submit({ id: 7, op: 'change', expected, ...none, ...asked }).settle();
}

describe('a snapshot that is being sent', () => {
  it('is closed when its peer is removed, so that the file of an old one can go', () => {
    const { held, open } = aLeaderThatSends();
    change(held, { removed: ['b'] });
    expect(held.answers.at(-1)).to.include({ id: 7, ok: true });
    expect(open.count).to.equal(0);
  });

  it('is closed when leadership ends', () => {
    const { held, open } = aLeaderThatSends();
    held.receive(appendRefusal({ from: 'b', term: held.context.currentTerm + 1 })).settle();
    expect(held.role).not.to.equal('leader');
    expect(open.count).to.equal(0);
  });
});
