/** §5.1, Raft basics: states and terms. */
import { expect } from 'chai';
import { serverMachine } from '../../machines/server.machine.ts';
import { PureCluster } from '../support/pure-cluster.ts';
import {
  aCandidate,
  aFollower,
  aLeader,
  aPreCandidate,
  appendEntries,
  appendRefusal,
  appendReply,
  back,
  command,
  fire,
  persists,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  voteReply,
  withoutTimers,
} from '../support/step.ts';
import { paper } from './sentences.ts';

describe('§5.1 Raft basics', () => {
  paper('5.1-1', () => {
    // The paper's three; a canvass before the candidacy; what a disk and an operator can do to it.
    const { role } = serverMachine.states;
    expect(Object.keys(role?.states ?? {})).to.have.members([
      ...['follower', 'preCandidate', 'candidate', 'leader'],
      ...['recovering', 'installing', 'failed', 'stopped'],
    ]);
    expect(role?.type).to.equal('compound'); // One at a time.
  });

  paper('5.1-2', () => {
    const silent = [
      step(aFollower({ leader: 'b' }), fire('freshness', 'role.follower.contact.fresh'))[1],
      step(aFollower({ leader: 'b' }), { type: 'link.closed', peer: 'b' })[1],
    ];
    expect(silent.map(withoutTimers)).to.deep.equal([[], []]);
    expect(step(aFollower(), appendEntries())[1]).to.deep.include(
      sends('term', appendReply({ ...back })),
    );
    expect(step(aFollower(), requestVote())[1]).to.deep.include(
      sends('term', voteReply({ ...back })),
    );
  });

  paper('5.1-3', () => {
    expect(step(aFollower({ leader: 'b' }), command(1))[1]).to.deep.equal([
      replies({ kind: 'refused', batch: 1, leader: 'b' }),
    ]);
    expect(step(aLeader(), command(1))[1]).to.deep.include(
      replies({ kind: 'accepted', batch: 1, firstIndex: 2, term: 1 }),
    );
  });

  paper('5.1-4', () => {
    for (const term of [1, 2, 7]) {
      expect(aPreCandidate({ term }).context.currentTerm).to.equal(term);
      expect(aCandidate({ term: term + 1 }).context.currentTerm).to.equal(term + 1);
    }
  });

  paper('5.1-5', () => {
    // a and e campaign in the same term; whatever is delivered in whatever order, one wins.
    const cluster = new PureCluster(1, { a: [], b: [], c: [], d: [], e: [] });
    const promise = (id: string) => {
      for (const from of ['b', 'c']) {
        cluster.hear(id, {
          ...{ type: 'rpc.preVoteReply', from, to: id, term: 1, campaignTerm: 2 },
          voteGranted: true,
        });
      }
    };
    for (const id of ['a', 'e']) cluster.campaign(id);
    for (const id of ['a', 'e']) promise(id);
    expect(['a', 'e'].map((id) => cluster.role(id))).to.deep.equal(['candidate', 'candidate']);
    cluster.settle();
    const leaders = ['a', 'b', 'c', 'd', 'e'].filter((id) => cluster.role(id) === 'leader');
    expect(leaders).to.deep.equal(['a']);
    expect(cluster.role('e')).to.equal('follower.fresh');
  });

  paper('5.1-6', () => {
    const messages = [
      appendEntries({ term: 3 }),
      requestVote({ term: 2 }),
      appendReply({ term: 1 }),
      voteReply({ term: 5 }),
      appendEntries({ term: 4 }),
    ];
    const terms: number[] = [];
    let server = aFollower({ term: 3 });
    for (const message of messages) {
      [server] = step(server, message);
      terms.push(server.context.currentTerm);
    }
    expect(terms).to.deep.equal([3, 3, 3, 5, 5]);
  });

  paper('5.1-7', () => {
    const [after, effects] = step(aFollower({ term: 3 }), appendRefusal({ term: 9 }));
    expect(after.context.currentTerm).to.equal(9);
    expect(withoutTimers(effects)).to.deep.equal([
      persists({ kind: 'vote', write: 1, term: 9, votedFor: null }),
    ]);
    // And the other way round: who is behind learns it from the refusal.
    expect(step(aFollower({ term: 3 }), requestVote({ term: 2 }))[1]).to.deep.equal([
      sends('term', voteReply({ ...back, term: 3, voteGranted: false })),
    ]);
  });

  paper('5.1-8', () => {
    for (const server of [
      aPreCandidate({ term: 3 }),
      aCandidate({ term: 3 }),
      aLeader({ term: 3 }),
    ]) {
      const [after] = step(server, appendRefusal({ term: 4 }));
      expect(roleOf(after)).to.equal('follower.leaderless');
    }
  });

  paper('5.1-9', () => {
    const about = { term: 3, refusedIndex: 1 };
    expect(step(aLeader({ term: 3 }), appendEntries({ term: 2, prev: [1, 1] }))[1]).to.deep.equal([
      sends('term', appendRefusal({ ...back, ...about })),
    ]);
    expect(step(aFollower({ term: 3 }), requestVote({ term: 2 }))[1]).to.deep.equal([
      sends('term', voteReply({ ...back, term: 3, voteGranted: false })),
    ]);
  });
});
