/**
 * The simulator as a whole: equal seeds are equal runs whatever the real world does, real clusters
 * keep their promises on a modest number of seeds, and a broken cluster is found out.
 */
import { expect } from 'chai';
import sinon from 'sinon';
import type { Message } from '../../machines/messages.ts';
import { Cluster } from '../../simulation/cluster.ts';
import { Network } from '../../simulation/network.ts';
import { drawOptions, type SimulationOptions } from '../../simulation/options/options.ts';
import { runSeed, type SeedResult } from '../../simulation/run.ts';
import { simulate } from '../../simulation/simulate.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { regressions } from './regressions.ts';

/**
 * Seeds of each size in the ordinary test run, 100 in all. CI runs 500 others after it
 * (apps/proof/seeds.ts), and `statecraft simulate` as many as one likes.
 */
const seedsBySize: readonly (readonly [servers: number, seeds: number])[] = [
  ...([
    [1, 10],
    [2, 10],
    [3, 40],
  ] as const),
  ...([
    [4, 10],
    [5, 20],
    [7, 10],
  ] as const),
];

const explain = ({ seed, options, violations }: SeedResult): string =>
  `seed ${seed} at ${options.servers} servers: ${JSON.stringify(violations)}`;

describe('simulation: determinism', () => {
  afterEach(() => sinon.restore());

  it('runs a seed twice alike, while real clocks and real chance differ or are out of order', () => {
    const options = drawOptions(3, 3);
    const first = runSeed(options);
    sinon.stub(Date, 'now').returns(0);
    sinon.stub(Math, 'random').returns(0.123);
    for (const name of ['setTimeout', 'setImmediate', 'queueMicrotask'] as const) {
      sinon.stub(globalThis, name).throws(new Error(`${name} has no place in a simulation`));
    }
    const second = runSeed(options);
    sinon.restore();
    expect(second.hash).to.equal(first.hash);
    expect(second).to.deep.equal(first);
  });

  it('gives every seed another run, and finds the same run again after others', () => {
    const hashes = [1, 2, 3].map((seed) => runSeed(drawOptions(seed, 3)).hash);
    expect(new Set(hashes).size).to.equal(3);
    expect(runSeed(drawOptions(1, 3)).hash).to.equal(hashes[0]);
  });

  it('I45 is the same run when every message is encoded and decoded on its way', () => {
    const options = drawOptions(5, 3);
    const [plain, wired] = [false, true].map((wire) => runSeed({ ...options, wire }));
    expect(wired?.hash).to.equal(plain?.hash);
  });
});

describe('simulation: real servers keep their promises', () => {
  for (const [servers, count] of seedsBySize) {
    it(`at ${servers} servers, ${count} seeds, under faults drawn from the seed`, function () {
      this.timeout(120_000);
      const from = 1_000 * servers;
      const to = from + count - 1;
      const { seeds, violations } = simulate({ from, to, servers, nowMs: () => 0 });
      expect(violations.map(explain)).to.deep.equal([]);
      expect(seeds, 'seeds in which enough happened').to.be.at.least(Math.ceil(count * 0.9));
    });
  }

  for (const { story, options } of regressions) {
    it(`no more: ${story}`, () => {
      const result = runSeed(options);
      expect(result.violations, explain(result)).to.deep.equal([]);
    });
  }
});

describe('simulation: broken servers are found out', () => {
  afterEach(() => sinon.restore());

  /** The invariants that fire in the first few seeds. */
  function found(change: (options: SimulationOptions) => SimulationOptions = (o) => o): string[] {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { violations } = runSeed(change(drawOptions(seed, 3)));
      if (violations.length > 0) return violations.map(({ invariant }) => invariant);
    }
    return [];
  }

  it('a disk that says it has synced and has not', () => {
    sinon.stub(MemoryDisk.prototype, 'commit').returns(null);
    expect(found()).to.include('I8');
  });

  it('I44: an event that no state lists', () => {
    const cluster = new Cluster(drawOptions(1, 1));
    cluster.begin();
    cluster.clock.runUntil(1_000);
    const [server] = cluster.running();
    server?.receive({ type: 'rpc.unheardOf', from: 'n1', to: 'n1', term: 1 } as unknown as Message);
    expect(cluster.checker.violations.map(({ invariant }) => invariant)).to.include('I44');
  });

  it('a cluster that stays partitioned owes a leader or a commit', () => {
    sinon.stub(Network.prototype, 'unblock');
    sinon.stub(Network.prototype, 'heal');
    const faults = { partition: { everyMs: 500, lastsMs: 100 } };
    const fired = found((options) => ({ ...options, faults }));
    expect(['L1', 'L2', 'L3', 'L9']).to.include(fired[0]);
  });
});
