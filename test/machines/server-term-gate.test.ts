/** §5.1, the rule of terms: every message passes here before a role hears it. */
import { expect } from 'chai';
import type { Message } from '../../machines/messages.ts';
import {
  aCandidate,
  aFollower,
  aLeader,
  aPreCandidate,
  aRecovering,
  appendEntries,
  appendRefusal,
  appendReply,
  arms,
  back,
  cancels,
  persists,
  preVote,
  preVoteReply,
  requestVote,
  roleOf,
  sends,
  step,
  voteReply,
  withoutTimers,
} from '../support/step.ts';

const inTerm5 = {
  'a follower': aFollower({ term: 5 }),
  'a pre-candidate': aPreCandidate({ term: 5 }),
  'a candidate': aCandidate({ term: 5 }),
  'a leader': aLeader({ term: 5 }),
};
const replies: Message[] = [
  appendReply({ term: 4 }),
  voteReply({ term: 4 }),
  preVoteReply({ term: 4, campaignTerm: 6 }),
];

describe('the term gate: a stale term', () => {
  for (const [who, server] of Object.entries(inTerm5)) {
    it(`${who} refuses an AppendEntries of it, and says its own term`, () => {
      const [after, effects] = step(server, appendEntries({ term: 4, prev: [3, 4], round: 7 }));
      expect(effects).to.deep.equal([
        sends('term', appendRefusal({ ...back, term: 5, refusedIndex: 3, round: 7 })),
      ]);
      expect(after.context).to.deep.equal(server.context);
    });

    it(`${who} hears no reply of it: a vote given to an older candidacy elects nobody`, () => {
      for (const reply of replies) {
        const [after, effects] = step(server, reply);
        expect(effects).to.deep.equal([sends('term')]);
        expect(after.context).to.deep.equal(server.context);
        expect(after.value).to.deep.equal(server.value);
      }
    });
  }

  it('refuses a vote and a pre-vote, with the campaign they ask about', () => {
    const server = aFollower({ term: 5 });
    expect(
      step(server, requestVote({ term: 4, lastLogIndex: 9, lastLogTerm: 4 }))[1],
    ).to.deep.equal([sends('term', voteReply({ ...back, term: 5, voteGranted: false }))]);
    const asked = preVote({ term: 4, campaignTerm: 5, lastLogIndex: 9, lastLogTerm: 4 });
    expect(step(server, asked)[1]).to.deep.equal([
      sends('term', preVoteReply({ ...back, term: 5, campaignTerm: 5, voteGranted: false })),
    ]);
  });
});

describe('the term gate: a higher term', () => {
  it('is adopted and asked of the disk before the message is heard', () => {
    const [after, effects] = step(
      aFollower({ term: 5, votedFor: 'c' }),
      appendEntries({ term: 6 }),
    );
    expect(after.context).to.include({ currentTerm: 6, votedFor: null, leader: 'b' });
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(withoutTimers(effects)).to.deep.equal([
      persists({ kind: 'vote', write: 1, term: 6, votedFor: null }),
      sends('term', appendReply({ ...back, term: 6 })),
      { apply: { commitIndex: 0 } },
    ]);
  });

  it('ends a candidacy, even when a reply brings it', () => {
    const refusal = voteReply({ term: 6, voteGranted: false });
    const [after, effects] = step(aCandidate({ term: 5 }), refusal);
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects).to.deep.equal([
      cancels('electionTimeout', 'role.candidate'),
      persists({ kind: 'vote', write: 2, term: 6, votedFor: null }),
      arms('electionTimeout', 'role.follower.contact.leaderless'),
    ]);
  });

  it('ends leadership: replicators stop, clients are told, the leader is unknown', () => {
    const [after, effects] = step(aLeader({ term: 5 }), appendRefusal({ term: 6 }));
    expect(after.context).to.include({ currentTerm: 6, votedFor: null, leader: null });
    expect(after.children).to.have.all.keys('logWriter', 'snapshotter');
    expect(withoutTimers(effects)).to.deep.equal([
      { stop: 'replicator.b' },
      { stop: 'replicator.c' },
      { reply: { kind: 'abandoned', leader: null } },
      persists({ kind: 'vote', write: 3, term: 6, votedFor: null }),
    ]);
  });

  it('of a candidate whose log is behind is adopted all the same; the vote is not given', () => {
    const server = aFollower({ term: 5, log: [1, 5] });
    const [after, effects] = step(
      server,
      requestVote({ term: 6, lastLogIndex: 9, lastLogTerm: 4 }),
    );
    expect(after.context).to.include({ currentTerm: 6, votedFor: null });
    expect(withoutTimers(effects)).to.deep.equal([
      persists({ kind: 'vote', write: 1, term: 6, votedFor: null }),
      sends('term', voteReply({ ...back, term: 6, voteGranted: false })),
    ]);
  });
});

describe('the term gate: an equal term', () => {
  it('keeps the vote: stepping down within a term forgets nothing (or it would vote twice)', () => {
    const [after] = step(aCandidate({ term: 5 }), appendEntries({ term: 5 }));
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(after.context).to.include({ currentTerm: 5, votedFor: 'a' });
  });
});

describe('the term gate: before the disk has spoken', () => {
  it('hears nobody: it does not know yet what it promised', () => {
    const messages = [
      ...[appendEntries({ term: 9 }), requestVote({ term: 9 }), preVote({ term: 9 })],
      ...replies,
    ];
    for (const message of messages) {
      const [after, effects] = step(aRecovering(), message);
      expect(roleOf(after)).to.equal('recovering');
      expect(effects).to.deep.equal([]);
      expect(after.context.currentTerm).to.equal(0);
    }
  });
});
