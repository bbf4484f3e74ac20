/**
 * Acceptance, leaders and what they know of their peers: rows LEAD of README.md, with what they hid
 * set right: the leader counts itself, and steps down with the term and an answer.
 */
import { expect } from 'chai';
import { nothingKnown } from '../../machines/roles/leading.ts';
import { replicatorMachine } from '../../machines/replicator.machine.ts';
import { createStepper, timerEvent, type Effect } from '../../simulation/stepper.ts';
import {
  aCandidate,
  aLeader,
  appendEntries,
  appendRefusal,
  appendReply,
  applies,
  back,
  command,
  current,
  fire,
  logOf,
  matched,
  persisted,
  persists,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
  wide,
} from '../support/step.ts';

/** A leader's replicator to b, just spawned, before the no-op. */
const input = {
  ...{ id: 'a', peer: 'b', term: 3, log: logOf([1, 1, 2]), commitIndex: 1, round: 0 },
  window: wide,
};
const replicators = createStepper(replicatorMachine, input);
const replicator = () => replicators.start(input);
const sentBy = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => ('sendAppend' in effect ? [effect.sendAppend] : []));
const timersOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => ('timer' in effect ? [effect.timer] : []));
const spawnedBy = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => ('spawn' in effect ? [effect.spawn] : []));
const heartbeat = 'xstate.after.heartbeat.replicator.pulse.beating';

describe('acceptance: leader', () => {
  it('LEAD1 spawns a replicator for each peer, with a heartbeat timer each', () => {
    const five = ['a', 'b', 'c', 'd', 'e'];
    const effects = electedWith(five);
    expect(spawnedBy(effects)).to.deep.equal(five.slice(1).map((peer) => `replicator.${peer}`));
    expect(timersOf(replicator()[1])).to.deep.equal([heartbeat]);
  });

  it('LEAD2 begins to send at its last index + 1', () => {
    expect(replicator()[0].context.nextIndex).to.equal(4);
  });

  it('LEAD3 knows of no match when it begins', () => {
    expect(replicator()[0].context.matchIndex).to.equal(0);
    expect(aLeader().context.peers).to.deep.equal({
      b: nothingKnown,
      c: nothingKnown,
    });
  });

  it('LEAD4 sends an empty AppendEntries with its term and name at once', () => {
    const [first] = sentBy(replicator()[1]);
    expect(first).to.deep.include({ from: 'a', to: 'b', term: 3, prevLogIndex: 3, lastIndex: 3 });
  });

  it('LEAD5 goes on behind what a peer confirmed', () => {
    const reply = current(appendReply({ term: 3, matchIndex: 3 }));
    const [after] = replicators.step(replicator()[0], reply);
    expect(after.context).to.deep.include({ matchIndex: 3, nextIndex: 4 });
  });

  it('LEAD6 goes back when a peer refuses, by its hint, and asks again at once', () => {
    const refusal = { refusedIndex: 3, hintIndex: 2, hintTerm: 1 };
    const [after, effects] = replicators.step(
      replicator()[0],
      current(appendRefusal({ term: 3, ...refusal })),
    );
    expect(after.context.nextIndex).to.equal(3);
    expect(sentBy(effects)).to.have.length(1);
    expect(sentBy(effects)[0]).to.deep.include({ prevLogIndex: 2, prevLogTerm: 1 });
  });

  it('LEAD7 appends a command in its own term, and wakes the replicator of every peer', () => {
    const [after, effects] = step(aLeader({ term: 2 }), command(7));
    const { lastIndex } = after.context.log;
    expect(termsOf(after.context.log)).to.deep.equal([2, 2]);
    expect(effects).to.deep.include.members([
      persists({
        ...{ kind: 'proposed', write: after.context.writes, payload: 'commands' },
        ...{ firstIndex: lastIndex, lastIndex, term: 2 },
      }),
      replies({ kind: 'accepted', batch: 7, firstIndex: lastIndex, term: 2 }),
    ]);
    const told = effects.flatMap((effect) => ('tell' in effect ? [effect.tell] : []));
    expect(told).to.deep.equal(['replicator.b', 'replicator.c']);
  });

  it('LEAD8 commits what both followers have, in its own term', () => {
    const [after, effects] = step(
      aLeader(),
      matched({ peer: 'b', matchIndex: 1 }),
      matched({ peer: 'c', matchIndex: 1 }),
    );
    expect(after.context.commitIndex).to.equal(1);
    expect(effects).to.deep.include(applies(1));
  });

  it('LEAD9 does not commit an entry of an older term, though all have it', () => {
    const leader = aLeader({ term: 3, log: [1, 2] });
    const [after] = step(
      leader,
      matched({ peer: 'b', term: 3, matchIndex: 2 }),
      matched({ peer: 'c', term: 3, matchIndex: 2 }),
    );
    expect(after.context.commitIndex).to.equal(0);
  });

  it('LEAD10 commits with one follower of three: its own disk makes the majority', () => {
    const leader = aLeader();
    const [alone] = step(
      leader,
      persisted({ write: leader.context.writes, lastIndex: 1, lastTerm: 1 }),
    );
    expect(alone.context.commitIndex).to.equal(0);
    expect(step(alone, matched({ matchIndex: 1 }))[0].context.commitIndex).to.equal(1);
  });

  it('LEAD11 follows a leader of a higher term, adopts it, and answers', () => {
    const [after, effects] = step(aLeader(), appendEntries({ term: 4 }));
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(after.context).to.deep.include({ currentTerm: 4, votedFor: null, leader: 'b' });
    expect(effects).to.deep.include(sends('term', appendReply({ ...back, term: 4 })));
  });

  it('LEAD12 steps down at the higher term of a reply', () => {
    const [after, effects] = step(aLeader(), appendRefusal({ term: 4, refusedIndex: 1 }));
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(after.context).to.deep.include({ currentTerm: 4, votedFor: null });
    expect(effects).to.deep.include.members([
      { stop: 'replicator.b' },
      { stop: 'replicator.c' },
      replies({ kind: 'abandoned', leader: null }),
    ]);
  });

  it('LEAD13 is not deposed by a candidate while it leads (thesis §4.2.3), only by its majority', () => {
    const leader = aLeader();
    const [after, effects] = step(leader, requestVote({ term: 4 }));
    expect(after.context).to.equal(leader.context);
    expect(effects).to.deep.equal([]);
    const [deposed] = step(leader, voteReply({ from: 'c', term: 4, voteGranted: false }));
    expect(deposed.context.currentTerm).to.equal(4);
    expect(roleOf(deposed)).to.equal('follower.leaderless');
  });

  it('LEAD14 gives no vote in its own term', () => {
    const leader = aLeader();
    const [after, effects] = step(leader, requestVote());
    expect(after.context.votedFor).to.equal('a');
    expect(effects).to.deep.equal([]);
  });

  it('LEAD15 ignores votes that come late', () => {
    const leader = aLeader();
    const [after, effects] = step(leader, voteReply({ from: 'c' }));
    expect(after.context).to.equal(leader.context);
    expect(effects).to.deep.equal([]);
  });

  it('LEAD16 puts term, name and commitIndex in each heartbeat, and no entries', () => {
    const [, effects] = replicators.step(replicator()[0], timerEvent(heartbeat));
    expect(sentBy(effects)).to.have.length(1);
    expect(sentBy(effects)[0]).to.deep.include({
      ...{ from: 'a', term: 3, leaderCommit: 1, prevLogIndex: 3, lastIndex: 3 },
    });
  });

  it('LEAD17 arms the heartbeat timer anew each time', () => {
    const [once, first] = replicators.step(replicator()[0], timerEvent(heartbeat));
    const [, second] = replicators.step(once, timerEvent(heartbeat));
    expect(timersOf(first)).to.deep.equal([heartbeat]);
    expect(timersOf(second)).to.deep.equal([heartbeat]);
  });

  it('LEAD18 ignores the timers of states that it is not in', () => {
    const leader = aLeader();
    const [after, effects] = step(leader, fire('electionTimeout', 'role.candidate'));
    expect(after.context).to.equal(leader.context);
    expect(effects).to.deep.equal([]);
  });
});

/** What the winning vote of `voters` does. */
function electedWith(voters: readonly string[]): readonly Effect[] {
  const votes = voters.slice(0, 3).map((from) => voteReply({ from }));
  return step(aCandidate({ voters }), ...votes)[1];
}
