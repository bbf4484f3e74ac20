/** What nodes tell is found in the charts that the build drew, for every edge of every machine. */
import { expect } from 'chai';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { edgeId } from '../../actors/inspect/index.ts';
import { machinesIn } from '../../apps/chart/machines.ts';
import {
  activeStates,
  arrowsOf,
  causeName,
  valueInWords,
} from '../../apps/web/model/chart-places.ts';
import { drawnCharts } from '../../apps/web/build/draw-charts.ts';

describe('web: places in a chart', () => {
  it('every edge that a node can name with a target is an arrow, or a row of its state', async function () {
    this.timeout(60_000);
    const { charts } = await drawnCharts('machines');
    const machines = await machinesIn('machines');
    const lost: string[] = [];
    for (const { name, moves } of charts) {
      for (const node of nodesOf((machines.get(name) as AnyStateMachine | undefined)?.root)) {
        for (const edge of [...node.transitions.values(), node.always ?? []].flat()) {
          const id = edgeId(edge);
          if (id === null || (edge.target ?? []).length === 0) continue;
          if (arrowsOf(moves, id).length === 0) lost.push(id);
        }
      }
    }
    expect(lost).to.deep.equal([]);
    expect(charts.map(({ id }) => id)).to.include.members([
      'server',
      'replicator',
      'link',
      'logWriter',
    ]);
  });

  it('the active states of a parallel chart are those of all regions, outer before inner', () => {
    const value = { role: { leader: { term: 'open' } }, trust: 'proven' };
    expect(activeStates('server', value)).to.deep.equal([
      ...['server', 'server.role', 'server.role.leader', 'server.role.leader.term'],
      ...['server.role.leader.term.open', 'server.trust', 'server.trust.proven'],
    ]);
    expect(valueInWords(value)).to.deep.equal(['role › leader › term › open', 'trust › proven']);
  });

  it('events are called as people call them', () => {
    expect(causeName('xstate.after.electionTimeout.server.role.candidate')).to.equal(
      'after electionTimeout',
    );
    expect(causeName('xstate.done.actor.sync')).to.equal('done(sync)');
    expect(causeName('rpc.requestVote')).to.equal('rpc.requestVote');
  });
});

function* nodesOf(node: AnyStateNode | undefined): Generator<AnyStateNode> {
  if (node === undefined) return;
  yield node;
  for (const child of Object.values(node.states) as AnyStateNode[]) yield* nodesOf(child);
}
