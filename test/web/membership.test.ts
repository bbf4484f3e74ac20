/** Who is a member, who leads, and whether a majority is there, as the page reads it from the streams. */
import { expect } from 'chai';
import { healthOf, leaderOf } from '../../apps/web/model/facts.ts';
import { Membership } from '../../apps/web/model/membership.ts';
import { aServer, members } from './facts.ts';

const three = members(['n1', 'n2', 'n3']);

/** What is known after each of these was the leader's configuration for a moment. */
function after(...configurations: readonly ReturnType<typeof members>[]): Membership {
  const membership = new Membership();
  for (const [at, configuration] of configurations.entries()) {
    membership.take([aServer('n1', { role: 'leader', members: configuration })], at);
  }
  return membership;
}

describe('web: who takes part', () => {
  it('is unknown until a server was heard that knows', () => {
    const membership = new Membership();
    membership.take([aServer('n1'), aServer('n2', { live: false, members: three })], 0);
    expect([membership.shown(0), membership.partOf('n1')]).to.deep.equal([null, 'unknown']);
  });

  it('is what the leader says, however long the log of another', () => {
    const membership = new Membership();
    const older = aServer('n2', { lastIndex: 9, members: members(['n1', 'n2']) });
    membership.take([older, aServer('n1', { role: 'leader', term: 2, members: three })], 0);
    expect(membership.members).to.deep.equal(three);
  });

  it('§5.4.1 is what the log of the latest term says while nobody leads', () => {
    const membership = new Membership();
    const longer = aServer('n2', { lastTerm: 1, lastIndex: 9, members: members(['n1', 'n2']) });
    membership.take([longer, aServer('n3', { lastTerm: 2, lastIndex: 3, members: three })], 0);
    expect(membership.members).to.deep.equal(three);
  });

  it('tells a learner from a voter, and the voters of one configuration from those of both', () => {
    const learning = after(members(['n1'], { learners: ['n4'] }));
    expect([learning.partOf('n1'), learning.partOf('n4')]).to.deep.equal(['voter', 'learner']);
    const joint = after(members(['n1', 'n4'], { outgoing: ['n1', 'n3'] }));
    const parts = ['n1', 'n3', 'n4', 'n5'].map((id) => joint.partOf(id));
    expect(parts).to.deep.equal(['voter', 'outgoing', 'incoming', 'removed']);
  });

  it('shows a joint configuration as long as it lasts', () => {
    const joint = after(three, members(['n1', 'n2', 'n4'], { outgoing: ['n1', 'n2', 'n3'] }));
    joint.take([], 60_000);
    expect(joint.change).to.include({ state: 'joint' });
    expect(joint.change?.old).to.deep.equal(['n1', 'n2', 'n3']);
    expect(joint.change?.new).to.deep.equal(['n1', 'n2', 'n4']);
  });

  it('shows one that was over before it was seen for some seconds, and says that it is over', () => {
    const changed = after(three, members(['n1', 'n2', 'n3', 'n4']));
    expect(changed.change).to.include({ state: 'done' });
    expect(changed.change?.old).to.deep.equal(['n1', 'n2', 'n3']);
    changed.take([], 10_000);
    expect(changed.change).to.equal(null);
  });

  it('§5.3 says of a change that another leader’s log replaced that it was undone', () => {
    const joint = members(['n1', 'n2', 'n4'], { outgoing: ['n1', 'n2', 'n3'] });
    const undone = after(three, joint, three);
    expect(undone.change).to.include({ state: 'undone' });
    expect(undone.change?.new).to.deep.equal(['n1', 'n2', 'n4']);
  });

  it('takes a new learner, or one that leaves, for no change of voters', () => {
    const changed = after(three, members(three.voters, { learners: ['n4'] }), three);
    expect(changed.change).to.equal(null);
    expect(changed.removed).to.deep.equal(['n4']);
  });

  it('keeps a removed server in its place for some seconds, and its name longer', () => {
    const membership = after(three, members(['n1', 'n2']));
    expect(membership.shown(5_000)).to.deep.equal(['n1', 'n2', 'n3']);
    expect(membership.shown(50_000)).to.deep.equal(['n1', 'n2']);
    expect(membership.removed).to.deep.equal(['n3']);
  });

  it('has a server back whose removal was undone', () => {
    const membership = after(three, members(['n1', 'n2']), three);
    expect(membership.removed).to.deep.equal([]);
    expect(membership.shown(50_000)).to.deep.equal(['n1', 'n2', 'n3']);
  });
});

describe('web: who leads and whether it goes well', () => {
  it('after a partition names the leader of the highest term', () => {
    const all = [
      aServer('n1', { role: 'leader', term: 3 }),
      aServer('n2', { role: 'leader', term: 4 }),
    ];
    expect(leaderOf(all)?.id).to.equal('n2');
  });

  it('does not take the last word of a dead leader for the present', () => {
    const all = [aServer('n1', { role: 'leader', live: false }), aServer('n2'), aServer('n3')];
    expect(leaderOf(all)).to.equal(null);
    expect(healthOf(all, members(['n1', 'n2', 'n3']))).to.deep.equal({
      health: 'noLeader',
      up: 2,
      total: 3,
    });
  });

  it('does not count a server that is cut off: it is there, and knows no leader', () => {
    const leader = aServer('n1', { role: 'leader', term: 2 });
    const all = [leader, aServer('n2', { leader: 'n1' }), aServer('n3', { role: 'preCandidate' })];
    expect(healthOf(all, members(['n1', 'n2', 'n3']))).to.deep.equal({
      health: 'degraded',
      up: 2,
      total: 3,
    });
  });

  it('counts servers that were never met: one of two that are heard is no majority of four', () => {
    const all = [aServer('n1', { role: 'leader' }), aServer('n2', { leader: 'n1' })];
    expect(healthOf(all, members(['n1', 'n2', 'n3', 'n4'])).health).to.equal('noQuorum');
    expect(healthOf(all, members(['n1', 'n2', 'n3'])).health).to.equal('degraded');
    expect(healthOf(all, members(['n1', 'n2'])).health).to.equal('healthy');
  });

  it('§6 wants a majority of the old voters and one of the new, and asks no learner', () => {
    const all = ['n1', 'n2', 'n5', 'n6'].map((id) => aServer(id, { leader: 'n1' }));
    const joint = members(['n1', 'n5', 'n6'], { outgoing: ['n1', 'n2', 'n3'] });
    expect(healthOf(all, joint)).to.deep.equal({ health: 'noLeader', up: 4, total: 5 });
    const fewOfNew = members(['n1', 'n7', 'n8'], { outgoing: ['n1', 'n2', 'n5'] });
    expect(healthOf(all, fewOfNew).health).to.equal('noQuorum');
    const learning = members(['n1', 'n2'], { learners: ['n9'] });
    expect(healthOf(all, learning)).to.deep.equal({ health: 'noLeader', up: 2, total: 2 });
  });
});
