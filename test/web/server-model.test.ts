/** What the page keeps of one server. */
import { expect } from 'chai';
import { NodeView } from '../../actors/inspect/index.ts';
import { ServerModel } from '../../apps/web/model/server-model.ts';

const electionTimeout = { id: 't', delay: 'electionTimeout', deadlineMs: 1_200 };
const server = { parent: null, machine: 'm', value: 'x', digest: {}, timers: [electionTimeout] };

function viewOf(actors: Record<string, typeof server>): NodeView {
  return new NodeView({ seq: 0, appliedIndex: 0, actors });
}

describe('web: a server', () => {
  it('is not heard once it has been silent, though its connection is open: it is paused', () => {
    const model = new ServerModel('n1', '127.0.0.1:7401');
    model.connection = 'live';
    model.told(0);
    expect([model.fellSilent(2_000), model.connection]).to.deep.equal([false, 'live']);
    expect([model.fellSilent(4_000), model.connection]).to.deep.equal([true, 'silent']);
    expect(model.fellSilent(5_000)).to.equal(false);
    model.told(6_000);
    expect(model.connection).to.equal('live');
  });

  it('shows a timer run out that ran already when the page was opened', () => {
    const model = new ServerModel('n1', '127.0.0.1:7401');
    model.see(viewOf({ 'n1/server': server }), 1_000);
    expect(model.left('n1/server', electionTimeout, 1_000).share).to.equal(1);
    expect(model.left('n1/server', electionTimeout, 1_150).share).to.equal(0.25);
  });

  it('forgets the transitions of actors that ended while it was not heard', () => {
    const model = new ServerModel('n1', '127.0.0.1:7401');
    for (const actor of ['n1/server', 'n1/replicator.n2']) {
      const step = { type: 'step', cause: { type: 'x' }, edges: [], guards: {} } as const;
      model.take({ ...step, actor, seq: 1, atMs: 1 });
    }
    model.see(viewOf({ 'n1/server': server }), 1_000);
    model.missed();
    expect([...model.steps.keys()]).to.deep.equal(['n1/server']);
  });
});
