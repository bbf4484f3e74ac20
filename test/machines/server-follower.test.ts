/** A follower: its timers, and what an AppendEntries does to its log (Figure 2). */
import { expect } from 'chai';
import {
  aFollower,
  aRecovering,
  appendEntries,
  appendRefusal,
  appendReply,
  applies,
  arms,
  back,
  cancels,
  command,
  fire,
  logOf,
  persisted,
  persists,
  preVote,
  recovered,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  withoutTimers,
} from '../support/step.ts';

const fresh = 'role.follower.contact.fresh';

describe('a server that starts', () => {
  it('asks for its log writer, and waits for the disk', () => {
    expect(roleOf(aRecovering())).to.equal('recovering');
    expect(aRecovering().children).to.have.all.keys('logWriter', 'snapshotter');
  });

  it('is what its disk says, and waits a whole election timeout', () => {
    const [after, effects] = step(
      aRecovering(),
      recovered({ term: 4, votedFor: 'c', log: [1, 1, 3] }),
    );
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects).to.deep.equal([arms('electionTimeout', 'role.follower.contact.leaderless')]);
    expect(after.context).to.deep.include({
      ...{ currentTerm: 4, votedFor: 'c', log: logOf([1, 1, 3]), durableIndex: 3 },
      ...{ commitIndex: 0, leader: null, writes: 0 },
    });
  });
});

describe('a follower and its clock', () => {
  it('is stale when the leader was silent for the least timeout, and then canvasses', () => {
    const [stale, effects] = step(aFollower({ leader: 'b' }), fire('freshness', fresh));
    expect(roleOf(stale)).to.equal('follower.stale');
    expect(effects).to.deep.equal([
      cancels('freshness', fresh),
      arms('staleness', 'role.follower.contact.stale'),
    ]);
    expect(roleOf(step(stale, fire('staleness', 'role.follower.contact.stale'))[0])).to.equal(
      'preCandidate',
    );
  });

  it('starts its clock anew with every word of the leader', () => {
    const [after, effects] = step(aFollower({ leader: 'b' }), appendEntries());
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(effects.at(0)).to.deep.equal(cancels('freshness', fresh));
    expect(effects.at(-1)).to.deep.equal(arms('freshness', fresh));
  });

  it('suspects a leader whose socket closed, and canvasses soon', () => {
    const server = aFollower({ leader: 'b' });
    const [after, effects] = step(server, { type: 'link.closed', peer: 'b' });
    expect(roleOf(after)).to.equal('follower.suspecting');
    expect(effects).to.deep.equal([
      cancels('freshness', fresh),
      arms('suspicion', 'role.follower.contact.suspecting'),
    ]);
    const [canvassing] = step(after, fire('suspicion', 'role.follower.contact.suspecting'));
    expect(roleOf(canvassing)).to.equal('preCandidate');
  });

  it('does not mind the socket of anyone else', () => {
    const [after, effects] = step(aFollower({ leader: 'b' }), { type: 'link.closed', peer: 'c' });
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(effects).to.deep.equal([]);
  });

  it('trusts again when the leader it suspected speaks', () => {
    const [suspecting] = step(aFollower({ leader: 'b' }), { type: 'link.closed', peer: 'b' });
    expect(roleOf(step(suspecting, appendEntries())[0])).to.equal('follower.fresh');
  });

  it('that is no voter waits for a leader and never campaigns', () => {
    const learner = aFollower({ voters: ['b', 'c', 'd'] });
    const timeout = fire('electionTimeout', 'role.follower.contact.leaderless');
    const [after, effects] = step(learner, timeout);
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects.at(-1)).to.deep.equal(
      arms('electionTimeout', 'role.follower.contact.leaderless'),
    );
  });

  it('keeps its clock when a pre-vote asks: a canvass promises nothing', () => {
    const [after, effects] = step(aFollower({ term: 1 }), preVote());
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects.filter((effect) => 'timer' in effect || 'cancel' in effect)).to.deep.equal([]);
  });

  it('starts its clock anew when it gives its vote, and not when it refuses', () => {
    const timers = (lastLogTerm: number) =>
      step(aFollower({ log: [1] }), requestVote({ lastLogIndex: 1, lastLogTerm }))[1].filter(
        (effect) => 'timer' in effect,
      );
    expect(timers(1)).to.deep.equal([arms('electionTimeout', 'role.follower.contact.leaderless')]);
    expect(timers(0)).to.deep.equal([]);
  });
});

describe('a follower and its log', () => {
  it('stores new entries, and acknowledges them when the log is on disk', () => {
    const server = aFollower({ term: 2, log: [1], leader: 'b' });
    const brings = appendEntries({ term: 2, prev: [1, 1], entries: [2, 2], commit: 2, round: 4 });
    const [after, effects] = step(server, brings);
    expect(effects).to.deep.equal([
      cancels('freshness', fresh),
      persists({
        ...{ kind: 'received', write: 1, firstIndex: 2, lastIndex: 3, lastTerm: 2 },
        configurations: [],
        payload: 'lines',
      }),
      sends('log', appendReply({ ...back, term: 2, matchIndex: 3, round: 4 })),
      applies(2),
      arms('freshness', fresh),
    ]);
    expect(after.context).to.deep.include({
      log: logOf([1, 2, 2]),
      durableIndex: 1,
      commitIndex: 2,
    });
  });

  it('answers a heartbeat without waiting for its disk, for what is verified and durable', () => {
    const [written] = step(
      aFollower({ term: 2, log: [1], leader: 'b' }),
      appendEntries({ term: 2, prev: [1, 1], entries: [2, 2] }),
    );
    const ack = (matchIndex: number) =>
      sends('term', appendReply({ ...back, term: 2, matchIndex }));
    const heartbeat = appendEntries({ term: 2, prev: [3, 2] });
    expect(step(written, heartbeat)[1]).to.deep.include(ack(1));

    const [durable] = step(written, persisted({ write: 1, lastIndex: 3, lastTerm: 2 }));
    expect(step(durable, heartbeat)[1]).to.deep.include(ack(3));
    // What is durable but not verified by this very message is not claimed.
    expect(step(durable, appendEntries({ term: 2, prev: [1, 1] }))[1]).to.deep.include(ack(1));
  });

  it('stores a repetition once, and acknowledges it again once the log is on disk', () => {
    const brings = appendEntries({ term: 2, prev: [1, 1], entries: [2, 2] });
    const [written] = step(aFollower({ term: 2, log: [1], leader: 'b' }), brings);
    const [after, effects] = step(written, brings);
    expect(withoutTimers(effects)).to.deep.equal([
      sends('log', appendReply({ ...back, term: 2, matchIndex: 3 })),
      applies(0),
    ]);
    expect(after.context.writes).to.equal(1);
  });

  it('does not shorten its log for a delayed message that is a prefix of it', () => {
    const server = aFollower({ term: 2, log: [1, 2, 2], leader: 'b' });
    const [after] = step(server, appendEntries({ term: 2, prev: [0, 0], entries: [1] }));
    expect(after.context.log).to.deep.equal(logOf([1, 2, 2]));
  });

  it('refuses what does not follow, and says where the logs may agree', () => {
    const server = aFollower({ term: 4, log: [1, 2, 2, 2] });
    const [after, effects] = step(server, appendEntries({ term: 4, prev: [6, 4], round: 2 }));
    const about = { refusedIndex: 6, hintIndex: 4, hintTerm: 2, round: 2 };
    expect(withoutTimers(effects)).to.deep.equal([
      sends('term', appendRefusal({ ...back, term: 4, ...about })),
    ]);
    expect(roleOf(after)).to.equal('follower.fresh');
    expect(after.context.leader).to.equal('b');
  });

  it('replaces a conflicting tail, and what was durable of it is nothing now', () => {
    const server = aFollower({ term: 3, log: [1, 2, 2] });
    const brings = appendEntries({ term: 3, prev: [1, 1], entries: [3] });
    const [after, effects] = step(server, brings);
    expect(after.context).to.deep.include({ log: logOf([1, 3]), durableIndex: 1 });
    expect(withoutTimers(effects)).to.deep.include(
      persists({
        ...{ kind: 'received', write: 1, firstIndex: 2, lastIndex: 2, lastTerm: 3 },
        configurations: [],
        payload: 'lines',
      }),
    );
  });

  it('stops rather than replace what is committed', () => {
    const server = aFollower({ term: 2, log: [1, 2], leader: 'b', commitIndex: 2 });
    const [after] = step(server, appendEntries({ term: 3, prev: [1, 1], entries: [3] }));
    expect(roleOf(after)).to.equal('failed');
    expect(after.context.fault?.code).to.equal('ERR_COMMITTED_OVERWRITTEN');
    expect(after.context.log).to.deep.equal(logOf([1, 2]));
  });

  it('commits no further than the message verifies: an old tail is not yet replaced', () => {
    // Entries 2 and 3 of term 2 are about to be overwritten; the leader has committed 3 of its own.
    const server = aFollower({ term: 3, log: [1, 2, 2] });
    const [after] = step(server, appendEntries({ term: 3, prev: [1, 1], commit: 3, last: 3 }));
    expect(after.context.commitIndex).to.equal(1);
  });

  it('is not taken in by a completed write of what was replaced meanwhile (ABA)', () => {
    let [server] = step(
      aFollower({ term: 3 }),
      appendEntries({ term: 3, entries: [3, 3, 3] }), // Write 1: entries 1 to 3.
      appendEntries({ term: 4, from: 'c', entries: [4] }), // Write 3 replaces them by one.
    );
    // Completion of write 1 names an entry that is not there any more.
    [server] = step(server, persisted({ write: 1, lastIndex: 3, lastTerm: 3 }));
    expect(server.context.durableIndex).to.equal(0);
    // Even one whose index and term exist says nothing: the bytes on disk were others.
    [server] = step(server, persisted({ write: 2, lastIndex: 1, lastTerm: 4 }));
    expect(server.context.durableIndex).to.equal(0);
    [server] = step(server, persisted({ write: 3, lastIndex: 1, lastTerm: 4 }));
    expect(server.context.durableIndex).to.equal(1);
  });
});

describe('a follower and clients', () => {
  it('names the leader it knows, or nobody', () => {
    const refusal = (leader: string | null) => replies({ kind: 'refused', batch: 9, leader });
    expect(step(aFollower(), command(9))[1]).to.deep.equal([refusal(null)]);
    expect(step(aFollower({ leader: 'c' }), command(9))[1]).to.deep.equal([refusal('c')]);
  });
});
