/**
 * Faults that need a whole cluster to be seen: death between two effects, a log that cannot be read
 * back, doubt that ends, clocks that run apart.
 */
import { expect } from 'chai';
import { Cluster } from '../../simulation/cluster.ts';
import { drawOptions, type SimulationOptions } from '../../simulation/options/options.ts';
import { runSeed } from '../../simulation/run.ts';
import { effects } from '../../simulation/faults/victim.ts';

/** Three servers, a few clients, and no fault but `faults`. */
function calm(faults: SimulationOptions['faults'] = {}, seed = 1): SimulationOptions {
  const { network, workload, ...rest } = drawOptions(seed, 3);
  const conditions = { ...network, lossRate: 0, duplicateRate: 0, holdUpRate: 0 };
  return { ...rest, network: conditions, workload: { ...workload, lossRate: 0 }, faults };
}

/** Runs a calm cluster until it has a leader. */
function led(seed = 1) {
  const cluster = new Cluster(calm({}, seed));
  cluster.begin();
  cluster.clock.runUntil(60_000, () => cluster.leader() !== null);
  const leader = cluster.leader();
  if (leader === null) throw new Error('no leader');
  const fired = (): string[] => cluster.checker.violations.map(({ invariant }) => invariant);
  return { cluster, leader, fired };
}

describe('simulation: faults in a whole cluster', () => {
  for (const effect of effects) {
    it(`a server may die at "${effect}", in the midst of its code, and nothing of it is heard`, () => {
      const { cluster, fired } = led();
      let died: string | null = null;
      let sent = 0;
      cluster.nemesis.reached = (server, at) => {
        if (died === server) sent += 1;
        if (died !== null || at !== effect) return;
        died = server;
        cluster.crash(server);
      };
      cluster.clock.runUntil(cluster.clock.now + 60_000, () => died !== null);
      expect(died, 'the moment came').not.to.equal(null);
      cluster.clock.runUntil(cluster.clock.now + 1_000);
      expect(sent, 'effects of the dead').to.equal(0);
      expect(cluster.running().map(({ id }) => id)).not.to.include(died);
      expect(fired()).to.deep.equal([]);
    });
  }

  it('bit rot: the server refuses to start, stays down, and comes back once repaired', () => {
    const { cluster, leader, fired } = led();
    const isUp = (): boolean => cluster.running().some(({ id }) => id === leader);
    const notes: string[] = [];
    cluster.note = (text) => void notes.push(text);
    cluster.crash(leader);
    cluster.disk(leader).rotten = true;
    cluster.start(leader);
    cluster.clock.runUntil(cluster.clock.now + 20_000);
    expect(notes.join()).to.include(`${leader} stopped: ERR_LOG_CORRUPT`);
    expect(isUp()).to.equal(false);
    cluster.disk(leader).rotten = false;
    cluster.start(leader);
    cluster.clock.runUntil(cluster.clock.now + 1_000);
    expect([isUp(), fired()]).to.deep.equal([true, []]);
  });

  it('ERR_LOG_CORRUPT from a disk that is not damaged is a crash of ours (I44)', () => {
    const { cluster, leader, fired } = led();
    cluster.crash(leader);
    cluster.disk(leader).verify = () => ({ code: 'ERR_LOG_CORRUPT', message: 'planted' });
    cluster.start(leader);
    cluster.clock.runUntil(cluster.clock.now + 1_000);
    expect(fired()).to.deep.equal(['I44']);
  });

  it('I12: a leader that lost synced entries comes back doubtful, and doubt ends', () => {
    const { cluster, leader, fired } = led();
    const committed = (): number => cluster.checker.history.committedIndex;
    cluster.clock.runUntil(60_000, () => committed() > 3);
    cluster.crash(leader);
    cluster.disk(leader).forget(1);
    cluster.start(leader);
    const isDoubtful = (): boolean => cluster.disk(leader).durableVote.trust === 'doubtful';
    expect(isDoubtful()).to.equal(true);
    cluster.clock.runUntil(cluster.clock.now + 60_000, () => !isDoubtful());
    expect(isDoubtful()).to.equal(false);
    expect(cluster.disk(leader).durableLastIndex).to.be.at.least(committed() - 1);
    expect(fired()).to.deep.equal([]);
  });

  it('clocks that run apart make another run, and break no promise', () => {
    const faults = { crash: { everyMs: 1_000, lastsMs: 500 } };
    const [even, uneven] = [0, 0.2].map((clockDrift) => runSeed({ ...calm(faults), clockDrift }));
    expect(uneven?.hash).not.to.equal(even?.hash);
    expect(uneven?.violations).to.deep.equal([]);
  });
});
