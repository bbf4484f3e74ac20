/**
 * The drawn charts, held to what a reader may expect of them.
 *
 * They are read from `machine.root`, so what is checked here is what runs. The pictures in
 * docs/charts are compared byte for byte: a chart that changes without its picture fails.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { draw } from '../apps/chart/draw.ts';
import { chartsIn } from '../apps/chart/machines.ts';
import { allStates, contains } from '../apps/chart/model.ts';
import type { ChartState, ChartTransition } from '../apps/chart/model.ts';

const machines = 'machines';
const pictures = 'docs/charts';

/** What XState or JavaScript calls a thing that nobody named. */
const emptyNames = [
  ...['', 'anonymous', 'assign', 'enqueueActions', 'and', 'or', 'not'],
  ...['actions', 'entry', 'exit', 'guard', 'params'],
];

// Building the machines is the first check: XState throws at a target that does not resolve.
const charts = await chartsIn(machines);

describe('charts', () => {
  it('are found: the server and its helpers, and the client', () => {
    expect([...charts.keys()]).to.include.members([
      ...['server', 'replicator', 'link', 'log-writer', 'client'],
    ]);
  });

  for (const [name, chart] of charts) {
    describe(name, () => {
      it('has a name for every action, guard, delay and child that is drawn', () => {
        const unnamed = [...allStates(chart)].flatMap((state) =>
          drawnNames(state)
            .filter(saysNothing)
            .map((drawn) => `${state.id}: "${drawn}"`),
        );
        expect(unnamed).to.deep.equal([]);
      });

      it('has a fallback for every guarded timer, so that a state cannot be left without one', () => {
        expect(timersWithoutFallback(chart)).to.deep.equal([]);
      });

      it('leaves no region on the way to another, which would forget what the region knew', () => {
        expect(regionsForgotten(chart)).to.deep.equal([]);
      });

      it('can reach every state', () => {
        const reached = reachable(chart);
        const unreached = [...allStates(chart)]
          .map(({ id }) => id)
          .filter((id) => !reached.has(id));
        expect(unreached).to.deep.equal([]);
      });
    });
  }

  it('are drawn as they run: `npm run chart` changes nothing in docs/charts', async () => {
    const drawn = await draw(machines);
    const present = existsSync(pictures)
      ? readdirSync(pictures).filter((name) => /\.(svg|mmd|json)$/.test(name))
      : [];
    const stale = [...drawn.keys()].filter(
      (name) =>
        !present.includes(name) || readFileSync(join(pictures, name), 'utf8') !== drawn.get(name),
    );
    const orphaned = present.filter((name) => !drawn.has(name));
    expect({ stale, orphaned }, 'run `npm run chart`').to.deep.equal({ stale: [], orphaned: [] });
  });

  it('are drawn the same twice', async () => {
    expect([...(await draw(machines))]).to.deep.equal([...(await draw(machines))]);
  });
});

describe('chart checks', () => {
  it('would notice a state that nothing enters', () => {
    const chart = compound('m', 'a', [leaf('m.a', ['m.b']), leaf('m.b', []), leaf('m.lost', [])]);
    expect([...reachable(chart)]).to.have.members(['m', 'm.a', 'm.b']);
  });

  it('would notice a name that says nothing, also inside brackets', () => {
    expect(['send(anonymous)', 'assign', 'raise', 'send(vote)'].map(saysNothing)).to.deep.equal([
      ...[true, true, false, false],
    ]);
  });

  it('would notice a transition of a parallel state into one of its regions', () => {
    const region = leaf('m.trust', []);
    const chart: ChartState = { ...leaf('m', ['m.role']), kind: 'parallel', states: [region] };
    expect(regionsForgotten(chart)).to.deep.equal(['m/go']);
  });

  it('would notice a guarded timer without a fallback', () => {
    const state = leaf('m', ['n'], { kind: 'after', name: 'after retry' }, 'maybe');
    expect(timersWithoutFallback(state)).to.deep.equal(['m: after retry']);
  });
});

function drawnNames(state: ChartState): string[] {
  const ofTransitions = state.transitions.flatMap(({ cause, guard, actions }) => [
    cause.name,
    ...(guard === null ? [] : [guard]),
    ...actions,
  ]);
  return [...state.entry, ...state.exit, ...state.invoke, ...ofTransitions];
}

/** `send(anonymous)` says as little as `anonymous`. */
function saysNothing(name: string): boolean {
  const parameter = /\((.*)\)$/.exec(name)?.[1];
  return emptyNames.includes(name) || (parameter !== undefined && emptyNames.includes(parameter));
}

function timersWithoutFallback(chart: ChartState): string[] {
  return [...allStates(chart)].flatMap((state) => {
    const timers = state.transitions.filter(({ cause }) => cause.kind === 'after');
    const names = new Set(timers.map(({ cause }) => cause.name));
    return [...names]
      .filter((name) => timers.every(({ cause, guard }) => cause.name !== name || guard !== null))
      .map((name) => `${state.id}: ${name}`);
  });
}

/**
 * Transitions whose innermost common state is parallel: XState leaves and enters all its regions.
 * A message with a higher term, heard above both regions, once made a doubtful server proven.
 */
function regionsForgotten(chart: ChartState): string[] {
  const states = [...allStates(chart)];
  const innermost = (source: string, target: string): ChartState | undefined =>
    states.findLast(({ id }) => contains(id, source) && contains(id, target));
  return states
    .flatMap(({ transitions }) => transitions)
    .filter(({ source, targets }) =>
      targets.some((target) => {
        const common = innermost(source, target);
        return common?.kind === 'parallel' && common.id !== target;
      }),
    )
    .map(({ source, cause }) => `${source}/${cause.name}`);
}

/** Ids of the states that can be entered, guards taken as possible. */
function reachable(chart: ChartState): Set<string> {
  const reached = new Set<string>();
  const enter = (state: ChartState, towards: string): void => {
    const isNew = !reached.has(state.id);
    reached.add(state.id);
    const isOnTheWay = (child: ChartState): boolean => contains(child.id, towards);
    const onTheWay = state.states.find(isOnTheWay);
    for (const child of state.states) {
      const isEntered =
        state.kind === 'parallel' ||
        child === onTheWay ||
        (!onTheWay && child.id === state.initial);
      if (isEntered) enter(child, towards);
    }
    if (isNew) for (const target of state.transitions.flatMap(targetsOf)) enter(chart, target);
  };
  enter(chart, chart.id);
  return reached;
}

function targetsOf({ targets }: ChartTransition): readonly string[] {
  return targets;
}

function leaf(
  id: string,
  targets: readonly string[],
  cause: ChartTransition['cause'] = { kind: 'event', name: 'go' },
  guard: string | null = null,
): ChartState {
  const transition = {
    id,
    source: id,
    targets,
    cause,
    guard,
    otherwise: false,
    actions: [],
    ignored: false,
  };
  const nothing = { description: '', tags: [], entry: [], exit: [], invoke: [] };
  const transitions = targets.length === 0 ? [] : [transition];
  return { id, key: id, kind: 'atomic', ...nothing, initial: null, transitions, states: [] };
}

function compound(id: string, initial: string, states: readonly ChartState[]): ChartState {
  return { ...leaf(id, []), kind: 'compound', initial: `${id}.${initial}`, states };
}
