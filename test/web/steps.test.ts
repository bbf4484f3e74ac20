/** The last transitions that the page keeps of an actor. */
import { expect } from 'chai';
import type { Header } from '../../actors/inspect/index.ts';
import { maxSteps, Steps, type StepEvent } from '../../apps/web/model/steps.ts';

let seq = 0;
function step(type: string, more: Partial<StepEvent> = {}): StepEvent {
  seq += 1;
  const cause: Header = { type };
  return {
    type: 'step',
    seq,
    atMs: seq,
    actor: 'n1/server',
    cause,
    edges: [],
    guards: {},
    ...more,
  };
}
const heartbeat = (): StepEvent[] => [
  step('rpc.appendEntries', { edges: ['server.role#rpc.*#1'] }),
  step('current.appendEntries', { edges: ['server.role.follower#current.appendEntries#3'] }),
];

function after(...events: StepEvent[]): Steps {
  const steps = new Steps();
  for (const event of events) steps.add(event);
  return steps;
}
const told = (steps: Steps): string[] =>
  steps.list().map(({ cause, count }) => `${cause.type} ×${count}`);

describe('web: the last transitions of an actor', () => {
  it('are not pushed out by heartbeats: what repeats is counted, though two steps alternate', () => {
    const beats = Array.from({ length: 500 }, heartbeat).flat();
    const steps = after(step('log.recovered', { value: 'follower' }), ...beats);
    expect(told(steps)).to.deep.equal([
      'log.recovered ×1',
      'rpc.appendEntries ×500',
      'current.appendEntries ×500',
    ]);
  });

  it('begin to count anew once the state has changed, so that what came before is told before', () => {
    const timeout = step('xstate.after.freshness.x', { value: 'stale' });
    const steps = after(...heartbeat(), timeout, ...heartbeat());
    expect(told(steps)).to.deep.equal([
      ...['rpc.appendEntries ×1', 'current.appendEntries ×1', 'xstate.after.freshness.x ×1'],
      ...['rpc.appendEntries ×1', 'current.appendEntries ×1'],
    ]);
  });

  it('never count together what changed the state', () => {
    const steps = after(step('x', { value: 'a' }), step('x', { value: 'b' }));
    expect(told(steps)).to.deep.equal(['x ×1', 'x ×1']);
  });

  it(`are ${maxSteps} at most, the newest, however long the page stays open`, () => {
    const events = Array.from({ length: 3 * maxSteps }, (_, i) => step(`e${i}`, { value: `${i}` }));
    const steps = after(...events).list();
    expect(steps).to.have.length(maxSteps);
    expect(steps.at(-1)?.cause.type).to.equal(`e${3 * maxSteps - 1}`);
  });

  it('are another list once a step was added: a view that is given the same one is not drawn', () => {
    const steps = after(...heartbeat());
    const before = steps.list();
    expect(steps.list()).to.equal(before);
    for (const event of heartbeat()) steps.add(event);
    expect(steps.list()).not.to.equal(before);
    expect(before.map(({ count }) => count)).to.deep.equal([1, 1]);
  });

  it('are told apart, and in order, though the server begins its numbers anew', () => {
    const old = step('x', { value: 'a', seq: 900 });
    const steps = after(
      old,
      step('x', { value: 'b', seq: 900 }),
      step('x', { value: 'c', seq: 2 }),
    );
    const [one = 0, two = 0, three = 0] = steps.list().map(({ seq }) => seq);
    expect(one < two && two < three).to.equal(true);
    expect(new Set(steps.list().map(({ key }) => key)).size).to.equal(3);
  });

  it('know the last answer of each guard', () => {
    const steps = after(
      step('vote', { guards: { deservesVote: true, isStale: false } }),
      step('other', { guards: { deservesVote: false } }),
    );
    expect([...steps.guards()]).to.deep.equal([
      ['deservesVote', false],
      ['isStale', false],
    ]);
  });
});
