/**
 * Paths through the charts of a server, its replicators and its log writer, each walked by a real
 * server actor beside the pure steps: after every event both must be in the same states, run the same
 * timers, and have sent, applied and answered the same.
 */
import { expect } from 'chai';
import { logWriterMachine } from '../../machines/log-writer.machine.ts';
import { replicatorMachine } from '../../machines/replicator.machine.ts';
import { serverMachine } from '../../machines/server.machine.ts';
import {
  Coverage,
  runPath,
  transitionPaths,
  type Model,
} from '../../simulation/graph-tests/index.ts';
import { expectedView, RealServer } from './real-server.ts';
import { logWriterReasons, replicatorReasons, serverReasons } from './reasons.ts';
import { eventsOf } from './server-events.ts';
import { keyIn, walks, type Walk } from './server-settings.ts';
import { startWorld, stepWorld, type World, type WorldEvent } from './server-world.ts';

/** Charts step in microseconds, but a busy machine takes its time. */
const patienceMs = 120_000;

const charts = [
  { coverage: new Coverage(serverMachine), reasons: serverReasons },
  { coverage: new Coverage(replicatorMachine), reasons: replicatorReasons },
  { coverage: new Coverage(logWriterMachine), reasons: logWriterReasons },
] as const;

function modelOf(walk: Walk): Model<World, WorldEvent> {
  return {
    start: () => startWorld(walk),
    events: (world) => eventsOf(world, walk),
    step: (world, event) => stepWorld(world, walk, event),
    key: keyIn(walk),
  };
}

describe('graphs: a server does what its charts say', () => {
  const coverages = charts.map(({ coverage }) => coverage);

  for (const walk of walks) {
    it(walk.title, async () => {
      const model = modelOf(walk);
      const paths = transitionPaths(model);
      for (const path of paths) {
        await runPath(model, path, new RealServer(walk, coverages), expectedView);
      }
      expect(paths).not.to.deep.equal([]);
    }).timeout(patienceMs);
  }

  it('which would be noticed: of one that keeps two frames in flight where one is allowed', async () => {
    const walk = walks.find(({ title }) => title === 'leading peers that refuse')!;
    const model = modelOf(walk);
    const system = new RealServer({ ...walk, frames: 2 }, []);
    const failures: string[] = [];
    for (const path of transitionPaths(model)) {
      await runPath(model, path, system, expectedView).catch((error: unknown) =>
        failures.push(String(error)),
      );
    }
    expect(failures[0]).to.match(/ERR_PATH_DIVERGED: [^]*replicator.[bc].*: expected/);
  }).timeout(patienceMs);

  for (const [i, chart] of ['server', 'replicator', 'log writer'].entries()) {
    it(`the chart of the ${chart} is covered, or it is written why not`, () => {
      const { coverage, reasons } = charts[i]!;
      const { missing, idleReasons, table } = coverage.report(reasons);
      console.log(table);
      expect({ missing, idleReasons }).to.deep.equal({ missing: [], idleReasons: [] });
    });
  }
});
