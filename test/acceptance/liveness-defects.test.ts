/**
 * The predecessor's defects after which a cluster stood still (L in its audit), a test each that
 * fails where the defect is present. Rows D of README.md say where the rest is made impossible.
 */
import { expect } from 'chai';
import type { AppendEntries } from '../../machines/messages.ts';
import type { Lines } from '../../storage/store.ts';
import { ScenarioCluster } from '../support/scenario-cluster.ts';
import { termsIn } from '../support/scenario-text.ts';
import {
  aCandidate,
  aFollower,
  appendEntries,
  appendReply,
  arms,
  back,
  cancels,
  requestVote,
  roleOf,
  sends,
  step,
  voteReply,
} from '../support/step.ts';

const three = ['n1', 'n2', 'n3'];
const five = ['n1', 'n2', 'n3', 'n4', 'n5'];

describe('acceptance: defects of liveness', () => {
  it('D1 survivors that both voted for the dead leader elect another one', () => {
    const cluster = new ScenarioCluster(three);
    cluster.start();
    cluster.establish('n1');
    expect([cluster.context('n2').votedFor, cluster.context('n3').votedFor]).to.deep.equal([
      'n1',
      'n1',
    ]);
    cluster.crash('n1');
    cluster.elect('n2');
    expect(cluster.role('n2')).to.equal('leader(opening)');
  });

  it('D1 a voter that refuses adopts the higher term all the same', () => {
    const [after, effects] = step(aFollower({ log: [1] }), requestVote({ term: 6 }));
    expect(after.context).to.deep.include({ currentTerm: 6, votedFor: null });
    expect(effects).to.deep.include(
      sends('term', voteReply({ ...back, term: 6, voteGranted: false })),
    );
  });

  for (const [voters, down] of [
    [three, ['n3']],
    [five, ['n4', 'n5']],
  ] as const) {
    it(`D3 of ${voters.length} servers ${down.length} may be down, and writes go on`, () => {
      const cluster = new ScenarioCluster(voters);
      cluster.start();
      cluster.establish('n1', 'c');
      for (const id of down) cluster.kill(id);
      cluster.clients.put('c', 'n1', 'x', '1');
      cluster.settle();
      expect(cluster.clients.named('c').answers.at(-1)).to.deep.include({ ok: true, index: 3 });
    });
  }

  it('D5 a leaderCommit below its own stops no follower from acknowledging', () => {
    const follower = aFollower({ log: [1, 1], leader: 'b', commitIndex: 2 });
    const [after, effects] = step(
      follower,
      appendEntries({ term: 2, prev: [2, 1], entries: [2], commit: 0 }),
    );
    expect(after.context.commitIndex).to.equal(2);
    expect(effects).to.deep.include(sends('log', appendReply({ ...back, term: 2, matchIndex: 3 })));
  });

  it('D10 AppendEntries that fail the log check put off the election all the same', () => {
    const [after, effects] = step(aFollower(), appendEntries({ prev: [9, 1] }));
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(effects).to.deep.include.members([
      cancels('electionTimeout', 'role.follower.contact.leaderless'),
      arms('freshness', 'role.follower.contact.fresh'),
    ]);
  });

  it('D11 the timers of a role end with it, whichever way it is left', () => {
    const cancelled = cancels('electionTimeout', 'role.candidate');
    const candidate = aCandidate({ term: 2 });
    expect(step(candidate, appendEntries({ term: 2 }))[1]).to.deep.include(cancelled);
    expect(step(candidate, requestVote({ term: 5 }))[1]).to.deep.include(cancelled);
    const votes = ['a', 'b'].map((from) => voteReply({ from, term: 2 }));
    const [leader, effects] = step(candidate, ...votes);
    expect(roleOf(leader)).to.equal('leader');
    expect(effects).to.deep.include(cancelled);
  });

  it('D16 a follower that lacks much gets it in bounded frames, and heartbeats carry none of it', () => {
    const maxFrameBytes = 500;
    const cluster = new ScenarioCluster(three, { limits: { maxFrameBytes } });
    const terms = Array.from({ length: 200 }, () => 1);
    cluster.server('n1').prepare({ term: 1, votedFor: null, trust: 'proven' }, terms);
    cluster.start();
    cluster.elect('n1');
    const sizes = () =>
      (cluster.network.underWay({ name: 'AppendEntries' }) as AppendEntries[]).map(
        ({ payload }) => (payload as Lines).bytes.length,
      );
    cluster.server('n1').fire('heartbeat');
    expect(sizes()).to.deep.equal([0, 0, 0, 0]);
    let frames = 0;
    for (let i = 0; i < 1_000 && cluster.network.underWay().length > 0; i += 1) {
      for (const size of sizes()) {
        expect(size).to.be.at.most(maxFrameBytes);
        frames += size > 0 ? 1 : 0;
      }
      cluster.deliver();
    }
    expect(frames).to.be.greaterThan(10);
    for (const id of ['n2', 'n3']) {
      expect(termsIn(cluster.context(id).log)).to.deep.equal([...terms, 2]);
    }
  });

  it('D17 a single server elects itself, commits, and answers', () => {
    const cluster = new ScenarioCluster(['n1']);
    cluster.start();
    cluster.campaign('n1');
    expect(cluster.role('n1')).to.equal('leader(open)');
    cluster.clients.open('c', 'n1');
    cluster.clients.put('c', 'n1', 'x', '1');
    cluster.clients.get('c', 'n1', 'x');
    const { answers } = cluster.clients.named('c');
    expect(answers.map((answer) => answer.ok)).to.deep.equal([true, true, true]);
    expect(answers.at(-1)).to.deep.include({ result: { value: { json: '1' }, revision: 3 } });
  });

  it('D17 a single server acknowledges nothing before its disk has it', () => {
    const cluster = new ScenarioCluster(['n1']);
    cluster.start();
    cluster.campaign('n1');
    cluster.server('n1').disk.stall();
    cluster.clients.open('c', 'n1');
    expect(cluster.clients.named('c').answers).to.deep.equal([]);
    cluster.server('n1').unstall();
    expect(cluster.clients.named('c').answers).to.have.length(1);
  });

  it('D24 votes that the network lost are asked for again', () => {
    const cluster = new ScenarioCluster(three);
    cluster.start();
    cluster.campaign('n1');
    cluster.network.lose();
    cluster.server('n1').fire('electionTimeout');
    cluster.settle();
    expect(cluster.role('n1')).to.equal('leader(open)');
  });

  it('D30 every command that a leader took is answered, with what is known, when it steps down', () => {
    const cluster = new ScenarioCluster(three);
    cluster.start();
    cluster.establish('n1', 'c');
    cluster.network.isolate('n1');
    cluster.clients.put('c', 'n1', 'x', '1');
    cluster.server('n1').fire('quorumCheck');
    cluster.server('n1').fire('quorumCheck');
    expect(cluster.role('n1')).to.equal('follower(leaderless)');
    expect(cluster.server('n1').replica.pendingCount).to.equal(0);
    const last = cluster.clients.named('c').answers.at(-1);
    expect(last).to.deep.include({ ok: false, code: 'ERR_LEADER_LOST', outcome: 'unknown' });
    // And it takes no more: nobody waits for ever at a leader that leads nobody.
    cluster.clients.put('c', 'n1', 'x', '2');
    expect(cluster.clients.named('c').answers.at(-1)).to.deep.include({ code: 'ERR_NOT_LEADER' });
  });
});
