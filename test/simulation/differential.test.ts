/**
 * Pure steps and running actors are one thing: whatever the actors of a simulated cluster hear
 * under faults, their charts are stepped through it purely, and every step must end in the same
 * state with the same effects, in the same order: the slots' calls, messages to children and
 * parents, timers.
 */
import { expect } from 'chai';
import type { AnyMachineSnapshot, InspectionEvent } from 'xstate';
import { emptyLog } from '../../machines/log.ts';
import { logWriterMachine } from '../../machines/log-writer.machine.ts';
import { replicatorMachine } from '../../machines/replicator.machine.ts';
import { serverMachine } from '../../machines/server.machine.ts';
import { Cluster } from '../../simulation/cluster.ts';
import { differences } from '../../simulation/graph-tests/differences.ts';
import { drawOptions } from '../../simulation/options/options.ts';
import { snapshotterMachine } from '../../machines/snapshotter.machine.ts';
import { createStepper, effectOf, type Effect, type Stepper } from '../../simulation/stepper.ts';

const seeds = 200;
/** Of each cluster, before its faults are healed. */
const chartSteps = 200;
const maxServers = 5;
const maxEvents = 50 * chartSteps;

const window = { frames: 1, bytes: 1 };
const noPeer = { id: '', peer: '', term: 0, log: emptyLog, commitIndex: 0, round: 0, window };

/** By the id of its machine; a stepper keeps no state. */
type Steppers = Record<string, Stepper<typeof serverMachine>>;
const steppersWith = (server: typeof serverMachine) =>
  ({
    server: createStepper(server, {
      id: '',
      voters: [],
      leases: false,
      window,
      retainedEntries: 0,
    }),
    replicator: createStepper(replicatorMachine, noPeer),
    logWriter: createStepper(logWriterMachine, undefined),
    snapshotter: createStepper(snapshotterMachine, undefined),
  }) as unknown as Steppers;

interface Seen {
  readonly sessionId: string;
  readonly logic: { readonly id: string };
}

/** The pure twin of one actor. */
interface Twin {
  snapshot: AnyMachineSnapshot | null;
  /** What the actor did since its last step. */
  effects: Effect[];
}

interface Counts {
  steps: number;
  effects: number;
  readonly kinds: Set<string>;
}

/** How long a timer runs is drawn by the actors; the charts say only which, and when. */
const timeless = (effects: readonly Effect[]): Effect[] =>
  effects.map((effect) => ('timer' in effect ? { ...effect, delayMs: 0 } : effect));

function shown(snapshot: unknown) {
  const { value, context } = snapshot as { readonly value: unknown; readonly context: unknown };
  return { value, context };
}

class Comparison {
  readonly #twins = new Map<string, Twin>();
  readonly #counts: Counts;
  readonly #seed: number;
  readonly #steppers: Steppers;

  constructor(seed: number, steppers: Steppers, counts: Counts) {
    this.#seed = seed;
    this.#steppers = steppers;
    this.#counts = counts;
  }

  inspect(server: string, seen: InspectionEvent): void {
    if (seen.type !== '@xstate.action' && seen.type !== '@xstate.snapshot') return;
    const { sessionId, logic } = seen.actorRef as unknown as Seen;
    const twin = this.#twins.get(sessionId) ?? { snapshot: null, effects: [] };
    this.#twins.set(sessionId, twin);
    if (seen.type === '@xstate.action') {
      const { type, params } = seen.action as { type: string; params: never };
      twin.effects.push(...effectOf({ type, params }));
    } else if (seen.event.type !== 'xstate.stop') {
      this.#step(twin, `${logic.id} of ${server}`, seen);
    }
  }

  #step(
    twin: Twin,
    who: string,
    seen: Extract<InspectionEvent, { type: '@xstate.snapshot' }>,
  ): void {
    const stepper = this.#steppers[who.split(' ')[0]!]!;
    const { event } = seen;
    const [pure, effects] =
      twin.snapshot === null
        ? stepper.start((event as unknown as { input: never }).input)
        : stepper.step(twin.snapshot as never, event as never);
    const found = [
      ...differences(shown(pure), shown(seen.snapshot)),
      ...differences(timeless(effects), timeless(twin.effects)),
    ];
    if (found.length > 0) {
      const said = [`seed ${this.#seed}: ${who}, hearing ${event.type}`, ...found];
      throw new Error(said.join('\n'));
    }
    this.#counts.steps += 1;
    this.#counts.effects += effects.length;
    for (const effect of effects) this.#counts.kinds.add(Object.keys(effect)[0]!);
    twin.snapshot = pure;
    twin.effects = [];
  }
}

const nothing = (): Counts => ({ steps: 0, effects: 0, kinds: new Set() });

function run(seed: number, steppers: Steppers, counts = nothing()): void {
  const comparison = new Comparison(seed, steppers, counts);
  // An observer that throws would be taken for a fault of the server: keep what it found.
  let broken: Error | null = null;
  const cluster = new Cluster(drawOptions(seed, (seed % maxServers) + 1, chartSteps), {
    inspect: (server, seen) => {
      if (broken !== null) return;
      try {
        comparison.inspect(server, seen);
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
      }
    },
  });
  cluster.begin();
  const isOver = (): boolean =>
    broken !== null || cluster.chartSteps >= chartSteps || cluster.clock.steps > maxEvents;
  while (!isOver() && cluster.clock.step());
  const found = broken as Error | null;
  if (found !== null) throw found;
}

describe('simulation: pure steps and running actors', () => {
  it(`are equal, state by state and effect by effect, for ${seeds} seeds`, () => {
    const counts = nothing();
    const steppers = steppersWith(serverMachine);
    for (let seed = 1; seed <= seeds; seed += 1) run(seed, steppers, counts);
    console.log(`      ${counts.steps} steps with ${counts.effects} effects compared`);
    expect(counts.steps).to.be.greaterThan(seeds * chartSteps);
    expect([...counts.kinds]).to.include.members([
      ...['send', 'persist', 'apply', 'reply', 'sendAppend', 'sync', 'release'],
      ...['timer', 'cancel', 'spawn', 'stop', 'tell', 'tellParent'],
    ]);
  }).timeout(120_000);

  it('would differ if a single guard did', () => {
    const credulous = serverMachine.provide({ guards: { isDoubtful: () => true } });
    expect(() => run(1, steppersWith(credulous))).to.throw(/seed 1: server of n\d, hearing/);
  });
});
