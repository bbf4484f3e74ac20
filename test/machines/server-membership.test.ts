/** §6 and thesis §4: a leader changes who takes part, step by step. */
import { expect } from 'chai';
import type { ServerEvent } from '../../machines/events.ts';
import { configurationOf } from '../../machines/log.ts';
import type { LogIndex, ServerId } from '../../machines/messages.ts';
import { silentAfterChecks, type MembershipChange } from '../../machines/rules/membership.ts';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import type { Effect } from '../../simulation/stepper.ts';
import {
  aFollower,
  aLeader,
  appendEntries,
  appendReply,
  command,
  fire,
  matched,
  persisted,
  replies,
  roleOf,
  step,
} from '../support/step.ts';

const none = { voters: [], learners: [], removed: [], moved: [] };
const ask = (change: Partial<MembershipChange>, expected = 0, batch = 9): ServerEvent => ({
  type: 'admin.changeMembers',
  ...{ batch, expected, payload: 'addresses' },
  change: { ...none, ...change },
});

const term = 2;
const open = (voters: readonly ServerId[] = ['a', 'b', 'c']) => {
  return aLeader({ voters, term, open: true });
};

/** Everything is on the leader's own disk and on those of `peers`. */
function stored(server: ServerSnapshot, ...peers: readonly ServerId[]): ServerEvent[] {
  const { writes, log } = server.context;
  const { lastIndex } = log;
  const own = persisted({ write: writes, lastIndex, lastTerm: term });
  return [own, ...peers.map((peer) => matched({ peer, term, matchIndex: lastIndex }))];
}

/** Takes steps of which each is known only when the one before was made. */
function walk(
  from: ServerSnapshot,
  ...steps: readonly ((at: ServerSnapshot) => readonly ServerEvent[])[]
): [ServerSnapshot, Effect[]] {
  let at: [ServerSnapshot, Effect[]] = [from, []];
  for (const next of steps) at = step(at[0], ...next(at[0]));
  return at;
}

const storedBy =
  (...peers: readonly ServerId[]) =>
  (at: ServerSnapshot) =>
    stored(at, ...peers);

function membershipOf({ value }: ServerSnapshot): unknown {
  const { role } = value;
  return typeof role === 'object' && 'leader' in role ? role.leader.membership : null;
}

const members = (server: ServerSnapshot) => {
  const { voters, outgoing, learners } = configurationOf(server.context.log);
  return { voters, outgoing, learners };
};

const promised = (server: ServerSnapshot) => configurationOf(server.context.log).next;

const named = (effects: readonly Effect[], ...names: readonly string[]) =>
  effects.filter((effect) => names.some((name) => name in effect));

const answers = (effects: readonly Effect[]) => named(effects, 'reply');

describe('a leader asked to change who takes part', () => {
  it('§6 adds a server as a learner first: sent the log at once, and counted by nobody', () => {
    const [after, effects] = step(open(), ask({ voters: ['d'] }));
    expect(membershipOf(after)).to.deep.equal({ catchingUp: 'round' });
    expect(members(after)).to.deep.equal({
      voters: ['a', 'b', 'c'],
      outgoing: [],
      learners: ['d'],
    });
    expect(named(effects, 'persist')).to.deep.equal([
      {
        persist: {
          ...{ kind: 'configuration', write: 3, term, payload: 'addresses' },
          configuration: configurationOf(after.context.log),
        },
      },
    ]);
    expect(effects).to.deep.include({
      spawn: 'replicator.d',
      input: {
        ...{ id: 'a', peer: 'd', term, log: after.context.log, commitIndex: 1, round: 0 },
        window: after.context.window,
      },
    });
    const [byLearner] = walk(after, storedBy('d'));
    expect(byLearner.context.commitIndex, 'with its own disk and the learner alone').to.equal(1);
  });

  it('thesis §4.2.1 promotes a server that caught up within a round, through C_old,new', () => {
    const [joint, toJoint] = walk(
      open(),
      () => [ask({ voters: ['d'] })],
      storedBy('b'),
      storedBy('d'),
    );
    expect(membershipOf(joint)).to.equal('joint');
    expect(members(joint)).to.deep.equal({
      voters: ['a', 'b', 'c', 'd'],
      outgoing: ['a', 'b', 'c'],
      learners: [],
    });
    expect(answers(toJoint)).to.deep.equal([]);
    const [settling] = walk(joint, storedBy('b', 'd'));
    expect(membershipOf(settling)).to.equal('settling');
    expect(members(settling)).to.deep.equal({
      voters: ['a', 'b', 'c', 'd'],
      outgoing: [],
      learners: [],
    });
    const [stable, effects] = walk(settling, storedBy('b', 'c'));
    expect(membershipOf(stable)).to.equal('stable');
    expect(answers(effects)).to.deep.equal([replies({ kind: 'changed', batch: 9, index: 4 })]);
  });

  it('§6 needs a majority of the old voters and one of the new for C_old,new', () => {
    const replaced = ask({ voters: [], removed: ['b', 'c'] });
    const [joint] = step(open(), replaced);
    expect(members(joint)).to.deep.equal({
      voters: ['a'],
      outgoing: ['a', 'b', 'c'],
      learners: [],
    });
    const [byNew] = walk(joint, storedBy());
    expect(membershipOf(byNew), 'a alone is all of the new voters').to.equal('joint');
    const [byBoth] = walk(joint, storedBy('b'));
    expect(membershipOf(byBoth)).to.equal('settling');
  });

  it('keeps who does not catch up a learner, after a deadline, and says so', () => {
    const [waiting] = walk(open(), () => [ask({ voters: ['d'] })], storedBy('b', 'c'));
    const round = fire('catchUpRound', 'role.leader.membership.catchingUp.round');
    const [still, none_] = walk(
      waiting,
      () => [command(1)],
      () => [round],
    );
    expect(membershipOf(still)).to.deep.equal({ catchingUp: 'round' });
    expect(answers(none_)).to.deep.equal([]);
    const deadline = fire('catchUpDeadline', 'role.leader.membership.catchingUp');
    const [lapsing, notYet] = step(still, deadline);
    expect(promised(still)).to.deep.equal({ voters: ['a', 'b', 'c', 'd'], learners: [] });
    expect(promised(lapsing), 'and no later leader goes on').to.equal(undefined);
    expect(answers(notYet), 'before that is committed').to.deep.equal([]);
    const [after, effects] = walk(lapsing, storedBy('b'));
    expect(answers(effects)).to.deep.equal([
      replies({ kind: 'unchanged', batch: 9, code: 'ERR_NOT_CAUGHT_UP', server: 'd' }),
    ]);
    expect(membershipOf(after)).to.equal('stable');
    expect(members(after).learners).to.deep.equal(['d']);
  });

  const quorumCheck = fire('quorumCheck', 'role.leader.quorum.watching');
  const looks = (at: ServerSnapshot, count: number, ...answering: readonly ServerId[]) => {
    const contact = answering.map((from) => appendReply({ from, term, matchIndex: 1 }));
    const all = Array.from({ length: count }, () => [...contact, quorumCheck]).flat();
    return step(at, ...all);
  };

  it('gives up on who answers nothing at all, long before the deadline, and names it', () => {
    const change = ask({ voters: ['d', 'e'] });
    const [waiting] = walk(open(), () => [change], storedBy('b', 'c'));
    const [still, none_] = looks(waiting, silentAfterChecks - 1, 'b', 'd');
    expect(membershipOf(still)).to.deep.equal({ catchingUp: 'round' });
    expect(answers(none_)).to.deep.equal([]);

    const [lapsing] = looks(still, 1, 'b', 'd');
    const [after, effects] = walk(lapsing, storedBy('b'));

    expect(answers(effects)).to.deep.equal([
      replies({ kind: 'unchanged', batch: 9, code: 'ERR_NOT_CAUGHT_UP', server: 'e' }),
    ]);
    expect(membershipOf(after)).to.equal('stable');
    expect(members(after).learners).to.deep.equal(['d', 'e']);
  });

  it('waits as long again when it is asked again: the server may just have been started', () => {
    const [waiting] = walk(open(), () => [ask({ voters: ['d'] })], storedBy('b', 'c'));
    const [silent] = walk(looks(waiting, silentAfterChecks, 'b')[0], storedBy('b'));
    const again = ask({ voters: ['d'] }, configurationOf(silent.context.log).index);
    const [asked, effects] = step(silent, again);
    expect(answers(effects)).to.deep.equal([]);
    expect(membershipOf(asked)).to.deep.equal({ catchingUp: 'round' });
    expect(membershipOf(looks(asked, 1, 'b')[0])).to.deep.equal({ catchingUp: 'round' });
  });

  it('takes what the log had when the round began for caught up, not what came since', () => {
    const [waiting] = walk(open(), () => [ask({ voters: ['d'] })], storedBy('b'));
    const [more] = step(waiting, command(1, 5));
    const atBegin = matched({ peer: 'd', term, matchIndex: 2 });
    expect(membershipOf(step(more, atBegin)[0])).to.equal('joint');
    const round = fire('catchUpRound', 'role.leader.membership.catchingUp.round');
    const [next] = step(more, round, atBegin);
    expect(membershipOf(next), 'of the next round').to.deep.equal({ catchingUp: 'round' });
  });

  it('adds and removes several at once', () => {
    const change = ask({ voters: ['d', 'e'], removed: ['b', 'c'], learners: ['x'] });
    const [joint] = walk(open(), () => [change], storedBy('b', 'd', 'e'));
    expect(members(joint)).to.deep.equal({
      voters: ['a', 'd', 'e'],
      outgoing: ['a', 'b', 'c'],
      learners: ['x'],
    });
  });

  it('stops sending to who was removed when that is committed, not before, and tells it', () => {
    const [settling, toNew] = walk(open(), () => [ask({ removed: ['c'] })], storedBy('b', 'c'));
    expect(membershipOf(settling)).to.equal('settling');
    expect(named(toNew, 'stop')).to.deep.equal([]);
    const [after, effects] = walk(settling, storedBy('b'));
    expect(named(effects, 'stop')).to.deep.equal([{ stop: 'replicator.c' }]);
    expect(effects).to.deep.include({
      tell: 'replicator.c',
      event: { type: 'leader.confirming', round: 0 },
    });
    expect(Object.keys(after.context.peers)).to.deep.equal(['b']);
    const late = matched({ peer: 'c', term, matchIndex: 3 });
    expect(Object.keys(step(after, late)[0].context.peers)).to.deep.equal(['b']);
  });
});

describe('a leader that is asked to leave', () => {
  it('thesis §4.2.2 goes on until that is committed, does not count itself, then steps down', () => {
    const [settling] = walk(open(), () => [ask({ removed: ['a'] })], storedBy('b', 'c'));
    expect(membershipOf(settling)).to.equal('settling');
    expect(members(settling)).to.deep.equal({ voters: ['b', 'c'], outgoing: [], learners: [] });
    const [byOne] = walk(settling, storedBy('b'));
    expect(roleOf(byOne), 'b and itself are no majority of b and c').to.equal('leader');
    const [after, effects] = walk(settling, storedBy('b', 'c'));
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(answers(effects)).to.deep.equal([
      replies({ kind: 'changed', batch: 9, index: 3 }),
      replies({ kind: 'abandoned', leader: null }),
    ]);
    const [waits] = step(after, fire('electionTimeout', 'role.follower.contact.leaderless'));
    expect(roleOf(waits), 'and never campaigns again').to.equal('follower.leaderless');
  });

  it('takes commands until then', () => {
    const [settling] = walk(open(), () => [ask({ removed: ['a'] })], storedBy('b', 'c'));
    const [, effects] = step(settling, command(3));
    expect(answers(effects)).to.deep.equal([
      replies({ kind: 'accepted', batch: 3, firstIndex: 4, term }),
    ]);
  });
});

describe('a change of members is refused', () => {
  const refusal = (server: ServerSnapshot, event: ServerEvent): unknown => {
    const [after, effects] = step(server, event);
    expect(after.context.log, 'nothing is appended').to.equal(server.context.log);
    const [first] = answers(effects);
    return first !== undefined && 'reply' in first && 'code' in first.reply
      ? [first.reply.code, first.reply.server]
      : first;
  };

  it('before an entry of the own term has committed (Ongaro 2015, mistake 32)', () => {
    const leader = aLeader({ term: 2, log: [1] });
    expect(refusal(leader, ask({ voters: ['d'] }))).to.deep.equal(['ERR_CHANGE_IN_PROGRESS', null]);
  });

  it('while another one is under way, in each of its stages', () => {
    const next = (at: ServerSnapshot) => {
      return ask({ removed: ['c'] }, configurationOf(at.context.log).index);
    };
    const [catching] = step(open(), ask({ voters: ['d'] }));
    const [joint] = step(open(), ask({ removed: ['c'] }));
    const [settling] = walk(joint, storedBy('b'));
    const [plain] = step(open(), ask({ learners: ['d'] }));
    for (const at of [catching, joint, settling, plain]) {
      expect(refusal(at, next(at))).to.deep.equal(['ERR_CHANGE_IN_PROGRESS', null]);
    }
  });

  it('when the configuration is not the one that its asker has seen', () => {
    const [stable] = walk(open(), () => [ask({ learners: ['d'] })], storedBy('b'));
    expect(membershipOf(stable)).to.equal('stable');
    expect(refusal(stable, ask({ removed: ['c'] }, 0))).to.deep.equal([
      'ERR_CONFIGURATION_CHANGED',
      null,
    ]);
  });

  for (const [what, change, code, server] of [
    ['removes a stranger', { removed: ['x'] }, 'ERR_UNKNOWN_MEMBER', 'x'],
    ['moves a stranger', { moved: ['x'] }, 'ERR_UNKNOWN_MEMBER', 'x'],
    ['makes a voter a learner', { learners: ['b'] }, 'ERR_MEMBER_EXISTS', 'b'],
    ['removes all voters', { removed: ['a', 'b', 'c'] }, 'ERR_NO_VOTER_LEFT', 'a'],
    ['has too many voters', { voters: 'd e f g h i j'.split(' ') }, 'ERR_TOO_MANY_MEMBERS', null],
    [
      'has too many learners',
      { learners: 'd e f g h i j k l m'.split(' ') },
      'ERR_TOO_MANY_MEMBERS',
      null,
    ],
  ] as const) {
    it(`that ${what}`, () => {
      expect(refusal(open(), ask(change))).to.deep.equal([code, server]);
    });
  }

  it('by a server that does not lead', () => {
    expect(refusal(aFollower({ leader: 'b' }), ask({ voters: ['d'] }))).to.deep.equal(
      replies({ kind: 'refused', batch: 9, leader: 'b' }),
    );
  });

  it('and confirmed when there is nothing to do', () => {
    expect(refusal(open(), ask({ voters: ['b'] }))).to.deep.equal(
      replies({ kind: 'changed', batch: 9, index: 0 }),
    );
  });
});

describe('a leader that inherits learners which are to vote', () => {
  const next = { voters: ['a', 'd'], learners: ['x'] };
  const waits = { voters: ['a', 'b', 'c'], outgoing: [], learners: ['d', 'x'], index: 2, next };
  const elected = () => aLeader({ term, log: [1, 1], configurations: [waits] });
  const resumed = () => walk(elected(), storedBy('b'))[0];

  it('waits on once an entry of its own term has committed, and makes the whole change', () => {
    expect(membershipOf(elected())).to.equal('inherited');
    expect(membershipOf(resumed())).to.deep.equal({ catchingUp: 'round' });
    const [joint, effects] = walk(resumed(), storedBy('d'));
    expect(membershipOf(joint)).to.equal('joint');
    expect(members(joint)).to.deep.equal({
      ...{ voters: ['a', 'd'], outgoing: ['a', 'b', 'c'], learners: ['x'] },
    });
    expect(promised(joint)).to.equal(undefined);
    const [stable, last] = walk(joint, storedBy('b', 'd'), storedBy('d'));
    expect(membershipOf(stable)).to.equal('stable');
    expect(answers([...effects, ...last]), 'nobody asked it').to.deep.equal([]);
  });

  it('takes no other change meanwhile', () => {
    const [, effects] = step(resumed(), ask({ removed: ['d'] }, 2));
    expect(answers(effects)).to.deep.equal([
      replies({ kind: 'unchanged', batch: 9, code: 'ERR_CHANGE_IN_PROGRESS', server: null }),
    ]);
  });

  it('gives up on who answers nothing, like the one before, and tells nobody', () => {
    const check = fire('quorumCheck', 'role.leader.quorum.watching');
    const contact = appendReply({ from: 'b', term, matchIndex: 1 });
    const looks = Array.from({ length: silentAfterChecks }, () => [contact, check]).flat();
    const [lapsing] = step(resumed(), ...looks);
    expect(membershipOf(lapsing)).to.equal('lapsing');
    expect(promised(lapsing)).to.equal(undefined);
    const [stable, effects] = walk(lapsing, storedBy('b'));
    expect(membershipOf(stable)).to.equal('stable');
    expect(answers(effects)).to.deep.equal([]);
    const { index } = configurationOf(stable.context.log);
    const [gone] = walk(stable, () => [ask({ removed: ['d'] }, index)], storedBy('b'));
    expect(members(gone).learners, 'so it may be removed').to.deep.equal(['x']);
  });

  it('takes back nothing before what it takes back is committed (§6: one at a time)', () => {
    const deadline = fire('catchUpDeadline', 'role.leader.membership.catchingUp');
    const [early] = step(open(), ask({ voters: ['d'] }), deadline);
    expect(membershipOf(early)).to.equal('lapsing');
    expect(promised(early)).to.deep.equal({ voters: ['a', 'b', 'c', 'd'], learners: [] });
    const [later] = walk(early, storedBy('b'));
    expect(promised(later)).to.equal(undefined);
    expect(answers(walk(later, storedBy('b'))[1])).to.have.length(1);
  });
});

describe('a leader that inherits a joint configuration', () => {
  const joint = { voters: ['a', 'b', 'd'], outgoing: ['a', 'b', 'c'], learners: [], index: 2 };
  const elected = () => aLeader({ term, log: [1, 1], configurations: [joint] });

  it('mistake 21: finishes it, once an entry of its own term has committed', () => {
    expect(membershipOf(elected())).to.equal('inherited');
    expect(Object.keys(elected().context.peers).sort()).to.deep.equal(['b', 'c', 'd']);
    const [after, effects] = walk(elected(), storedBy('b'));
    expect(membershipOf(after)).to.equal('settling');
    expect(members(after)).to.deep.equal({ voters: ['a', 'b', 'd'], outgoing: [], learners: [] });
    expect(named(effects, 'persist')).to.have.length(1);
    const [stable, last] = walk(after, storedBy('b'));
    expect(membershipOf(stable)).to.equal('stable');
    expect(answers(last)).to.deep.equal([]);
  });

  it('was elected by both majorities', () => {
    const swapped = { voters: ['a', 'd', 'e'], outgoing: ['a', 'b', 'c'], learners: [], index: 2 };
    const canvassing = step(
      aFollower({ term: 1, log: [1, 1], configurations: [swapped] }),
      fire('electionTimeout', 'role.follower.contact.leaderless'),
    )[0];
    const promise = (from: ServerId): ServerEvent => ({
      ...{ type: 'rpc.preVoteReply', from, to: 'a', term: 1, campaignTerm: 2 },
      voteGranted: true,
    });
    expect(roleOf(step(canvassing, promise('b'))[0])).to.equal('preCandidate');
    expect(roleOf(step(canvassing, promise('d'), promise('e'))[0])).to.equal('preCandidate');
    expect(roleOf(step(canvassing, promise('d'), promise('b'))[0])).to.equal('candidate');
  });

  it('mistake 37: and is only among the old voters, campaigns and leads all the same', () => {
    const left = { voters: ['b', 'c'], outgoing: ['a', 'b', 'c'], learners: [], index: 1 };
    const voters = ['a', 'b', 'c', 'x', 'y']; // Of whom b and c give their votes.
    const leader = aLeader({ term, voters, log: [1], configurations: [left] });
    expect(roleOf(leader)).to.equal('leader');
    const [after] = walk(leader, storedBy('b', 'c'), storedBy('b', 'c'));
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(members(after).voters).to.deep.equal(['b', 'c']);
  });
});

describe('a follower that hears of a configuration', () => {
  const learning = { voters: ['b', 'c'], outgoing: [], learners: ['a'], index: 1 };

  it('§6 obeys it as soon as it is in its log, and drops it with the entry', () => {
    const entries = appendEntries({ term: 1, entries: [1], configurations: [learning] });
    const [learner] = step(aFollower({ voters: ['b', 'c'] }), entries);
    expect(configurationOf(learner.context.log)).to.deep.equal(learning);
    const timeout = [
      fire('freshness', 'role.follower.contact.fresh'),
      fire('staleness', 'role.follower.contact.stale'),
    ];
    expect(roleOf(step(learner, ...timeout)[0]), 'a learner never campaigns').to.equal(
      'follower.leaderless',
    );
    const [left] = step(aFollower(), entries);
    const [replaced] = step(left, appendEntries({ from: 'c', term: 3, entries: [3] }));
    expect(configurationOf(replaced.context.log).voters).to.deep.equal(['a', 'b', 'c']);
    expect(roleOf(step(replaced, ...timeout)[0])).to.equal('preCandidate');
  });

  it('thesis §4.2.2 campaigns though it is left out, until that is committed', () => {
    const without = { voters: ['b', 'c'], outgoing: [], learners: [], index: 1 };
    const after = (commit: LogIndex) => {
      const entries = appendEntries({ term: 1, entries: [1], configurations: [without], commit });
      const [left] = step(aFollower(), entries);
      return roleOf(
        step(
          left,
          fire('freshness', 'role.follower.contact.fresh'),
          fire('staleness', 'role.follower.contact.stale'),
        )[0],
      );
    };
    expect(after(0)).to.equal('preCandidate');
    expect(after(1)).to.equal('follower.leaderless');
  });

  it('mistake 24: a learner grants its vote when it is asked', () => {
    const learner = aFollower({ log: [1], configurations: [learning] });
    const [, effects] = step(learner, {
      ...{ type: 'rpc.requestVote', from: 'x', to: 'a', term: 5, lastLogIndex: 1, lastLogTerm: 1 },
      leadershipTransfer: false,
    });
    expect(effects.some((effect) => 'send' in effect)).to.equal(true);
    expect(step(learner, granting(5, 1))[0].context.votedFor).to.equal('x');
  });

  it('waits as long as it takes when it knows of nobody: it was started to join', () => {
    const joiner = aFollower({ voters: [] });
    const [after, effects] = step(
      joiner,
      fire('electionTimeout', 'role.follower.contact.leaderless'),
    );
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(named(effects, 'send')).to.deep.equal([]);
  });
});

function granting(voteTerm: number, lastIndex: LogIndex): ServerEvent {
  return {
    ...{ type: 'rpc.requestVote', from: 'x', to: 'a', term: voteTerm },
    ...{ lastLogIndex: lastIndex, lastLogTerm: 1, leadershipTransfer: false },
  };
}
