/**
 * The drawing tool: what it reads from a machine, and that nothing is cut or overlaps.
 *
 * Geometry is checked on a machine with every feature, and on the machines that are shipped.
 */
import { expect } from 'chai';
import { raise, setup } from 'xstate';
import { layOut } from '../../apps/chart/layout.ts';
import type { Box, Drawing } from '../../apps/chart/layout.ts';
import { chartsIn } from '../../apps/chart/machines.ts';
import { mermaidOf } from '../../apps/chart/mermaid.ts';
import { allStates, chartOf, contains, outlineOf } from '../../apps/chart/model.ts';
import { svgOf } from '../../apps/chart/svg.ts';
import { wrap } from '../../apps/chart/text.ts';
import { named } from '../../machines/named.ts';

const vote = named('vote', () => ({ granted: true }));
const machine = setup({
  types: { events: {} as { type: 'ping' | 'vote' | 'gone' } },
  actions: { send: (_, _params: { granted: boolean }) => undefined, persist: () => undefined },
  guards: { isFresh: () => true },
  delays: { electionTimeout: 100 },
}).createMachine({
  id: 'sample',
  type: 'parallel',
  on: { gone: '.role.last' },
  states: {
    role: {
      initial: 'first',
      states: {
        first: {
          description: 'Where it begins.',
          entry: 'persist',
          after: { electionTimeout: [{ guard: 'isFresh', target: 'second' }, { target: 'last' }] },
          on: {
            ping: {},
            vote: [
              { guard: 'isFresh', actions: { type: 'send', params: vote } },
              { target: 'second', actions: raise({ type: 'ping' }) },
            ],
          },
        },
        second: { always: '#sample.trust.proven' },
        last: { type: 'final' },
      },
    },
    trust: { initial: 'proven', states: { proven: {} } },
  },
});
const sample = chartOf(machine.root);
const stateNamed = (id: string) => [...allStates(sample)].find((state) => state.id === id)!;

describe('chart tool: the model', () => {
  it('reads a timer as a transition, and leaves out how XState arms it', () => {
    const { entry, transitions } = stateNamed('sample.role.first');
    expect(entry).to.deep.equal(['persist']);
    expect(
      transitions
        .filter(({ cause }) => cause.kind === 'after')
        .map(({ cause, guard, otherwise, targets }) => [cause.name, guard, otherwise, ...targets]),
    ).to.deep.equal([
      ['after electionTimeout', 'isFresh', false, 'sample.role.second'],
      ['after electionTimeout', null, true, 'sample.role.last'],
    ]);
  });

  it('names an action by its slot and what is handed to it', () => {
    const { transitions } = stateNamed('sample.role.first');
    const votes = transitions.filter(({ cause }) => cause.name === 'vote');
    expect(votes.map(({ actions }) => actions)).to.deep.equal([['send(vote)'], ['raise(ping)']]);
  });

  it('tells a written `{}` from a transition', () => {
    const { transitions } = stateNamed('sample.role.first');
    expect(transitions.filter(({ ignored }) => ignored).map(({ id }) => id)).to.deep.equal([
      'sample.role.first/ping/0',
    ]);
  });

  it('is plain data: it survives JSON', () => {
    expect(JSON.parse(JSON.stringify(sample))).to.deep.equal(sample);
  });

  it('outlines: alternatives to one state are one, and nothing else is said', () => {
    const outline = outlineOf(chartOf(machine.root));
    const said = [...allStates(outline)].flatMap(({ entry, transitions }) => [
      ...entry,
      ...transitions.flatMap(({ actions }) => actions),
    ]);
    expect(said).to.deep.equal([]);
  });
});

describe('chart tool: the picture', () => {
  it('breaks text at spaces only, within the width, and cuts no word', () => {
    const text = 'persist(received), send(accepted), aVeryLongNameThatDoesNotFitAnywhere, apply';
    const lines = wrap([{ text, ink: 'action' }], 150);
    const words = lines.flatMap(({ spans }) => spans.map((span) => span.text)).join(' ');
    expect(words).to.equal(text);
    expect(lines.filter(({ width }) => width > 150)).to.have.length(1);
  });

  it('joins outer states in Mermaid, which cannot join inner states of two composites', () => {
    expect(mermaidOf(sample)).to.include('sample_role --> sample_trust : second · always');
  });

  it('escapes what XML would take for markup', async () => {
    const chart = { ...stateNamed('sample.trust.proven'), description: 'a < b & "c"' };
    expect(svgOf(await layOut(chart))).to.include('a &lt; b &amp; &quot;c&quot;');
  });

  it('holds every row and child inside its box, siblings and labels apart', async () => {
    const charts = [sample, ...(await chartsIn('machines')).values()];
    const drawings = await Promise.all(charts.map(layOut));
    expect(drawings.length).to.be.greaterThan(1);
    expect(drawings.flatMap(faultsOf)).to.deep.equal([]);
  });
});

type Area = Pick<Box, 'x' | 'y' | 'width' | 'height'>;

function faultsOf({ boxes, arrows }: Drawing): string[] {
  const faults: string[] = [];
  const check = (isRight: boolean, fault: string): void => {
    if (!isRight) faults.push(fault);
  };
  const labels = arrows.flatMap(({ source, label }) => {
    if (label === null) return [];
    const width = Math.max(...label.lines.map((line) => line.width));
    return [{ name: source ?? '', x: label.x, y: label.y, width, height: label.lines.length * 16 }];
  });
  for (const box of boxes) {
    const { id } = box.state;
    check(
      box.rows.every((row) => row.width <= box.width),
      `${id}: a row is cut`,
    );
    for (const other of boxes) {
      if (other === box || contains(id, other.state.id)) {
        check(encloses(box, other), `${other.state.id} sticks out of ${id}`);
      } else if (!contains(other.state.id, id)) {
        check(!overlap(box, other), `${id} and ${other.state.id} overlap`);
      }
    }
    if (box.state.states.length > 0) continue;
    for (const label of labels)
      check(!overlap(box, label), `${id} covers a label of ${label.name}`);
  }
  labels.forEach((label, position) => {
    for (const other of labels.slice(position + 1)) {
      check(!overlap(label, other), `labels of ${label.name} and ${other.name} overlap`);
    }
  });
  return faults;
}

function encloses(outer: Area, inner: Area): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
