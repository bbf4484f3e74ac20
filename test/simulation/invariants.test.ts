/**
 * simulation/invariants.ts: every check can fail. Each invariant is shown a run that breaks it, in as
 * few observations as it takes, and must be the one that fires.
 */
import { expect } from 'chai';
import { nothingKnown } from '../../machines/roles/leading.ts';
import type { AppendEntries, Message, RequestVote } from '../../machines/messages.ts';
import type { Invariants } from '../../simulation/invariants.ts';
import { encodeLines } from '../../storage/lines.ts';
import { crc32 } from '../../storage/crc32.ts';
import type { Lines } from '../../storage/store.ts';
import { aChecker, aDisk, aView, checksumOf } from './a-view.ts';

const first = { firstIndex: 1, term: 1, time: 0 };
const noLines = encodeLines({ ...first, seed: 0 }, [], crc32);

const appendEntries = (fields: Partial<AppendEntries> = {}): AppendEntries => ({
  type: 'rpc.appendEntries',
  from: 'a',
  to: 'b',
  term: 1,
  prevLogIndex: 0,
  prevLogTerm: 0,
  lastIndex: 0,
  runs: [],
  configurations: [],
  leaderCommit: 0,
  leaderLast: 0,
  round: 0,
  payload: noLines,
  ...fields,
});

const requestVote = (from: string, term: number, last = { index: 0, term: 0 }): RequestVote => ({
  type: 'rpc.requestVote',
  from,
  to: 'a',
  term,
  lastLogIndex: last.index,
  lastLogTerm: last.term,
  leadershipTransfer: false,
});

const granted = (from: string, to: string, term: number): Message => ({
  type: 'rpc.requestVoteReply',
  from,
  to,
  term,
  voteGranted: true,
});

const acknowledges = (from: string, term: number, matchIndex: number): Message => ({
  type: 'rpc.appendEntriesReply',
  from,
  to: 'a',
  term,
  success: true,
  matchIndex,
  refusedIndex: 0,
  hintIndex: 0,
  hintTerm: 0,
  round: 0,
});

/** `voter` grants its vote, and `candidate` hears it. */
function vote(checker: Invariants, voter: string, candidate: string, term: number): void {
  checker.sent(aView({ id: voter, term, votedFor: candidate }), granted(voter, candidate, term));
  checker.delivered(
    aView({ id: candidate, term }),
    granted(voter, candidate, term),
    () => undefined,
  );
}

/** `a` leads term 1 by its own vote and that of `b`, with `terms` as its log. */
function aLedTerm(terms: readonly number[] = []) {
  const test = aChecker({ a: aDisk(terms, { votedFor: 'a' }), b: aDisk(terms), c: aDisk(terms) });
  test.knows(terms);
  vote(test.checker, 'b', 'a', 1);
  test.checker.stepped(aView({ role: 'leader', votedFor: 'a', terms }));
  expect(test.fired()).to.deep.equal([]);
  return test;
}

describe('simulation: invariants of elections fire', () => {
  it('I1 ElectionSafety: two leaders of one term', () => {
    const { checker, fired } = aLedTerm();
    checker.sent(aView({ id: 'a', votedFor: 'c', disk: aDisk([], { votedFor: 'c' }) }), {
      ...granted('a', 'c', 1),
    });
    checker.stepped(aView({ id: 'c', role: 'leader', votedFor: 'c' }));
    expect(fired()).to.include('I1');
  });

  it('I6: a durable term that falls, across a restart', () => {
    const { checker, fired } = aChecker();
    checker.stepped(aView({ term: 3 }));
    checker.stepped(aView({ term: 2, incarnation: 2 }));
    expect(fired()).to.deep.equal(['I6']);
  });

  it('I7: two votes in one term, before and after a crash that forgot the first', () => {
    const { checker, fired } = aChecker();
    checker.sent(aView({ votedFor: 'b' }), granted('a', 'b', 1));
    checker.sent(aView({ votedFor: 'c', incarnation: 2 }), granted('a', 'c', 1));
    expect(fired()).to.deep.equal(['I7']);
  });

  it('I8: a message of a term that is not durable, and a vote that is not', () => {
    const early = aChecker();
    early.checker.sent(aView({ term: 2, disk: aDisk([], { term: 1 }) }), appendEntriesReplyOf(2));
    expect(early.fired()).to.deep.equal(['I8']);
    const vote = aChecker();
    vote.checker.sent(aView({ disk: aDisk([], { votedFor: null }) }), granted('a', 'b', 1));
    expect(vote.fired()).to.deep.equal(['I8']);
    const own = aChecker();
    own.checker.sent(aView({ disk: aDisk([], { votedFor: null }) }), requestVote('a', 1));
    expect(own.fired()).to.deep.equal(['I8']);
  });

  it('I9: a vote for a candidate whose log is behind', () => {
    const { checker, fired } = aChecker();
    checker.sent(aView({ id: 'b', term: 2, votedFor: 'b' }), requestVote('b', 2));
    checker.sent(aView({ term: 2, votedFor: 'b', terms: [1] }), granted('a', 'b', 2));
    expect(fired()).to.deep.equal(['I9']);
  });

  it('I10: a leader without the votes of a majority', () => {
    const { checker, fired } = aChecker();
    checker.stepped(aView({ role: 'leader', votedFor: 'a' }));
    expect(fired()).to.deep.equal(['I10']);
  });

  it('I10: a leader that counted a vote of an older term, while that of its own is under way', () => {
    const { checker, fired } = aChecker();
    checker.sent(aView({ id: 'b', votedFor: 'a' }), granted('b', 'a', 1));
    checker.sent(aView({ id: 'b', term: 2, votedFor: 'a' }), granted('b', 'a', 2));
    checker.delivered(aView({ term: 2 }), granted('b', 'a', 1), () => undefined);
    checker.stepped(aView({ role: 'leader', term: 2, votedFor: 'a' }));
    expect(fired()).to.deep.equal(['I10']);
  });

  it('I11: a pre-vote that changes the term, the leader, a state or a timer', () => {
    const preVote: Message = { ...requestVote('b', 1), type: 'rpc.preVote', campaignTerm: 2 };
    const changed = { term: 2, leader: 'b', stateCode: 9, timersArmed: 4, votedFor: 'b' };
    for (const [field, value] of Object.entries(changed)) {
      const { checker, fired } = aChecker();
      let view = aView();
      const live = liveView(() => view);
      checker.delivered(live, preVote, () => {
        view = aView({ [field]: value });
      });
      expect(fired(), field).to.deep.equal(['I11']);
    }
  });

  it('I12: a doubtful server that campaigns or grants', () => {
    const preVote: Message = { ...requestVote('a', 1), type: 'rpc.preVote', campaignTerm: 2 };
    for (const message of [preVote, granted('a', 'b', 1)]) {
      const { checker, fired } = aChecker();
      checker.sent(aView({ doubtful: true, votedFor: 'b' }), message);
      expect(fired(), message.type).to.deep.equal(['I12']);
    }
  });
});

describe('simulation: invariants of the log fire', () => {
  it('I2 LeaderAppendOnly: a leader that removes an entry of its log', () => {
    const { checker, fired } = aLedTerm([1, 1]);
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1] }));
    expect(fired()).to.include('I2');
  });

  it('I3 LogMatching: one index and term, two histories', () => {
    const { checker, fired } = aChecker();
    checker.written('a', encodeLines({ ...first, seed: 7 }, ['{"kind":"noop"}', '{"x":1}'], crc32));
    checker.written(
      'b',
      encodeLines({ ...first, seed: 7 }, ['{"kind":"session"}', '{"x":1}'], crc32),
    );
    expect(fired()).to.deep.equal(['I3']);
  });

  it('I13: terms that fall along a log, or lie in the future', () => {
    for (const terms of [[2, 1], [3]]) {
      const { checker, fired } = aChecker();
      checker.stepped(aView({ term: 2 }));
      checker.stepped(aView({ term: 2, terms }));
      expect(fired(), String(terms)).to.deep.equal(['I13']);
    }
  });

  it('I16: a removed entry that was committed', () => {
    const { checker, fired, knows } = aChecker({ a: aDisk([1, 1]), b: aDisk([1, 1]) });
    knows([1, 1]);
    checker.stepped(aView({ terms: [1, 1], commitIndex: 2 }));
    checker.stepped(aView({ term: 2, terms: [1, 2], commitIndex: 2 }));
    expect(fired()).to.deep.equal(['I16']);
  });

  it('I16: a matching suffix that a late AppendEntries cut off', () => {
    const { checker, fired } = aChecker();
    checker.stepped(aView({ terms: [1, 1, 1] }));
    checker.stepped(aView({ terms: [1] }));
    expect(fired()).to.deep.equal(['I16']);
  });

  it('I20: AppendEntries by a server that does not lead, without prevLogTerm, of another log', () => {
    const stranger = aLedTerm();
    stranger.checker.sent(aView({ id: 'b' }), appendEntries({ from: 'b' }));
    expect(stranger.fired()).to.deep.equal(['I20']);
    const leads = { role: 'leader', votedFor: 'a', terms: [1] } as const;
    const noTerm = aLedTerm([1]);
    noTerm.checker.sent(aView(leads), appendEntries({ prevLogIndex: 1, lastIndex: 1 }));
    expect(noTerm.fired()).to.deep.equal(['I20']);
    const other = aLedTerm([1]);
    const payload: Lines = encodeLines({ ...first, seed: 99 }, ['{"kind":"noop"}'], crc32);
    const runs = [{ firstIndex: 1, term: 1 }];
    other.checker.sent(aView(leads), appendEntries({ lastIndex: 1, runs, payload }));
    expect(other.fired()).to.deep.equal(['I20']);
  });
});

describe('simulation: invariants of commits fire', () => {
  it('I4 LeaderCompleteness: a leader without what an earlier term committed', () => {
    const { checker, fired } = aLedTerm([1, 1]);
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1, 1], commitIndex: 2 }));
    vote(checker, 'b', 'c', 2);
    checker.stepped(aView({ id: 'c', role: 'leader', term: 2, votedFor: 'c', terms: [1] }));
    expect(fired()).to.deep.equal(['I4']);
  });

  it('I5 StateMachineSafety: two servers commit, or apply, different things at one index', () => {
    const commit = aLedTerm([1]);
    commit.checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1], commitIndex: 1 }));
    commit.checker.stepped(aView({ id: 'b', terms: [1], branch: 'x', commitIndex: 1 }));
    expect(commit.fired()).to.deep.equal(['I5']);
    const apply = aLedTerm([1]);
    const done = { terms: [1], commitIndex: 1, lastApplied: 1 };
    apply.checker.stepped(aView({ ...done, role: 'leader', votedFor: 'a', stateHash: 1 }));
    apply.checker.stepped(aView({ ...done, id: 'b', stateHash: 2 }));
    expect(apply.fired()).to.deep.equal(['I5']);
  });

  it('I14: applied past commit, commit past the log', () => {
    const { checker, fired } = aLedTerm([1]);
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1], lastApplied: 1 }));
    expect(fired()).to.deep.equal(['I14']);
  });

  it('I15: a commitIndex that falls while the server runs', () => {
    const { checker, fired } = aLedTerm([1]);
    checker.stepped(aView({ id: 'b', terms: [1], commitIndex: 1 }));
    checker.stepped(aView({ id: 'b', terms: [1], commitIndex: 0 }));
    expect(fired()).to.deep.equal(['I15']);
  });

  it('I17: an entry of an older term committed by counting (Figure 8)', () => {
    const { checker, fired } = aChecker({ a: aDisk([1]), b: aDisk([1]) });
    const voted = { term: 2, votedFor: 'a' };
    vote(checker, 'b', 'a', 2);
    checker.stepped(aView({ role: 'leader', ...voted, terms: [1] }));
    checker.history.noteEntry(1, 1, checksumOf([1], 1));
    checker.stepped(aView({ role: 'leader', ...voted, terms: [1], commitIndex: 1 }));
    expect(fired()).to.deep.equal(['I17']);
  });

  it('I17: committed before a majority had it on disk', () => {
    const { checker, fired, disks } = aLedTerm([1]);
    disks.set('b', aDisk()).set('c', aDisk());
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1], commitIndex: 1 }));
    expect(fired()).to.deep.equal(['I17']);
  });

  it('I18 CommittedDurable: a committed entry that a majority has lost since', () => {
    const { checker, fired, disks } = aLedTerm([1]);
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1], commitIndex: 1 }));
    disks.set('b', aDisk()).set('c', aDisk());
    checker.fullCheck([]);
    expect(fired()).to.deep.equal(['I18']);
  });

  it('I19: a heartbeat that moves commitIndex past what it verified', () => {
    const { checker, fired } = aLedTerm([1, 1]);
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1, 1], commitIndex: 2 }));
    let view = aView({ id: 'b', terms: [1, 1] });
    const beat = appendEntries({ prevLogIndex: 1, prevLogTerm: 1, lastIndex: 1, leaderCommit: 2 });
    checker.delivered(
      liveView(() => view),
      beat,
      () => {
        view = aView({ id: 'b', terms: [1, 1], commitIndex: 2 });
      },
    );
    expect(fired()).to.deep.equal(['I19']);
  });
});

describe('simulation: invariants of durability fire', () => {
  it('I21 DurableBeforeAck: an acknowledgement of what is not on disk, or is another log', () => {
    const early = aLedTerm([1, 1]);
    early.checker.sent(aView({ id: 'b', disk: aDisk([1]) }), acknowledges('b', 1, 2));
    expect(early.fired()).to.deep.equal(['I21']);
    const other = aLedTerm([1, 1]);
    other.checker.sent(aView({ id: 'b', disk: aDisk([1, 1], {}, 'x') }), acknowledges('b', 1, 2));
    expect(other.fired()).to.deep.equal(['I21']);
  });

  it('I22: a matchIndex that falls, or that nobody acknowledged', () => {
    const progress = (matchIndex: number) => ({ b: { ...nothingKnown, matchIndex, heard: true } });
    const leads = { role: 'leader', votedFor: 'a', terms: [1, 1] };
    const invented = aLedTerm([1, 1]);
    invented.checker.stepped(aView({ ...leads, peers: progress(2) }));
    expect(invented.fired()).to.deep.equal(['I22']);
    const fell = aLedTerm([1, 1]);
    fell.checker.sent(aView({ id: 'b', terms: [1, 1] }), acknowledges('b', 1, 2));
    fell.checker.stepped(aView({ ...leads, peers: progress(2) }));
    fell.checker.stepped(aView({ ...leads, peers: progress(1) }));
    expect(fell.fired()).to.deep.equal(['I22']);
  });

  it('I23: a server that counts itself before its own fsync', () => {
    const { checker, fired } = aLedTerm([1]);
    const disk = aDisk([], { votedFor: 'a' });
    checker.stepped(aView({ role: 'leader', votedFor: 'a', terms: [1], durableIndex: 1, disk }));
    expect(fired()).to.deep.equal(['I23']);
  });

  it('I47: a disk that has lost a committed entry and does not doubt; one that doubts may', () => {
    const lose = (doubtful: boolean): readonly string[] => {
      const { checker, fired, knows } = aChecker({ a: aDisk([1, 1]), b: aDisk([1, 1]) });
      knows([1, 1]);
      checker.stepped(aView({ id: 'b', terms: [1, 1], commitIndex: 2, leader: 'c' }));
      checker.stepped(aView({ terms: [1, 1] }));
      const disk = { ...aDisk([1]), doubtful };
      checker.stepped(aView({ terms: [1], doubtful, disk, incarnation: 2 }));
      return fired().filter((id) => id === 'I47');
    };
    expect([lose(false), lose(true)]).to.deep.equal([['I47'], []]);
  });
});

describe('simulation: the checker keeps quiet', () => {
  it('about an election, a replicated entry, its commit and a restart', () => {
    const { checker, fired } = aLedTerm([1]);
    const leads = { role: 'leader', votedFor: 'a', terms: [1] };
    checker.sent(aView(leads), appendEntries({ prevLogIndex: 1, prevLogTerm: 1, lastIndex: 1 }));
    checker.sent(aView({ id: 'b', terms: [1] }), acknowledges('b', 1, 1));
    const peers = { b: { ...nothingKnown, matchIndex: 1, heard: true } };
    const committed = { terms: [1], commitIndex: 1, durableIndex: 1, lastApplied: 1 };
    checker.stepped(aView({ ...leads, ...committed, peers }));
    checker.stepped(aView({ id: 'b', ...committed }));
    checker.stepped(aView({ id: 'b', terms: [1], incarnation: 2 }));
    checker.ended([aView({ ...leads, ...committed }), aView({ id: 'b', ...committed })]);
    expect(fired()).to.deep.equal([]);
  });
});

function appendEntriesReplyOf(term: number): Message {
  return { ...acknowledges('a', term, 0), success: false } as Message;
}

/** A view that changes while it is looked at, as a running server's does. */
function liveView(now: () => ReturnType<typeof aView>): ReturnType<typeof aView> {
  return new Proxy(aView(), { get: (_, field) => Reflect.get(now(), field) as unknown });
}
