/** Leadership transfer (thesis §3.10): to one who will win, and never without an end. */
import { expect } from 'chai';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import {
  aFollower,
  aLeader,
  aPreCandidate,
  appendEntries,
  appendReply,
  back,
  command,
  fire,
  matched,
  persists,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  timeoutNow,
  timeoutNowReply,
  withoutTimers,
} from '../support/step.ts';

const deadline = fire('transferDeadline', 'role.leader.transfer.transferring');
const transfer = (target: string | null = 'b', batch = 9) =>
  ({ type: 'admin.transfer', batch, target }) as const;
const transferOf = ({ value }: ServerSnapshot) =>
  (value.role as { leader: { transfer: unknown } }).leader.transfer;
/** Of term 2; b has all of its log, c has none. */
const aLeaderOf = () => aLeader({ term: 2, open: true });
const tellsB = sends('term', timeoutNow({ ...back, term: 2 }));
const isRefused = (why: 'target' | 'busy' | 'deadline' | 'refused', batch = 9) =>
  replies({ kind: 'notTransferred', batch, why });
const resumes = replies({ kind: 'resumed' });

describe('a leader that hands over', () => {
  it('tells a target that has everything to campaign at once', () => {
    const [after, effects] = step(aLeaderOf(), transfer());
    expect(withoutTimers(effects)).to.deep.equal([tellsB]);
    expect(transferOf(after)).to.deep.equal({ transferring: 'handing' });
  });

  it('thesis §3.10 lets the target catch up first', () => {
    const [catchingUp, effects] = step(aLeaderOf(), transfer('c'));
    expect(withoutTimers(effects)).to.deep.equal([]);
    const [, caughtUp] = step(catchingUp, matched({ peer: 'c', term: 2, matchIndex: 1 }));
    expect(caughtUp).to.deep.equal([sends('term', timeoutNow({ from: 'a', to: 'c', term: 2 }))]);
  });

  it('takes whoever is closest behind when nobody is named', () => {
    expect(withoutTimers(step(aLeaderOf(), transfer(null))[1])).to.deep.equal([tellsB]);
  });

  it('takes nobody who has been silent for long, also when it has just begun to count anew', () => {
    const check = fire('quorumCheck', 'role.leader.quorum.watching');
    const answer = appendReply({ from: 'c', term: 2, matchIndex: 1 });
    const idle = step(aLeaderOf(), matched({ peer: 'c', term: 2, matchIndex: 1 }))[0];
    // b was stopped: it had all there is, and answers no more.
    const alone = step(idle, answer, check, answer, check)[0];
    const [, effects] = step(alone, transfer(null));
    expect(effects).to.deep.include(sends('term', timeoutNow({ from: 'a', to: 'c', term: 2 })));
  });

  it('waits until all that it took is committed: no command stays in doubt', () => {
    const behind = step(aLeaderOf(), command(1))[0];
    const [waiting, effects] = step(
      behind,
      transfer(),
      matched({ term: 2, matchIndex: 2, peer: 'b' }),
    );
    expect(effects).to.deep.equal([]);
    expect(transferOf(waiting)).to.deep.equal({ transferring: 'catchingUp' });
    const [, committed] = step(waiting, matched({ term: 2, matchIndex: 2, peer: 'c' }));
    expect(committed).to.deep.include(tellsB);
  });

  it('thesis §3.10 takes no commands meanwhile, and refuses none: they wait', () => {
    const [, effects] = step(aLeaderOf(), transfer(), command(4));
    expect(effects).to.deep.equal([replies({ kind: 'held', batch: 4 })]);
  });

  it('leads on when the deadline has passed, and takes commands again', () => {
    const [after, effects] = step(aLeaderOf(), transfer(), deadline);
    expect(withoutTimers(effects)).to.deep.equal([isRefused('deadline'), resumes]);
    expect(after.context.transfer).to.equal(null);
    expect(step(after, command(4))[1]).to.deep.include(
      replies({ kind: 'accepted', batch: 4, firstIndex: 2, term: 2 }),
    );
  });

  it('leads on when its target never catches up', () => {
    const [after, effects] = step(aLeaderOf(), transfer('c'), deadline);
    expect(withoutTimers(effects)).to.deep.equal([isRefused('deadline'), resumes]);
    expect(transferOf(after)).to.equal('none');
  });

  it('leads on at once when the target turns it down, and hears nobody else who does', () => {
    const [handing] = step(aLeaderOf(), transfer());
    expect(step(handing, timeoutNowReply({ from: 'c', term: 2 }))[1]).to.deep.equal([]);
    const [, effects] = step(handing, timeoutNowReply({ term: 2 }));
    expect(withoutTimers(effects)).to.deep.equal([isRefused('refused'), resumes]);
  });

  it('does one transfer at a time', () => {
    const [after, effects] = step(aLeaderOf(), transfer(), transfer('c', 10));
    expect(effects).to.deep.equal([isRefused('busy', 10)]);
    expect(after.context.transfer?.target).to.equal('b');
  });

  it('hands over to no stranger, and to nobody where it is alone', () => {
    expect(step(aLeaderOf(), transfer('x'))[1]).to.deep.equal([isRefused('target')]);
    const alone = aLeader({ voters: ['a'], term: 2 });
    expect(step(alone, transfer(null))[1]).to.deep.equal([isRefused('target')]);
  });

  it('has nothing to do when it is the target', () => {
    const leads = replies({ kind: 'leads', batch: 9, target: 'a' });
    expect(step(aLeaderOf(), transfer('a'))[1]).to.deep.equal([leads]);
  });

  it('thesis §4.2.3 gives its vote to the target, and sends its clients there', () => {
    const request = requestVote({ term: 3, lastLogIndex: 1, lastLogTerm: 2 });
    const [handing] = step(aLeaderOf(), transfer());
    expect(step(handing, request)[0]).to.equal(handing);
    const [after, effects] = step(handing, { ...request, leadershipTransfer: true });
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects).to.deep.include(replies({ kind: 'abandoned', leader: 'b' }));
    expect(effects).to.deep.include(persists({ kind: 'vote', write: 4, term: 3, votedFor: 'b' }));
  });

  it('that steps down before it has told anybody sends its clients nowhere', () => {
    const [, effects] = step(aLeaderOf(), transfer('c'), { type: 'log.stalled' });
    expect(effects).to.deep.include(replies({ kind: 'abandoned', leader: null }));
  });
});

describe('a server that is to take over', () => {
  const votes = (term: number) =>
    ['b', 'c'].map((to) =>
      requestVote({ ...{ from: 'a', to, term: term + 1 }, leadershipTransfer: true }),
    );

  it('thesis §3.10 campaigns at once, without asking for pre-votes', () => {
    for (const server of [aFollower(), aFollower({ leader: 'b' }), aPreCandidate()]) {
      const [after, effects] = step(server, timeoutNow());
      expect(roleOf(after)).to.equal('candidate');
      expect(effects).to.deep.include(sends('term', ...votes(1)));
    }
  });

  it('ignores what comes late, from a leader of an older term', () => {
    const server = aFollower({ term: 2 });
    const [after, effects] = step(server, timeoutNow({ term: 1 }));
    expect(withoutTimers(effects)).to.deep.equal([sends('term')]);
    expect(roleOf(after)).to.equal('follower.leaderless');
  });

  it('turns it down while it doubts itself, and where it is no voter', () => {
    const turnsDown = sends('term', timeoutNowReply(back));
    const doubtful = aFollower({ trust: 'doubtful', log: [1] });
    const stranger = aFollower({ voters: ['b', 'c'] });
    for (const server of [doubtful, stranger]) {
      expect(step(server, timeoutNow())[1]).to.deep.equal([turnsDown]);
    }
  });

  it('asks in the ordinary way once its time as a candidate is over', () => {
    const timeout = fire('electionTimeout', 'role.candidate');
    const [after] = step(aFollower(), timeoutNow(), timeout);
    expect(roleOf(after)).to.equal('preCandidate');
  });
});

describe('a voter that hears its leader', () => {
  it('thesis §4.2.3 votes for whom that leader wants, and hears no other candidate', () => {
    const fresh = aFollower({ leader: 'b' });
    const request = requestVote({ from: 'c', term: 2 });
    expect(step(fresh, request)[0]).to.equal(fresh);
    const [after] = step(fresh, { ...request, leadershipTransfer: true });
    expect(after.context).to.deep.include({ currentTerm: 2, votedFor: 'c' });
  });

  it('gives no vote to one whose log is behind, whoever wants it', () => {
    const ahead = step(aFollower(), appendEntries({ entries: [1] }))[0];
    const request = requestVote({ from: 'c', term: 2, leadershipTransfer: true });
    expect(step(ahead, request)[0].context.votedFor).to.equal(null);
  });
});
