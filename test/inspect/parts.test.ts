/** The pure parts of the inspector: edges, guards, the log's changes, the ring, definitions. */
import { expect } from 'chai';
import type { AnyTransitionDefinition, AnyStateNode } from 'xstate';
import { definitionOf } from '../../actors/inspect/definition.ts';
import { headerOf } from '../../actors/inspect/digest.ts';
import { edgeId, guardAnswers } from '../../actors/inspect/edges.ts';
import { logFacts } from '../../actors/inspect/log-facts.ts';
import { EventRing } from '../../actors/inspect/ring.ts';
import { serverChart } from '../../actors/charts.ts';
import { append, emptyLog, truncateFrom, type Log } from '../../machines/log.ts';
import { serverMachine } from '../../machines/server.machine.ts';
import { HeldReplica, withLines } from '../support/held-replica.ts';
import { appendEntries, appendReply } from '../support/step.ts';

const stateAt = (id: string) => serverMachine.getStateNodeById(id) as AnyStateNode;

/** The state and all around it, outermost first. */
function activeAt(id: string): AnyStateNode[] {
  const line: AnyStateNode[] = [];
  for (let node: AnyStateNode | undefined = stateAt(id); node; node = node.parent)
    line.unshift(node);
  return line;
}

function transition(id: string, eventType: string, at: number): AnyTransitionDefinition {
  const found = stateAt(id).transitions.get(eventType)?.[at];
  if (found === undefined) throw new Error(`no transition ${id} ${eventType} ${at}`);
  return found;
}

describe('edges', () => {
  it('have names that are unique in a chart', () => {
    const ids: (string | null)[] = [];
    const visit = (node: AnyStateNode): void => {
      for (const listed of [...node.transitions.values(), node.always ?? []]) {
        ids.push(...listed.map((one: AnyTransitionDefinition) => edgeId(one)));
      }
      for (const child of Object.values(node.states)) visit(child as AnyStateNode);
    };
    visit(serverMachine.root as AnyStateNode);
    expect(ids.length).to.be.above(100);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids).not.to.include(null);
    expect(ids).to.include('server.role.follower.contact#current.appendEntries#2');
    expect(ids).to.include('server.role.candidate#always#0');
  });
});

describe('guard answers', () => {
  const fresh = 'server.role.follower.contact.fresh';

  it('follow from the edge that fired: no before it, yes on it, nothing after it', () => {
    const chosen = transition('server.role.follower.contact', 'current.appendEntries', 2);
    expect(guardAnswers(activeAt(fresh), 'current.appendEntries', [chosen])).to.deep.equal({
      logConflicts: false,
      overwritesCommitted: false,
      bringsEntries: true,
    });
  });

  it('are all no where nothing fired', () => {
    expect(guardAnswers(activeAt(fresh), 'link.closed', [])).to.deep.equal({ leaderLeft: false });
  });

  it('say nothing of the outer states of one that took the event', () => {
    const ignored = transition(fresh, 'rpc.requestVote', 0);
    expect(guardAnswers(activeAt(fresh), 'rpc.requestVote', [ignored])).to.deep.equal({
      isDisruptive: true,
    });
  });

  it('know wildcards and guards by name', () => {
    const raised = transition('server.role', 'rpc.*', 2);
    const stale = activeAt('server.role.follower.contact.stale');
    expect(guardAnswers(stale, 'rpc.preVote', [raised])).to.deep.equal({
      staleTerm: false,
      higherTerm: false,
    });
  });
});

describe('guard answers, deduced', () => {
  it('are those that the guards give when they are asked again: a follower, an election, a leader', () => {
    const held = new HeldReplica();
    held.start();
    const { server } = held.replica;
    let before = server.getSnapshot();
    let compared = 0;
    server.system.inspect((seen) => {
      if (seen.type !== '@xstate.microstep' || seen.actorRef !== server) return;
      const nodes = before._nodes as AnyStateNode[];
      const answers = guardAnswers(nodes, seen.event.type, seen._transitions);
      const args = { context: before.context, event: seen.event };
      for (const node of nodes) {
        for (const { guard } of [...node.transitions.values(), node.always ?? []].flat()) {
          if (typeof guard !== 'function' || !(guard.name in answers)) continue;
          const ask = guard as unknown as (asked: typeof args) => boolean;
          expect(ask(args), `${guard.name} at ${seen.event.type}`).to.equal(answers[guard.name]);
          compared += 1;
        }
      }
      before = seen.snapshot as typeof before;
    });
    const heartbeat = (term: number) => withLines(appendEntries({ term }), []);
    held.receive(heartbeat(2), heartbeat(1)).pass(600);
    held.elect().settle();
    held.receive(appendReply({ from: 'b', to: 'a', term: 3, matchIndex: 1 })).settle();
    held.receive(heartbeat(9)).settle();
    expect(held.faults).to.deep.equal([]);
    expect(compared).to.be.above(25);
  });
});

describe('log facts', () => {
  const logOf = (...terms: number[]): Log =>
    terms.reduce((log, term, i) => append(log, [{ firstIndex: i + 1, term }], i + 1), emptyLog);
  const facts = (before: Log, after: Log) =>
    logFacts(
      { log: before, durableIndex: 0, commitIndex: 0 },
      { log: after, durableIndex: 0, commitIndex: 0 },
    );

  it('tell appended entries with their terms', () => {
    expect(facts(logOf(1, 1), logOf(1, 1, 2, 3))).to.deep.equal([
      {
        type: 'log.appended',
        firstIndex: 3,
        lastIndex: 4,
        runs: [
          { firstIndex: 3, term: 2 },
          { firstIndex: 4, term: 3 },
        ],
      },
    ]);
  });

  it('tell what another leader replaced (§5.3), below the first index that differs', () => {
    expect(facts(logOf(1, 1, 2, 2), logOf(1, 1, 3))).to.deep.equal([
      { type: 'log.truncated', firstIndex: 3, lastIndex: 4 },
      { type: 'log.appended', firstIndex: 3, lastIndex: 3, runs: [{ firstIndex: 3, term: 3 }] },
    ]);
    expect(facts(logOf(1, 2, 2), truncateFrom(logOf(1, 2, 2), 2))).to.deep.equal([
      { type: 'log.truncated', firstIndex: 2, lastIndex: 3 },
    ]);
  });

  it('tell a log that has nothing in common any more', () => {
    expect(facts(logOf(1, 1), logOf(2)).map(({ type }) => type)).to.deep.equal([
      'log.truncated',
      'log.appended',
    ]);
  });

  it('say nothing of a durable index that a truncation lowered', () => {
    const log = logOf(1);
    const [before, after] = [5, 3].map((index) => ({ log, durableIndex: index, commitIndex: 0 }));
    expect(logFacts(before!, after!)).to.deep.equal([]);
  });
});

describe('event ring', () => {
  it('keeps the newest events and says when some are gone', () => {
    const ring = new EventRing(4);
    for (const text of ['1', '2', '3', '4', '5', '6']) ring.push(text);
    expect(ring.last).to.equal(6);
    expect(ring.after(2, 10)).to.deep.equal(['3', '4', '5', '6']);
    expect(ring.after(2, 2)).to.deep.equal(['3', '4']);
    expect(ring.after(6, 10)).to.deep.equal([]);
    expect(ring.after(1, 10)).to.equal(null);
    expect(ring.after(7, 10)).to.equal(null);
  });

  it('lets nobody go on across an interruption', () => {
    const ring = new EventRing(4);
    ring.push('1');
    ring.interrupt();
    expect(ring.after(1, 10)).to.equal(null);
    expect(ring.wasInterruptedAfter(1)).to.equal(true);
    ring.push('3');
    expect(ring.after(2, 10)).to.deep.equal(['3']);
    expect(ring.wasInterruptedAfter(2)).to.equal(false);
  });
});

describe('definition', () => {
  it('of a chart whose slots are filled is that of the chart that is drawn', () => {
    expect(definitionOf(serverChart)).to.deep.equal(definitionOf(serverMachine));
  });

  it('names guards and actions, and holds no function', () => {
    const { json } = definitionOf(serverMachine);
    for (const name of ['staleTerm', 'adoptTerm', 'voteGranted', 'canCommit']) {
      expect(json).to.include(`"type":"${name}"`);
    }
  });
});

describe('header', () => {
  it('has the fields of Figure 2 and no payload', () => {
    const message = { ...appendEntries(), payload: { secret: 'canary' } };
    const header = headerOf(message);
    expect(header).to.include({ type: 'rpc.appendEntries', from: 'b', to: 'a' });
    expect(header).to.include.keys('prevLogIndex', 'prevLogTerm', 'lastIndex', 'leaderCommit');
    expect(JSON.stringify(header)).not.to.include('canary');
  });

  it('has the code of a fault, not its message, which may name files', () => {
    const fault = { code: 'ERR_STORAGE_IO', message: '/home/canary' };
    expect(headerOf({ type: 'log.failed', fault } as { type: string })).to.deep.equal({
      type: 'log.failed',
      code: 'ERR_STORAGE_IO',
    });
  });
});
