/**
 * The predecessor's defects that lost data or elected two leaders (S in its audit), a test each that
 * fails where the defect is present. Those of liveness are liveness-defects.test.ts; rows D of
 * README.md say where the rest is made impossible.
 */
import { expect } from 'chai';
import type { Message } from '../../machines/messages.ts';
import { replicatorMachine } from '../../machines/replicator.machine.ts';
import { createStepper } from '../../simulation/stepper.ts';
import { ScenarioCluster } from '../support/scenario-cluster.ts';
import {
  aCandidate,
  aFollower,
  aLeader,
  appendEntries,
  appendReply,
  back,
  current,
  logOf,
  matched,
  persisted,
  persists,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
  wide,
} from '../support/step.ts';

const five = ['a', 'b', 'c', 'd', 'e'];

describe('acceptance: defects of safety', () => {
  it('D2 a delayed AppendEntries or a heartbeat from further back truncates nothing', () => {
    const delayed = appendEntries({ prev: [0, 0], entries: [1], last: 3 });
    const fromFurtherBack = appendEntries({ prev: [1, 1], last: 3 });
    for (const commitIndex of [0, 3]) {
      const follower = aFollower({ log: [1, 1, 1], leader: 'b', commitIndex });
      const [after] = step(follower, delayed, fromFurtherBack);
      expect(roleOf(after)).to.equal('follower.fresh');
      expect(termsOf(after.context.log)).to.deep.equal([1, 1, 1]);
      expect(after.context.commitIndex).to.equal(commitIndex);
    }
  });

  it('D2 a committed entry is never replaced: the server stops instead', () => {
    const follower = aFollower({ term: 2, log: [1, 1], leader: 'b', commitIndex: 2 });
    const [after] = step(follower, appendEntries({ term: 2, prev: [1, 1], entries: [2] }));
    expect(roleOf(after)).to.equal('failed');
    expect(after.context.fault?.code).to.equal('ERR_COMMITTED_OVERWRITTEN');
    expect(termsOf(after.context.log)).to.deep.equal([1, 1]);
  });

  it('D4 two votes of five elect nobody', () => {
    const [after] = step(aCandidate({ voters: five }), voteReply({ from: 'a' }), voteReply());
    expect(roleOf(after)).to.equal('candidate');
  });

  it('D4 the votes of strangers do not count', () => {
    const strangers = ['x', 'y', 'z'].map((from) => voteReply({ from }));
    const [after] = step(aCandidate(), voteReply({ from: 'a' }), ...strangers);
    expect(roleOf(after)).to.equal('candidate');
  });

  it('D4 the acknowledgements of strangers do not commit', () => {
    const leader = aLeader({ voters: five });
    const own = persisted({ write: leader.context.writes, lastIndex: 1, lastTerm: 1 });
    const [after, effects] = step(
      leader,
      own,
      matched({ peer: 'b', matchIndex: 1 }),
      appendReply({ from: 'x', matchIndex: 1 }),
    );
    expect(after.context.commitIndex).to.equal(0);
    expect(after.context.peers).to.have.all.keys('b', 'c', 'd', 'e');
    expect(effects).to.deep.equal([]);
  });

  it('D6 a leader that steps down has the new term and no vote on disk before it answers', () => {
    const [after, effects] = step(aLeader({ log: [1] }), appendEntries({ term: 7, entries: [1] }));
    expect(roleOf(after)).to.equal('follower.fresh');
    const vote = effects.findIndex((effect) => 'persist' in effect);
    const answer = effects.findIndex((effect) => 'send' in effect);
    expect(effects[vote]).to.deep.equal(
      persists({ kind: 'vote', write: after.context.writes, term: 7, votedFor: null }),
    );
    expect(vote).to.be.lessThan(answer);
    expect(effects[answer]).to.deep.equal(
      sends('log', appendReply({ ...back, term: 7, matchIndex: 1 })),
    );
  });

  it('D6 a candidate that steps down answers the rival that made it', () => {
    const [after, effects] = step(aCandidate({ term: 2 }), requestVote({ term: 9 }));
    expect(after.context).to.deep.include({ currentTerm: 9, votedFor: 'b' });
    expect(effects).to.deep.include(sends('term', voteReply({ ...back, term: 9 })));
  });

  it('D7 a candidate adopts the higher term of a refusal', () => {
    const refusal = voteReply({ term: 8, voteGranted: false });
    const [after] = step(aCandidate({ term: 2 }), refusal);
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(after.context).to.deep.include({ currentTerm: 8, votedFor: null });
  });

  it('D7 a leader hears no reply of an older term', () => {
    const leader = aLeader({ term: 3 });
    const [after, effects] = step(leader, appendReply({ term: 2, matchIndex: 1 }));
    expect(after.context).to.equal(leader.context);
    expect(effects).to.deep.equal([sends('term')]);
  });

  it('D7 matchIndex never goes back, however replies are reordered', () => {
    const input = {
      ...{ id: 'a', peer: 'b', term: 1, log: logOf([1, 1, 1]), commitIndex: 0, round: 0 },
      window: wide,
    };
    const replicators = createStepper(replicatorMachine, input);
    let [snapshot] = replicators.start(input);
    for (const matchIndex of [3, 1, 2]) {
      [snapshot] = replicators.step(snapshot, current(appendReply({ matchIndex })));
    }
    expect(snapshot.context).to.deep.include({ matchIndex: 3, nextIndex: 4 });
  });

  it('D9 commits are applied without a gap, and a lower commit index re-applies nothing', () => {
    const follower = aFollower({ log: [1, 1, 1], leader: 'b', commitIndex: 3 });
    const [after, effects] = step(follower, appendEntries({ prev: [3, 1], commit: 1 }));
    expect(after.context.commitIndex).to.equal(3);
    const applied = effects.flatMap((effect) => ('apply' in effect ? [effect.apply] : []));
    expect(applied).to.deep.equal([{ commitIndex: 3 }]);
  });

  it('D19 every message, in every role, is heard without a crash', () => {
    const messages: readonly Message[] = [2, 3].flatMap((term) => [
      appendReply({ from: 'n2', to: 'n1', term }),
      requestVote({ from: 'n2', to: 'n1', term }),
      voteReply({ from: 'n2', to: 'n1', term, voteGranted: false }),
      {
        ...requestVote({ from: 'n2', to: 'n1', term }),
        type: 'rpc.preVote',
        campaignTerm: term + 1,
      },
      {
        ...voteReply({ from: 'n2', to: 'n1', term }),
        type: 'rpc.preVoteReply',
        campaignTerm: term,
      },
    ]);
    for (const arrange of [
      () => undefined,
      (cluster: ScenarioCluster) => cluster.campaign('n1'),
      (cluster: ScenarioCluster) => cluster.establish('n1'),
      (cluster: ScenarioCluster) => cluster.establish('n2'),
    ]) {
      for (const message of messages) {
        const cluster = new ScenarioCluster(['n1', 'n2', 'n3']);
        cluster.start();
        arrange(cluster);
        cluster.server('n1').step((replica) => replica.receive(message));
        expect(cluster.context('n1').fault, message.type).to.equal(null);
        expect(cluster.context('n1').currentTerm).to.be.at.least(0);
      }
    }
  });

  it('D28 a refusal of an unknown follower changes nothing and crashes nothing', () => {
    const leader = aLeader();
    const [after, effects] = step(
      leader,
      appendReply({ from: 'x', success: false, refusedIndex: 1 }),
    );
    expect(after.context).to.equal(leader.context);
    expect(effects).to.deep.equal([]);
  });

  it('D29 a role is a state: whoever wins is in `leader`, and whoever led is in it no more', () => {
    const cluster = new ScenarioCluster(['n1', 'n2', 'n3']);
    cluster.start();
    const leaders = () => ['n1', 'n2', 'n3'].filter((id) => cluster.role(id).startsWith('leader'));
    cluster.establish('n1');
    expect(leaders()).to.deep.equal(['n1']);
    cluster.establish('n2');
    expect(leaders()).to.deep.equal(['n2']);
    for (const id of leaders()) expect(cluster.context(id)).to.deep.include({ leader: id });
  });
});
