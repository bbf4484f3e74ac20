/** A leader: it appends, counts, commits, serves reads, and knows when to stop (Figure 2, §8). */
import { expect } from 'chai';
import { lastTerm } from '../../machines/log.ts';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import {
  aCandidate,
  aLeader,
  appendEntries,
  appendReply,
  applies,
  arms,
  cancels,
  command,
  current,
  fire,
  logOf,
  matched,
  persisted,
  persists,
  requestVote,
  roleOf,
  step,
  voteReply,
  wide,
  withoutTimers,
} from '../support/step.ts';

const watching = 'role.leader.quorum.watching';
const read = (batch: number) => ({ type: 'client.read', batch }) as const;
const answer = (from: string, round: number) => appendReply({ from, term: 2, round });
const regions = ({ value }: ServerSnapshot) => (value.role as { leader: object }).leader;

/** What both replicators are told. */
function told(event: object) {
  return [
    { tell: 'replicator.b', event },
    { tell: 'replicator.c', event },
  ];
}

const advanced = (terms: readonly number[], commitIndex: number) => {
  return told({ type: 'leader.advanced', log: logOf(terms), commitIndex });
};

describe('a leader', () => {
  it('opens its term with a no-op, which its replicators take next', () => {
    const [, effects] = step(
      aCandidate({ term: 2, log: [1] }),
      voteReply({ term: 2 }),
      voteReply({ from: 'a', term: 2 }),
    );
    const input = { id: 'a', term: 2, log: logOf([1]), commitIndex: 0, round: 0, window: wide };
    expect(effects).to.deep.equal([
      cancels('electionTimeout', 'role.candidate'),
      { spawn: 'replicator.b', input: { ...input, peer: 'b' } },
      { spawn: 'replicator.c', input: { ...input, peer: 'c' } },
      persists({ kind: 'proposed', write: 2, firstIndex: 2, lastIndex: 2, term: 2, payload: null }),
      ...advanced([1, 2], 0),
      arms('quorumCheck', watching),
    ]);
  });

  it('gives a batch to its disk and to its replicators in one step', () => {
    const [after, effects] = step(aLeader({ term: 2 }), command(7, 3));
    expect(effects).to.deep.equal([
      persists({
        ...{ kind: 'proposed', write: 3, firstIndex: 2, lastIndex: 4, term: 2 },
        payload: 'commands',
      }),
      { reply: { kind: 'accepted', batch: 7, firstIndex: 2, term: 2 } },
      ...advanced([2, 2, 2, 2], 0),
    ]);
    expect(lastTerm(after.context.log)).to.equal(2);
  });

  it('commits what is on a majority of disks, its own disk counted like any other', () => {
    const leader = aLeader({ term: 2 });
    const [byPeers, effects] = step(
      leader,
      matched({ term: 2, matchIndex: 1 }),
      matched({ peer: 'c', term: 2, matchIndex: 1 }),
    );
    expect(byPeers.context.commitIndex).to.equal(1);
    expect(effects).to.deep.equal([applies(1), ...advanced([2], 1)]);

    const [byOne] = step(leader, matched({ term: 2, matchIndex: 1 }));
    expect(byOne.context.commitIndex).to.equal(0);
    const [withOwn] = step(byOne, persisted({ write: 2, lastIndex: 1, lastTerm: 2 }));
    expect(withOwn.context.commitIndex).to.equal(1);
  });

  it('alone in its cluster commits when its own disk has synced, not before', () => {
    const alone = aLeader({ voters: ['a'], term: 2 });
    expect(alone.context.commitIndex).to.equal(0);
    const [after] = step(alone, persisted({ write: 2, lastIndex: 1, lastTerm: 2 }));
    expect(after.context.commitIndex).to.equal(1);
  });

  it('ignores what a replicator of an older term still reports', () => {
    const reports = ['b', 'c'].map((peer) => matched({ peer, term: 1, matchIndex: 1 }));
    const [after, effects] = step(aLeader({ term: 2 }), ...reports);
    expect(effects).to.deep.equal([]);
    expect(after.context.commitIndex).to.equal(0);
  });

  it('hands a reply to the replicator of its sender, and drops that of a stranger', () => {
    const reply = appendReply({ term: 2, matchIndex: 1 });
    expect(step(aLeader({ term: 2 }), reply)[1]).to.deep.equal([
      { tell: 'replicator.b', event: current(reply) },
    ]);
    for (const from of ['x', 'constructor']) {
      expect(step(aLeader({ term: 2 }), { ...reply, from })[1]).to.deep.equal([]);
    }
  });

  it('keeps its clock when it commits: only a quorum of answers may restart it', () => {
    const [, effects] = step(aLeader({ term: 2 }), matched({ term: 2, matchIndex: 1 }));
    expect(effects).to.deep.equal(withoutTimers(effects));
  });
});

describe('a leader that should not lead any more', () => {
  const gone = [{ stop: 'replicator.b' }, { stop: 'replicator.c' }];
  const abandoned = { reply: { kind: 'abandoned', leader: null } };

  it('steps down when no majority answers for an election timeout (check-quorum)', () => {
    const check = fire('quorumCheck', watching);
    const [still] = step(aLeader({ term: 2 }), answer('b', 0), check);
    expect(roleOf(still)).to.equal('leader');
    const [after, effects] = step(still, check); // Nobody answered since.
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(after.context).to.include({ currentTerm: 2, votedFor: 'a', leader: null });
    expect(withoutTimers(effects)).to.deep.equal([...gone, abandoned]);
  });

  it('steps down when its disk stalls: it can commit nothing', () => {
    const [after, effects] = step(aLeader({ term: 2 }), { type: 'log.stalled' });
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(withoutTimers(effects)).to.deep.equal([...gone, abandoned]);
  });

  it('is not deposed by a candidate that does not hear it (thesis §4.2.3)', () => {
    const [after, effects] = step(
      aLeader({ term: 2 }),
      requestVote({ term: 9, lastLogIndex: 9, lastLogTerm: 8 }),
    );
    expect(roleOf(after)).to.equal('leader');
    expect(after.context.currentTerm).to.equal(2);
    expect(effects).to.deep.equal([]);
  });

  it('stops for good when another leads in its term', () => {
    const [after, effects] = step(aLeader({ term: 2 }), appendEntries({ term: 2 }));
    expect(roleOf(after)).to.equal('failed');
    expect(after.context.fault?.code).to.equal('ERR_TWO_LEADERS');
    expect(withoutTimers(effects)).to.deep.equal([...gone, abandoned]);
  });

  it('ends when its disk fails, or when it is told to', () => {
    const fault = { code: 'ERR_STORAGE_IO', message: 'EIO' };
    const [failed] = step(aLeader({ term: 2 }), { type: 'log.failed', fault });
    expect([roleOf(failed), failed.context.fault]).to.deep.equal(['failed', fault]);
    const [stopped, effects] = step(aLeader({ term: 2 }), { type: 'admin.stop' });
    expect(roleOf(stopped)).to.equal('stopped');
    expect(withoutTimers(effects)).to.deep.equal([...gone, abandoned]);
  });

  it('answers clients to the last: a failed or stopped server refuses, it does not fall silent', () => {
    for (const end of [
      { type: 'admin.stop' },
      { type: 'log.failed', fault: { code: 'E', message: '' } },
    ] as const) {
      const [, effects] = step(aLeader({ term: 2 }), end, command(4));
      expect(effects).to.deep.equal([{ reply: { kind: 'refused', batch: 4, leader: null } }]);
    }
  });
});

describe('linearizable reads', () => {
  const readable = (batch: number, readIndex: number) => {
    return { reply: { kind: 'readable', batch, readIndex } };
  };

  it('take the commitIndex, ask everyone in a new round, and wait for a majority', () => {
    const [asked, effects] = step(aLeader({ term: 2, open: true }), read(3));
    expect(effects).to.deep.equal(told({ type: 'leader.confirming', round: 1 }));
    const [, confirmed] = step(asked, answer('b', 1));
    expect(confirmed).to.deep.include(readable(3, 1));
  });

  it('are not confirmed by an answer to an older round: it may predate a newer leader', () => {
    const [asked] = step(aLeader({ term: 2, open: true }), read(3), answer('b', 1), read(4));
    const [after, effects] = step(asked, answer('b', 1), answer('c', 1));
    expect(regions(after)).to.deep.include({ reads: 'confirming' });
    expect(effects.some((effect) => 'reply' in effect)).to.equal(false);
    expect(step(asked, answer('c', 2))[1]).to.deep.include(readable(4, 1));
  });

  it('wait until an entry of the own term has committed: before, commitIndex may be old', () => {
    const [waiting, effects] = step(aLeader({ term: 2, log: [1] }), read(3));
    expect(effects).to.deep.equal([]);
    expect(regions(waiting)).to.deep.include({ term: 'opening', reads: 'waiting' });
    const [asked] = step(
      waiting,
      matched({ term: 2, matchIndex: 2 }),
      persisted({ write: 2, lastIndex: 2, lastTerm: 2 }),
    );
    expect(regions(asked)).to.deep.include({ term: 'open', reads: 'confirming' });
    expect(step(asked, answer('b', 1))[1]).to.deep.include(readable(3, 2));
  });

  it('are confirmed by a refusal, too: who answers in this term knows no newer leader', () => {
    const [asked] = step(aLeader({ term: 2, open: true }), read(3));
    const refusal = { ...answer('b', 1), success: false, refusedIndex: 1 };
    expect(step(asked, refusal)[1]).to.deep.include(readable(3, 1));
  });

  it('are served at once where there is nobody else to ask', () => {
    const [, effects] = step(aLeader({ voters: ['a'], term: 2, open: true }), read(3));
    expect(effects).to.deep.equal([readable(3, 1)]);
  });

  it('come one batch at a time: a second one is refused, not answered by the older round', () => {
    const [, effects] = step(aLeader({ term: 2, open: true }), read(3), read(4));
    expect(effects).to.deep.equal([{ reply: { kind: 'refused', batch: 4, leader: null } }]);
  });

  it('are abandoned with the leadership', () => {
    const [asked] = step(aLeader({ term: 2, open: true }), read(3));
    expect(step(asked, { type: 'log.stalled' })[1]).to.deep.include({
      reply: { kind: 'abandoned', leader: null },
    });
  });
});
