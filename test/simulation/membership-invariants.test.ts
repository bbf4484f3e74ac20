/**
 * simulation/invariants/membership.ts: every check of who takes part can fail (I27 – I31), and so can
 * those of majorities where there are two (I10, I17).
 */
import { expect } from 'chai';
import { append, bootstrapLog, type Log } from '../../machines/log.ts';
import type { Configuration, Message, RequestVote } from '../../machines/messages.ts';
import type { ServerView } from '../../simulation/invariants/observation.ts';
import { encodeLines } from '../../storage/lines.ts';
import { crc32 } from '../../storage/crc32.ts';
import { aChecker, aDisk, aView, checksumOf, type ViewFields } from './a-view.ts';

const founders = ['a', 'b', 'c'];
const only = (...voters: string[]): Configuration => ({ voters, outgoing: [], learners: [] });
const joint = (voters: string[], outgoing: string[]): Configuration => ({
  ...only(...voters),
  outgoing,
});

/** A log of one term: the configurations at their indices, no-ops elsewhere. */
function aLogWith(lastIndex: number, configurations: Record<number, Configuration>, term = 1): Log {
  const logged = Object.entries(configurations).map(([index, one]) => ({
    ...one,
    index: Number(index),
  }));
  return append(bootstrapLog(founders), [{ firstIndex: 1, term }], lastIndex, logged);
}

/** A view whose log is this one. */
function viewWith(log: Log, fields: ViewFields = {}): ServerView {
  const terms = Array.from({ length: log.lastIndex }, () => log.runs[0]?.term ?? 1);
  const view = aView({ terms, ...fields });
  return { ...view, context: { ...view.context, log } };
}

/** A checker that has seen these configurations written, as entries of term 1. */
function aWatched(configurations: Record<number, Configuration> = {}) {
  const terms = [1, 1, 1, 1, 1];
  const test = aChecker({ a: aDisk(terms, { votedFor: 'a' }), b: aDisk(terms), c: aDisk(terms) });
  test.knows(terms);
  const byId = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, '']));
  for (const [index, { voters, outgoing, learners }] of Object.entries(configurations)) {
    const sides = { voters: byId(voters), outgoing: byId(outgoing), learners: byId(learners) };
    const text = JSON.stringify({ kind: 'configuration', ...sides, removed: [] });
    test.checker.membership.written(Number(index), 1, text);
  }
  return test;
}

/** b votes for `a` in term 1, and is heard. */
function voteOfB({ checker }: ReturnType<typeof aWatched>): void {
  const reply = { type: 'rpc.requestVoteReply', from: 'b', to: 'a', term: 1 } as const;
  const vote = { ...reply, voteGranted: true };
  checker.sent(aView({ id: 'b', votedFor: 'a' }), vote);
  checker.delivered(aView({ id: 'a', votedFor: 'a' }), vote, () => undefined);
}

/** `a` leads term 1 with `log`, committed through `commitIndex`; b voted for it. */
function aLeader(test: ReturnType<typeof aWatched>, log: Log, commitIndex: number): ViewFields {
  voteOfB(test);
  const fields = { role: 'leader', votedFor: 'a', commitIndex };
  test.checker.stepped(viewWith(log, fields));
  expect(test.fired()).to.deep.equal([]);
  return fields;
}

const requestVote = (to: string): RequestVote => ({
  ...{ type: 'rpc.requestVote', from: 'a', to, term: 1 },
  ...{ lastLogIndex: 0, lastLogTerm: 0, leadershipTransfer: false },
});

describe('simulation: invariants of membership fire', () => {
  it('I27: a configuration in the log that the server does not know of', () => {
    const { checker, fired } = aWatched({ 2: joint(['a', 'd'], founders) });
    checker.stepped(viewWith(aLogWith(3, {})));
    expect(fired()).to.deep.equal(['I27']);
  });

  it('I27: a configuration that was truncated and is still in force', () => {
    const { checker, fired } = aWatched({ 3: joint(['a', 'd'], founders) });
    checker.stepped(viewWith(aLogWith(2, { 3: joint(['a', 'd'], founders) })));
    expect(fired()).to.deep.equal(['I27']);
  });

  it('I27: a snapshot that says what is not committed yet', () => {
    const next = joint(['a', 'd'], founders);
    const { checker, fired } = aWatched({ 3: next });
    const log = { ...aLogWith(3, { 3: next }), snapshotIndex: 1, snapshotTerm: 1 };
    checker.stepped(viewWith({ ...log, base: { ...next, index: 3 } }));
    expect(fired()).to.deep.equal(['I27']);
  });

  it('I28: a change while the one before it is not committed', () => {
    const [one, two] = [joint(['a', 'd'], founders), only('a', 'd')];
    const test = aWatched({ 2: one, 3: two });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: one }), leads));
    test.checker.stepped(viewWith(aLogWith(3, { 2: one, 3: two }), leads));
    expect(test.fired()).to.deep.equal(['I28']);
  });

  it('I28: a change before an entry of the leader’s own term is committed', () => {
    const next = joint(['a', 'd'], founders);
    const test = aWatched({ 2: next });
    const leads = aLeader(test, aLogWith(1, {}), 0);
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), leads));
    expect(test.fired()).to.deep.equal(['I28']);
  });

  it('I29: two voters join at once, with no joint configuration between', () => {
    const next = only('a', 'b', 'c', 'd', 'e');
    const test = aWatched({ 2: next });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), leads));
    expect(test.fired()).to.deep.equal(['I29']);
  });

  it('I30: a learner leads', () => {
    const next = { ...only('b'), learners: ['a'] };
    const test = aWatched({ 1: next });
    voteOfB(test);
    test.checker.stepped(
      viewWith(aLogWith(1, { 1: next }), { role: 'leader', votedFor: 'a', commitIndex: 1 }),
    );
    expect(test.fired()).to.deep.equal(['I30', 'I31']);
  });

  it('I30: who is no voter asks, is asked, or is told to campaign', () => {
    const next = { ...only('b', 'c'), learners: ['d'] };
    const asks = (message: Message, commitIndex = 1): string[] => {
      const test = aWatched({ 1: next });
      const voted = { votedFor: 'a', disk: aDisk([1], { votedFor: 'a' }) };
      test.checker.sent(viewWith(aLogWith(1, { 1: next }), { ...voted, commitIndex }), message);
      return test.fired();
    };
    expect(asks(requestVote('b'), 1)).to.deep.equal(['I30']);
    // Thesis §4.2.2: it may be needed as long as the configuration that leaves it out is not committed.
    expect(asks(requestVote('b'), 0)).to.deep.equal([]);
    expect(asks(requestVote('d'), 0)).to.deep.equal(['I30']);
    expect(asks({ type: 'rpc.timeoutNow', from: 'a', to: 'd', term: 1 })).to.deep.equal(['I30']);
  });

  it('I31: a leader outside C_new leads on when that is committed', () => {
    const next = only('b', 'c');
    const test = aWatched({ 2: next });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), { ...leads, commitIndex: 2 }));
    expect(test.fired()).to.deep.equal(['I31']);
  });

  it('I31: a leader outside C_new steps down as soon as that is appended', () => {
    const next = only('b', 'c');
    const test = aWatched({ 2: next });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), { ...leads, role: 'follower' }));
    expect(test.fired()).to.deep.equal(['I31']);
  });

  it('I32: a change that is said to be committed and is not', () => {
    const { checker, fired } = aWatched();
    checker.changes.made('a', 1, 0);
    expect(fired()).to.deep.equal(['I32']);
  });

  /** The checker takes these entries of term 1 for committed. */
  function commits({ checker }: ReturnType<typeof aWatched>, through: number): void {
    const terms = [1, 1, 1, 1, 1];
    for (let index = 1; index <= through; index += 1) {
      const checksum = checksumOf(terms, index);
      checker.history.committed.push({ term: 1, checksum, byTerm: 1, deciders: only(...founders) });
    }
  }

  it('I48: who had left comes back under the same id', () => {
    const test = aWatched({ 1: only('a', 'b'), 2: { ...only('a', 'b'), learners: ['c'] } });
    commits(test, 2);
    test.checker.changes.committed(1);
    expect(test.fired()).to.deep.equal([]);
    test.checker.changes.committed(2);
    expect(test.fired()).to.deep.equal(['I48']);
  });

  it('I48: a new id joins, and a learner becomes a voter', () => {
    const test = aWatched({ 1: { ...only('a', 'b'), learners: ['d'] }, 2: only('a', 'b', 'd') });
    commits(test, 2);
    for (const index of [1, 2]) test.checker.changes.committed(index);
    expect(test.fired()).to.deep.equal([]);
  });

  it('I48: a change of a configuration that never was', () => {
    const test = aWatched({ 2: only('a', 'b') });
    commits(test, 2);
    for (const expected of [0, 2]) test.checker.changes.made('a', 2, expected);
    expect(test.fired()).to.deep.equal([]);
    test.checker.changes.made('a', 2, 1);
    expect(test.fired()).to.deep.equal(['I48']);
  });

  it('§6: I10, a leader that has the majority of one configuration alone', () => {
    const next = joint(['a', 'b', 'd'], ['a', 'c', 'e']);
    const test = aWatched({ 1: next });
    voteOfB(test);
    test.checker.stepped(
      viewWith(aLogWith(1, { 1: next }), { role: 'leader', votedFor: 'a', commitIndex: 1 }),
    );
    expect(test.fired()).to.deep.equal(['I10']);
  });

  it('§6: I17, an entry that is on the disks of one majority alone', () => {
    const next = joint(['a', 'b', 'c'], ['a', 'd', 'e']);
    const test = aWatched({ 2: next });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), leads));
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), { ...leads, commitIndex: 2 }));
    expect(test.fired()).to.deep.equal(['I17']);
  });

  it('§6: I17, C_old,new that one majority alone has, though its leader leaves it at once', () => {
    const next = joint(['a', 'b', 'c'], ['a', 'd', 'e']);
    const test = aWatched({ 2: next, 3: only('a', 'b', 'c') });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: next }), leads));
    const left = aLogWith(3, { 2: next, 3: only('a', 'b', 'c') });
    test.checker.stepped(viewWith(left, { ...leads, commitIndex: 2 }));
    expect(test.fired()).to.deep.equal(['I17']);
  });

  it('reads configurations from the lines that reach a store', () => {
    const test = aWatched();
    const entry =
      '{"kind":"configuration","voters":{"a":"","d":""},"outgoing":{"b":""},"learners":{}}';
    const lines = encodeLines({ firstIndex: 1, term: 1, time: 0, seed: 0 }, [entry], crc32);
    const { history, membership } = aChecker().checker;
    membership.written(1, 1, entry);
    history.committed.push({
      ...{ term: 1, checksum: checksumOf([1], 1), byTerm: 1 },
      deciders: only(...founders),
    });
    expect(membership.committed).to.deep.include({ voters: ['a', 'd'], outgoing: ['b'] });
    expect([membership.isMember('d'), membership.isMember('c')]).to.deep.equal([true, false]);
    test.checker.written('a', lines);
    test.checker.stepped(viewWith(aLogWith(1, {})));
    expect(test.fired()).to.include('I27');
  });
});

describe('simulation: the checker keeps quiet about membership', () => {
  it('in a change through a joint configuration, and when its leader leaves', () => {
    const [both, alone] = [joint(['b', 'c'], founders), only('b', 'c')];
    const test = aWatched({ 2: both, 3: alone });
    const leads = aLeader(test, aLogWith(1, {}), 1);
    test.checker.stepped(viewWith(aLogWith(2, { 2: both }), leads));
    const log = aLogWith(3, { 2: both, 3: alone });
    test.checker.stepped(viewWith(log, { ...leads, commitIndex: 2 }));
    test.checker.stepped(viewWith(log, { ...leads, role: 'follower', commitIndex: 3 }));
    expect(test.fired()).to.deep.equal([]);
    expect(test.checker.membership.changes).to.equal(1);
  });
});
