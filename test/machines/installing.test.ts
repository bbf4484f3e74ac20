/** A follower that is given a snapshot (§7, Figure 13): rule by rule, with whole effect lists. */
import { expect } from 'chai';
import { configurationOf } from '../../machines/log.ts';
import {
  aFollower,
  applies,
  appendEntries,
  appendRefusal,
  back,
  fire,
  preVote,
  recovered,
  aRecovering,
  requestVote,
  roleOf,
  sends,
  step,
  termsOf,
  voteReply,
  withoutTimers,
} from '../support/step.ts';
import {
  aReceiver,
  anInstaller,
  answers,
  hasAll,
  installed,
  installOf,
  installs,
  installSnapshot,
  newer,
  received,
  snapshot,
  takes,
} from '../support/snapshot-steps.ts';

const seven = [1, 1, 1, 1, 1, 1, 1];
const switches = (keepSuffix: boolean) =>
  installs({ kind: 'switch', from: 'b', snapshot, keepSuffix });

describe('§7 a follower that is sent a snapshot', () => {
  it('answers a stale one at once, and gives its slot nothing', () => {
    const follower = aFollower({ leader: 'b', log: seven, commitIndex: 5 });
    const [after, effects] = step(follower, installSnapshot());
    expect(withoutTimers(effects)).to.deep.equal([hasAll]);
    expect(installOf(after)).to.equal('none');
    expect(after.context.log).to.equal(follower.context.log);
  });

  it('gives its slot each chunk as it comes; order is not the chart’s affair', () => {
    const [first, effects] = step(aFollower({ leader: 'b' }), installSnapshot());
    expect(withoutTimers(effects)).to.deep.equal([takes(0)]);
    expect(installOf(first)).to.equal('receiving');
    const [, later] = step(first, installSnapshot({ offset: 80 }));
    expect(withoutTimers(later)).to.deep.equal([takes(80)]);
  });

  it('says how far it is, by what is with its disk and not by what came', () => {
    const [after, effects] = step(aReceiver(), received(40));
    expect(effects).to.deep.equal([answers({ offset: 40 })]);
    expect(installOf(after)).to.equal('receiving');
  });

  it('says the same again after a doubled chunk, and nothing new after a lost one', () => {
    const [, again] = step(aReceiver(), received(40), received(40));
    expect(again).to.deep.equal([answers({ offset: 40 })]);
  });

  it('switches when all bytes are there, and acknowledges nothing before that is durable', () => {
    const [after, effects] = step(aReceiver({ log: [1, 1] }), received(100));
    expect(roleOf(after)).to.equal('installing');
    expect(withoutTimers(effects)).to.deep.equal([switches(false)]);
    const [follower, then] = step(after, installed());
    expect(roleOf(follower)).to.match(/^follower/);
    expect(withoutTimers(then)).to.deep.equal([applies(5), hasAll]);
  });

  it('needs no snapshot any more that was overtaken by entries while it came', () => {
    const commit = appendEntries({ prev: [7, 1], commit: 5 });
    const [after, effects] = step(aReceiver({ log: seven }), commit, received(100));
    expect(effects).to.deep.equal([hasAll]);
    expect(installOf(after)).to.equal('none');
    const [, chunk] = step(aReceiver({ log: seven }), commit, installSnapshot({ offset: 40 }));
    expect(withoutTimers(chunk)).to.deep.equal([hasAll]);
  });

  it('NuRaft#590 votes and campaigns meanwhile as what its log still is: nothing has changed yet', () => {
    const receiver = aReceiver({ log: [1, 1] });
    const term = { term: 2, lastLogIndex: 2, lastLogTerm: 1 };
    const [voter, effects] = step(receiver, requestVote({ from: 'c', ...term }));
    expect(voter.context.currentTerm).to.equal(1); // A fresh leader is heard: it is turned away.
    expect(withoutTimers(effects)).to.deep.equal([]);
    const [campaigns] = step(
      receiver,
      fire('freshness', 'role.follower.contact.fresh'),
      fire('staleness', 'role.follower.contact.stale'),
    );
    expect(roleOf(campaigns)).to.match(/preCandidate|leaderless/);
  });
});

describe('§7 a transfer that breaks off', () => {
  it('begins anew under another leader of a newer term, whose chunks are its slot’s to place', () => {
    const other = installSnapshot({ from: 'c', term: 2, snapshot: newer });
    const [after, effects] = step(aReceiver(), other);
    expect(after.context.currentTerm).to.equal(2);
    expect(installOf(after)).to.equal('receiving');
    expect(withoutTimers(effects)).to.deep.include(takes(0, newer, 'c'));
  });

  it('takes no chunk of a deposed leader, and tells it of the newer term', () => {
    const [moved] = step(aReceiver(), appendEntries({ from: 'c', term: 2 }));
    const [after, effects] = step(moved, installSnapshot({ offset: 40 }));
    const refusal = { term: 2, offset: 0, installed: false };
    expect(withoutTimers(effects)).to.deep.equal([answers(refusal)]);
    expect(after.context.leader).to.equal('c');
  });

  it('answers each snapshot under its own name: bytes of one are no bytes of another', () => {
    const [both] = step(aReceiver(), installSnapshot({ snapshot: newer }));
    const [, effects] = step(both, received(20, newer));
    expect(effects).to.deep.equal([answers({ snapshot: newer, offset: 20 })]);
  });

  it('forgets the transfer when its slot gave it up: a damaged snapshot, a full disk', () => {
    const [after, effects] = step(aReceiver(), { type: 'log.discarded' });
    expect(installOf(after)).to.equal('none');
    expect(withoutTimers(effects)).to.deep.equal([]);
  });

  it('is a follower with its old log again when the switch fails', () => {
    const [after, effects] = step(anInstaller({ log: [1, 1] }), { type: 'log.discarded' });
    expect(roleOf(after)).to.match(/^follower/);
    expect(termsOf(after.context.log)).to.deep.equal([1, 1]);
    expect(withoutTimers(effects)).to.deep.equal([]);
  });

  it('ignores what its slot still says of a transfer that is over', () => {
    const follower = aFollower({ leader: 'b', log: [1] });
    for (const late of [received(40), { type: 'log.discarded' } as const]) {
      const [after, effects] = step(follower, late);
      expect(effects, late.type).to.deep.equal([]);
      expect(after.context, late.type).to.equal(follower.context);
    }
  });
});

describe('§7 what a snapshot does to the log', () => {
  it('keeps what follows it if its last entry is in the log, with index and term', () => {
    const [asked, effects] = step(aReceiver({ log: seven }), received(100));
    expect(withoutTimers(effects)).to.deep.equal([switches(true)]);
    const [{ context }] = step(asked, installed());
    expect(context.log).to.include({ snapshotIndex: 5, snapshotTerm: 1, lastIndex: 7 });
    expect(termsOf(context.log)).to.deep.equal([1, 1]);
  });

  it('discards the entire log if the entry there has another term', () => {
    const log = [1, 1, 1, 1, 2, 2];
    const term = 3;
    const [asked, effects] = step(
      aFollower({ term, leader: 'b', log }),
      installSnapshot({ term }),
      received(100),
    );
    expect(withoutTimers(effects)).to.deep.equal([switches(false)]);
    const [{ context }] = step(asked, installed());
    expect(context.log).to.include({ snapshotIndex: 5, snapshotTerm: 1, lastIndex: 5 });
    expect(context.log.runs).to.deep.equal([]);
    expect(context.durableIndex).to.equal(5);
  });

  it('discards the entire log if it ends before the snapshot', () => {
    const [{ context }] = step(anInstaller({ log: [1, 1] }), installed());
    expect(context.log).to.include({ snapshotIndex: 5, lastIndex: 5 });
  });

  it('never lowers commitIndex, the term or the vote', () => {
    const before = anInstaller({ log: seven, commitIndex: 3, votedFor: 'b' });
    const [{ context }] = step(before, installed());
    expect(context.commitIndex).to.equal(5);
    expect(context.currentTerm).to.equal(1);
    expect(context.votedFor).to.equal('b');
    // Committed past it meanwhile: that one is stale, and answered at once.
    const ahead = aFollower({ leader: 'b', log: seven, commitIndex: 6 });
    expect(step(ahead, installSnapshot())[0].context.commitIndex).to.equal(6);
  });

  it('openraft#1808 takes the configuration from the snapshot, whatever the dropped log said', () => {
    const dropped = { index: 2, voters: ['a', 'b', 'c', 'd'], outgoing: [], learners: [] };
    const installer = anInstaller({ log: [1, 1], configurations: [dropped] });
    expect(configurationOf(installer.context.log).voters).to.include('d');
    const [{ context }] = step(installer, installed({ index: 4, learners: ['e'] }));
    expect(configurationOf(context.log)).to.deep.equal({
      ...{ index: 4, voters: ['a', 'b', 'c'], outgoing: [], learners: ['e'] },
    });
    expect(context.log.configurations).to.deep.equal([]);
  });

  it('keeps the configurations of the entries that it keeps', () => {
    const kept = { index: 7, voters: ['a', 'b'], outgoing: ['a', 'b', 'c'], learners: [] };
    const [{ context }] = step(anInstaller({ log: seven, configurations: [kept] }), installed());
    expect(configurationOf(context.log)).to.deep.equal(kept);
  });
});

describe('§7 while the snapshot takes the place of the log', () => {
  it('a server answers its leader’s heartbeats as contact that claims nothing', () => {
    const [after, effects] = step(anInstaller(), appendEntries({ round: 9 }));
    expect(effects).to.deep.equal([sends('term', appendRefusal({ ...back, round: 9 }))]);
    expect(roleOf(after)).to.equal('installing');
  });

  it('it appends nothing, grants nothing and campaigns never, also not in newer terms', () => {
    const term = 4;
    const events = [
      appendEntries({ term, entries: [4] }),
      requestVote({ term }),
      preVote({ term }),
      voteReply({ term }),
      installSnapshot({ term }),
    ];
    for (const event of events) {
      const before = anInstaller({ log: [1, 1] });
      const [after, effects] = step(before, event);
      expect(effects, event.type).to.deep.equal([]);
      expect(after.context.log, event.type).to.equal(before.context.log);
      expect(after.context.currentTerm, event.type).to.equal(1);
    }
  });
});

describe('raft-libraries: mistakes with snapshots that others made', () => {
  it('25 etcd#1763 a stale snapshot does not truncate a newer log', () => {
    const follower = aFollower({ leader: 'b', log: seven, commitIndex: 7 });
    const [after] = step(follower, installSnapshot(), received(100));
    expect(termsOf(after.context.log)).to.deep.equal(seven);
  });

  it('31 etcd#13766 what is applied and what is known to be committed go on together', () => {
    const [after, effects] = step(anInstaller({ log: [1, 1], commitIndex: 2 }), installed());
    expect(after.context.commitIndex).to.equal(5);
    expect(effects).to.deep.include(applies(5));
    // A restart finds the snapshot: commitIndex begins there, not above what can be read.
    const disk = { snapshotIndex: 5, snapshotTerm: 1, base: null, commitIndex: 5, lastIndex: 5 };
    const start = { ...recovered(), ...disk } as ReturnType<typeof recovered>;
    expect(step(aRecovering(), start)[0].context.commitIndex).to.equal(5);
  });

  it('32 NuRaft#562 appends and campaigns are refused during a switch, and it ends for certain', () => {
    const [busy] = step(anInstaller(), appendEntries({ entries: [1] }));
    expect(roleOf(busy)).to.equal('installing');
    for (const outcome of [installed(), { type: 'log.discarded' } as const]) {
      expect(roleOf(step(busy, outcome)[0]), outcome.type).to.match(/^follower/);
    }
  });
});
