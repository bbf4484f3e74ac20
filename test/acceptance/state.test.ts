/**
 * Acceptance, terms, entries, Figure 2's State and quorums: rows TERM, ENTRY, STATE and CONF of
 * README.md that no test of a rule or a machine says already.
 */
import { expect } from 'chai';
import { noSnapshots } from '../support/no-snapshots.ts';
import { followerCommitIndex } from '../../machines/rules/commitment.ts';
import { hasQuorum } from '../../machines/rules/quorum.ts';
import { createServerActor } from '../../actors/server.actor.ts';
import { defaultLimits, defaultTiming } from '../../actors/ports.ts';
import { lastTerm, matches, termAt } from '../../machines/log.ts';
import { randomFrom } from '../../simulation/random.ts';
import { crc32 } from '../../storage/crc32.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import {
  aCandidate,
  aFollower,
  aPreCandidate,
  aRecovering,
  appendEntries,
  appendReply,
  back,
  logOf,
  preVoteReply,
  recovered,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
} from '../support/step.ts';

describe('acceptance: terms and state', () => {
  it('TERM1 begins with term 0', () => {
    expect(aRecovering().context.currentTerm).to.equal(0);
  });

  it('TERM2 raises its term by 1 when it stands for election', () => {
    for (const term of [0, 1, 999]) {
      const [after] = step(aPreCandidate({ term }), preVoteReply({ term }));
      expect(after.context.currentTerm).to.equal(term + 1);
    }
  });

  it('TERM8 tells a lower, an equal and a higher term apart', () => {
    const follower = aFollower({ term: 5 });
    const hear = (term: number) => step(follower, appendEntries({ term }))[0].context;
    expect(hear(4)).to.deep.include({ currentTerm: 5, leader: null });
    expect(hear(5)).to.deep.include({ currentTerm: 5, leader: 'b' });
    expect(hear(6)).to.deep.include({ currentTerm: 6, leader: 'b' });
  });

  it('ENTRY8 knows an entry by index and term alone', () => {
    const log = logOf([1, 1, 2]);
    expect(matches(log, 3, 2)).to.equal(true);
    expect(matches(log, 3, 1)).to.equal(false);
    expect(matches(log, 4, 2)).to.equal(false);
  });

  it('STATE1 begins as a follower without vote, leader, entries or commits', () => {
    const [fresh] = step(aRecovering(), recovered({ term: 0 }));
    expect(roleOf(fresh)).to.equal('follower.leaderless');
    expect(fresh.context).to.deep.include({
      ...{ currentTerm: 0, votedFor: null, leader: null, commitIndex: 0 },
    });
    expect(termsOf(fresh.context.log)).to.deep.equal([]);
  });

  it('STATE2 forgets vote and leader with a higher term', () => {
    const follower = aFollower({ votedFor: 'c', leader: 'c' });
    const [after] = step(follower, appendReply({ term: 2 }));
    expect(after.context).to.deep.include({ currentTerm: 2, votedFor: null, leader: null });
  });

  it('STATE3 keeps them at a lower or equal one', () => {
    const follower = aFollower({ term: 2, votedFor: 'c', leader: 'c' });
    for (const term of [1, 2]) {
      const [after] = step(follower, appendReply({ term }));
      expect(after.context).to.deep.include({ currentTerm: 2, votedFor: 'c', leader: 'c' });
    }
  });

  it('STATE5 finds the term of an entry, and none where there is no entry', () => {
    const log = logOf([1, 2, 2]);
    expect([1, 2, 3].map((index) => termAt(log, index))).to.deep.equal([1, 2, 2]);
    expect(termAt(log, 99)).to.equal(null);
    expect([lastTerm(log), log.lastIndex]).to.deep.equal([2, 3]);
  });

  it('STATE14 a conflicting entry at 2 deletes 2 and 3, and takes their place', () => {
    const follower = aFollower({ term: 2, log: [1, 1, 1] });
    const [after] = step(follower, appendEntries({ term: 2, prev: [1, 1], entries: [2] }));
    expect(termsOf(after.context.log)).to.deep.equal([1, 2]);
  });

  it('STATE17 never commits beyond what the message verified', () => {
    const [after] = step(aFollower({ log: [1, 1] }), appendEntries({ prev: [1, 1], commit: 99 }));
    expect(after.context.commitIndex).to.equal(1);
  });

  it('STATE18 a lower leaderCommit changes nothing and is no error', () => {
    expect(followerCommitIndex(5, 3, 9)).to.equal(5);
    const follower = aFollower({ log: [1, 1], leader: 'b', commitIndex: 2 });
    const [after, effects] = step(
      follower,
      appendEntries({ prev: [2, 1], entries: [1], commit: 1 }),
    );
    expect(after.context.commitIndex).to.equal(2);
    expect(effects).to.deep.include(sends('log', appendReply({ ...back, matchIndex: 3 })));
  });

  it('STATE20 a vote of one term is no vote of the next', () => {
    const [after] = step(aFollower({ votedFor: 'c' }), requestVote({ term: 2 }));
    expect(after.context).to.deep.include({ currentTerm: 2, votedFor: 'b' });
  });

  it('STATE22 a candidate counts no vote of an older term', () => {
    const [after] = step(aCandidate({ term: 3 }), voteReply({ term: 2 }));
    expect(after.context.votes).to.deep.equal([]);
  });

  it('CONF13 a majority of three is two; of one, one; of five, three', () => {
    const needed = (size: number) => {
      const voters = Array.from({ length: size }, (_, i) => `n${i}`);
      const configuration = { voters, outgoing: [], learners: [] };
      return (
        voters.findIndex((_, i) => hasQuorum(configuration, (v) => voters.indexOf(v) <= i)) + 1
      );
    };
    expect([1, 2, 3, 4, 5].map(needed)).to.deep.equal([1, 2, 2, 3, 3]);
  });
});

describe('acceptance: the election timer', () => {
  /** The delay of the first timer that a server arms, its randomness being `random`. */
  function electionTimeoutMs(random: () => number): number {
    const tasks: (() => void)[] = [];
    const delays: number[] = [];
    const actor = createServerActor({
      ...{ id: 'a', voters: ['a', 'b', 'c'], machines: {} },
      ...{ timing: defaultTiming, limits: defaultLimits, leases: false, boot: 0 },
      ports: {
        store: new MemoryStore(new MemoryDisk('c', crc32), (task) => tasks.push(task)),
        ...{ checksum: crc32, random, monotonicMs: () => 0 },
        send: () => undefined,
        clock: { setTimeout: (_, delayMs) => delays.push(delayMs), clearTimeout: () => undefined },
        defer: (task) => tasks.push(task),
      },
      ...noSnapshots,
      ...{ apply: () => undefined, reply: () => undefined, onFault: () => undefined },
    });
    actor.start();
    for (const task of tasks) task();
    expect(delays).to.have.length(1);
    return delays[0]!;
  }

  it('FOL1 is armed at the start, between once and twice electionTimeoutMs', () => {
    const { electionTimeoutMs: least } = defaultTiming;
    expect(electionTimeoutMs(() => 0)).to.equal(least);
    expect(electionTimeoutMs(() => 0.5)).to.equal(least * 1.5);
    expect(electionTimeoutMs(() => 0.999_999)).to.be.within(least * 1.99, least * 2);
  });

  it('FOL2 differs between servers and between starts', () => {
    const seed = 7;
    const random = randomFrom(seed);
    const drawn = Array.from({ length: 100 }, () => electionTimeoutMs(() => random.next()));
    expect(new Set(drawn), `seed ${seed}`).to.have.property('size', 100);
  });
});
