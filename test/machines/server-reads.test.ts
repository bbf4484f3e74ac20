/** Reads without a log entry (thesis §6.4): by a round, by a lease, and on a follower. */
import { expect } from 'chai';
import type { ReadIndexReply } from '../../machines/messages.ts';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import {
  aFollower,
  aLeader,
  appendEntries,
  appendReply,
  back,
  command,
  fire,
  matched,
  preVote,
  replies,
  requestVote,
  roleOf,
  sends,
  step,
  timeoutNowReply,
  withoutTimers,
} from '../support/step.ts';

const read = (batch: number) => ({ type: 'client.read', batch }) as const;
const leaseRead = (batch: number) => ({ type: 'client.leaseRead', batch }) as const;
const asks = (from: string, context: number, term = 2) =>
  ({ type: 'rpc.readIndex', from, to: 'a', term, context }) as const;
const answers = (context: number, readIndex: number): ReadIndexReply => ({
  ...{ type: 'rpc.readIndexReply', from: 'c', to: 'a', term: 1 },
  ...{ context, granted: true, readIndex },
});
const confirmedBy = (from: string, round: number) => appendReply({ from, term: 2, round });
const regionsOf = ({ value }: ServerSnapshot) =>
  (value.role as { leader: Record<string, unknown> }).leader;
const renewal = fire('leaseRenewal', 'role.leader.renewal.renewing');
const late = { type: 'clock.late' } as const;

describe('a leader whose followers ask for a ReadIndex (thesis §6.4)', () => {
  const open = () => aLeader({ term: 2, open: true });
  const granted = (to: string, context: number, readIndex: number): ReadIndexReply => ({
    ...{ type: 'rpc.readIndexReply', from: 'a', to, term: 2 },
    ...{ context, granted: true, readIndex },
  });

  it('answers when a majority has confirmed that it leads', () => {
    const [asked] = step(open(), asks('c', 7));
    const [, effects] = step(asked, confirmedBy('b', 1));
    expect(effects).to.deep.include(sends('term', granted('c', 7, 1)));
  });

  it('never before an entry of its own term has committed (etcd-io/etcd#7331)', () => {
    const [opening, none] = step(aLeader({ term: 2 }), asks('c', 7), confirmedBy('b', 9));
    expect(regionsOf(opening)['reads']).to.equal('waiting');
    expect(JSON.stringify(none)).not.to.include('readIndexReply');
  });

  it('confirms in one round all that came before it, whoever asked', () => {
    const [confirming] = step(open(), read(3), asks('b', 1), asks('c', 1));
    const [next, effects] = step(confirming, confirmedBy('b', 1));
    expect(effects).to.deep.include(replies({ kind: 'readable', batch: 3, readIndex: 1 }));
    // They came when the round had begun, so they need the next one.
    expect(JSON.stringify(effects)).not.to.include('readIndexReply');
    const [idle, more] = step(next, confirmedBy('b', 2));
    expect(more).to.deep.include(sends('term', granted('b', 1, 1), granted('c', 1, 1)));
    expect(regionsOf(idle)['reads']).to.equal('idle');
  });

  it('answers the newest attempt of a follower, which gave up the one before', () => {
    const [asked] = step(open(), read(3), asks('c', 1), asks('c', 2), confirmedBy('b', 1));
    const [, effects] = step(asked, confirmedBy('b', 2));
    expect(effects).to.deep.include(sends('term', granted('c', 2, 1)));
  });

  it('takes no second batch of the gateway, since one would be forgotten', () => {
    const [, effects] = step(open(), read(3), read(4));
    expect(effects).to.deep.equal([replies({ kind: 'refused', batch: 4, leader: null })]);
  });
});

describe('a follower that serves reads (thesis §6.4)', () => {
  const following = () => aFollower({ leader: 'c' });

  it('asks its leader, and serves them from the index that it is told', () => {
    const [asking, effects] = step(following(), read(9));
    const question = { ...asks('a', 9, 1), to: 'c' } as const;
    expect(withoutTimers(effects)).to.deep.equal([sends('term', question)]);
    const [, answered] = step(asking, answers(9, 5));
    expect(withoutTimers(answered)).to.deep.equal([
      replies({ kind: 'readable', batch: 9, readIndex: 5 }),
    ]);
  });

  it('takes no answer to an earlier attempt for one to this (etcd-io/raft#397)', () => {
    const timeout = fire('readTimeout', 'role.follower.reads.asking');
    const [again] = step(following(), read(9), timeout, read(10));
    expect(step(again, answers(9, 1))[1]).to.deep.equal([]);
  });

  it('says so when no answer comes in time, rather than serve what is here (etcd-io/etcd#13464)', () => {
    const timeout = fire('readTimeout', 'role.follower.reads.asking');
    const [, effects] = step(following(), read(9), timeout);
    expect(effects).to.deep.include(replies({ kind: 'refused', batch: 9, leader: 'c' }));
  });

  it('gives up when a newer term or an election of its own begins', () => {
    const [asking] = step(following(), read(9));
    const refusal = replies({ kind: 'refused', batch: 9, leader: 'c' });
    expect(step(asking, appendReply({ term: 2 }))[1]).to.deep.include(refusal);
    const timers = [
      fire('freshness', 'role.follower.contact.fresh'),
      fire('staleness', 'role.follower.contact.stale'),
    ];
    expect(step(asking, ...timers)[1]).to.deep.include(refusal);
  });

  it('refuses where nobody is known to lead, and when another takes it for the leader', () => {
    const nobody = replies({ kind: 'refused', batch: 9, leader: null });
    expect(step(aFollower(), read(9))[1]).to.deep.equal([nobody]);
    const denial = { ...answers(4, 0), ...back, granted: false };
    expect(step(following(), asks('b', 4, 1))[1]).to.deep.equal([sends('term', denial)]);
    const denied = { ...answers(9, 0), granted: false };
    const [, effects] = step(following(), read(9), denied);
    expect(effects).to.deep.include(replies({ kind: 'refused', batch: 9, leader: 'c' }));
  });

  it('has no lease to read by', () => {
    expect(step(following(), leaseRead(9))[1]).to.deep.equal([
      replies({ kind: 'unleased', batch: 9 }),
    ]);
  });
});

describe('a leader with leases (thesis §6.4.1)', () => {
  const leader = (open = true) => aLeader({ term: 2, open, leases: true });
  const held = () => step(leader(), renewal, confirmedBy('b', 1))[0];
  const readable = replies({ kind: 'readable', batch: 5, readIndex: 1 });
  const unleased = replies({ kind: 'unleased', batch: 5 });
  const leaseOf = (server: ServerSnapshot) => regionsOf(server)['lease'];

  it('reads at once once a majority has answered a round, and asks nobody', () => {
    expect(step(held(), leaseRead(5))[1]).to.deep.equal([readable]);
  });

  it('has none before, nor when an older round is answered again', () => {
    expect(step(leader(), renewal, leaseRead(5))[1]).to.deep.equal([unleased]);
    expect(leaseOf(step(leader(), renewal, confirmedBy('b', 0))[0])).to.equal('none');
  });

  it('has none when its time is over, until a newer round is answered', () => {
    const over = fire('leaseTimeout', 'role.leader.lease.held');
    const [none, effects] = step(held(), over, leaseRead(5));
    expect(effects).to.deep.equal([unleased]);
    expect(leaseOf(step(none, confirmedBy('c', 1))[0])).to.equal('none');
    expect(leaseOf(step(none, renewal, confirmedBy('c', 2))[0])).to.equal('held');
  });

  it('waits for an entry of its own term, lease or not', () => {
    const [opening] = step(leader(false), renewal, confirmedBy('b', 1));
    expect(step(opening, leaseRead(5))[1]).to.deep.equal([unleased]);
  });

  it('forfeits it by handing over, also when it leads on (tikv/raft-rs#234)', () => {
    const transfer = { type: 'admin.transfer', batch: 8, target: 'b' } as const;
    const [handing] = step(held(), transfer);
    expect(leaseOf(handing)).to.equal('forfeited');
    const [leadsOn] = step(handing, timeoutNowReply({ term: 2 }), renewal, confirmedBy('b', 2));
    expect(leaseOf(leadsOn)).to.equal('forfeited');
    expect(step(leadsOn, leaseRead(5))[1]).to.deep.equal([unleased]);
  });

  it('keeps to rounds where leases are off', () => {
    const [after] = step(aLeader({ term: 2, open: true }), read(3), confirmedBy('b', 1));
    expect(leaseOf(after)).to.equal('none');
    expect(regionsOf(after)['renewal']).to.equal('resting');
  });
});

describe('a server that promised its leader (docs/adr/0012)', () => {
  const following = () => aFollower({ leader: 'b', leases: true });
  const candidate = { from: 'c', lastLogIndex: 9, lastLogTerm: 9 } as const;

  it('keeps its promise when the connection to the leader closes: that one may still live', () => {
    const [after] = step(following(), { type: 'link.closed', peer: 'b' });
    expect(roleOf(after)).to.equal('follower.fresh');
    const [without] = step(aFollower({ leader: 'b' }), { type: 'link.closed', peer: 'b' });
    expect(roleOf(without)).to.equal('follower.suspecting');
  });

  it('keeps it over a restart, which forgets to whom it was given', () => {
    const restarted = aFollower({ leases: true });
    expect(roleOf(restarted)).to.equal('follower.wary');
    for (const request of [requestVote({ ...candidate, term: 2 }), preVote(candidate)]) {
      expect(step(restarted, request)[0]).to.equal(restarted);
    }
  });

  it('keeps it when it learns of a newer term by anything but a leader', () => {
    const [after] = step(following(), appendReply({ from: 'c', term: 2 }));
    expect(roleOf(after)).to.equal('follower.wary');
    const [asked] = step(after, requestVote({ ...candidate, term: 3 }));
    expect(asked.context.votedFor).to.equal(null);
  });

  it('votes for whom its leader wants at once, and for others when the time is over', () => {
    const request = requestVote({ ...candidate, term: 2 });
    const [wanted] = step(following(), { ...request, leadershipTransfer: true });
    expect(wanted.context.votedFor).to.equal('c');
    const over = fire('freshness', 'role.follower.contact.fresh');
    expect(step(following(), over, request)[0].context.votedFor).to.equal('c');
  });

  it('follows whoever leads', () => {
    const [after] = step(aFollower({ leases: true }), appendEntries({ term: 2 }));
    expect(roleOf(after)).to.equal('follower.fresh');
  });
});

describe('a server whose event loop stood still (etcd-io/etcd#20418)', () => {
  it('stops leading: it may have been replaced meanwhile, and heartbeats would say otherwise', () => {
    const [leading] = step(
      aLeader({ term: 2, open: true }),
      command(1),
      matched({ matchIndex: 0 }),
    );
    const [after, effects] = step(leading, late);
    expect(roleOf(after)).to.equal('follower.leaderless');
    expect(effects).to.deep.include({ stop: 'replicator.b' });
    expect(effects).to.deep.include(replies({ kind: 'abandoned', leader: null }));
  });

  it('goes on where it does not lead: only its timers were late', () => {
    expect(step(aFollower({ leader: 'b' }), late)[1]).to.deep.equal([]);
  });
});
