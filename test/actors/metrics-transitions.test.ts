/** Transitions are counted from the edges themselves, and are those that an inspector is told of. */
import type { AnyTransitionDefinition } from 'xstate';
import { expect } from 'chai';
import { createTap } from '../../actors/inspect/tap.ts';
import { TransitionCounts } from '../../actors/node/metrics/transitions.ts';
import { HeldReplica } from '../support/held-replica.ts';
import { appendReply, requestVote } from '../support/step.ts';

function counted(held: HeldReplica): TransitionCounts {
  const transitions = new TransitionCounts();
  const tap = createTap();
  tap.hearSteps(transitions.stepped);
  tap.add(held.replica.server);
  return transitions;
}

function byEdge(transitions: TransitionCounts): Record<string, number> {
  return Object.fromEntries(
    transitions
      .read()
      .map(({ machine, from, to, event, count }) => [
        `${machine}: ${from} → ${to} on ${event}`,
        count,
      ]),
  );
}

describe('metrics: transitions', () => {
  it('name what was left, what was entered, and why', () => {
    const held = new HeldReplica();
    const transitions = counted(held);
    held.start().elect().settle();
    const counts = byEdge(transitions);
    expect(counts).to.include({
      'server: role.recovering → role.follower on log.recovered': 1,
      'server: role.follower.contact.leaderless → role.preCandidate on after.electionTimeout': 1,
      'server: role.candidate → role.leader on always': 1,
    });
    expect(Object.keys(counts).join()).not.to.include('xstate');
  });

  it('count the term gate by the role that it ends, not as an edge of all roles', () => {
    const held = new HeldReplica();
    const transitions = counted(held);
    held.start().elect().settle();
    const { currentTerm: term } = held.context;
    held.receive(appendReply({ term: term + 1, success: false }));
    expect(byEdge(transitions)).to.include({
      'server: role.leader → role.follower on rpc.appendEntriesReply': 1,
    });
  });

  it('count children that come later, and add up over all of them', () => {
    const held = new HeldReplica();
    const transitions = counted(held);
    held.start().elect().settle().pass(60);
    const counts = byEdge(transitions);
    expect(counts['replicator: pulse.beating → pulse.beating on after.heartbeat']).to.equal(2);
  });

  it('are as many as an inspector is told of edges that enter a state', () => {
    const held = new HeldReplica();
    const transitions = counted(held);
    let inspected = 0;
    held.replica.server.system.inspect((event) => {
      if (event.type !== '@xstate.microstep') return;
      const edges: readonly AnyTransitionDefinition[] = event._transitions;
      inspected += edges.filter(({ target }) => target !== undefined && target.length > 0).length;
    });
    held.start().receive(requestVote()).settle().elect().settle();
    held.submit({ id: 1, op: 'open' }).settle();
    held.receive(appendReply({ term: held.context.currentTerm, matchIndex: 2 })).pass(2_000);
    held.receive(requestVote({ term: held.context.currentTerm + 1 }));
    const all = transitions.read().reduce((sum, { count }) => sum + count, 0);
    expect(all).to.equal(inspected).and.to.be.greaterThan(10);
  });
});
