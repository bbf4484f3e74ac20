/**
 * simulation/run.ts: what a healed cluster owes is demanded. Each test feeds a whole run with one
 * defect to the judge, and the right promise is found broken.
 */
import { expect } from 'chai';
import sinon from 'sinon';
import { Budget } from '../../actors/gateway/budget.ts';
import { Cluster } from '../../simulation/cluster.ts';
import { Network } from '../../simulation/network.ts';
import { drawOptions, type SimulationOptions } from '../../simulation/options/options.ts';
import { runSeed } from '../../simulation/run.ts';
import { SimulatedServer } from '../../simulation/server.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';

const seed = 1;

/** Three servers under few faults. */
function options(change: Partial<SimulationOptions> = {}): SimulationOptions {
  const faults = { crash: { everyMs: 1_000, lastsMs: 300 } };
  return { ...drawOptions(seed, 3), faults, ...change };
}

const fired = (run: SimulationOptions): string[] =>
  runSeed(run).violations.map(({ invariant }) => invariant);

describe('simulation: verdicts', () => {
  afterEach(() => sinon.restore());

  it('without a defect, nothing fires', () => {
    expect(fired(options())).to.deep.equal([]);
  });

  it('L4: the term runs away while the cluster heals', () => {
    const heal = sinon.stub(Cluster.prototype, 'heal');
    heal.callsFake(function (this: Cluster) {
      heal.wrappedMethod.call(this);
      // A reply of a term far ahead: the leader adopts the term, and there is another election.
      const forge = (): void => {
        const leader = this.running().find(({ role }) => role === 'leader');
        if (leader === undefined) {
          this.clock.setTimeout(forge, 10);
          return;
        }
        const to = leader.id;
        const from = to === 'n1' ? 'n2' : 'n1';
        const term = leader.context.currentTerm + 100;
        leader.receive({ type: 'rpc.requestVoteReply', from, to, term, voteGranted: false });
      };
      this.clock.setTimeout(forge, 10);
    });
    expect(fired(options())).to.deep.equal(['L4']);
  });

  it('L5: a request that is never answered keeps its client waiting', () => {
    const submit = sinon.stub(SimulatedServer.prototype, 'submit');
    let reads = 0;
    submit.callsFake(function (this: SimulatedServer, request, respond) {
      const swallowed = request.op === 'read' && ++reads === 5;
      if (!swallowed) submit.wrappedMethod.call(this, request, respond);
    });
    const { workload } = options();
    const patient = { ...workload, getShare: 0.5, lossRate: 0, attemptTimeoutMs: Infinity };
    const quiet = { faults: {}, schedule: { faults: [], operations: allOperations, absent: [] } };
    expect(fired(options({ ...quiet, workload: { ...patient, maxAttempts: 1 } }))).to.deep.equal([
      'L5',
    ]);
  });

  it('L5: what a client held of the bound on uncommitted bytes is not given back', () => {
    sinon.stub(Budget.prototype, 'giveBack').callsFake(() => undefined);
    expect(fired(options({ maxUncommittedBytes: 1 << 20 }))).to.deep.equal(['L5']);
  });

  it('L2: and when that bound is reached, no command is taken any more', () => {
    sinon.stub(Budget.prototype, 'giveBack').callsFake(() => undefined);
    expect(fired(options({ maxUncommittedBytes: 200 }))[0]).to.equal('L2');
  });

  it('L7: a server that never gets over its doubt', () => {
    const commit = sinon.stub(MemoryDisk.prototype, 'commit');
    commit.callsFake(function (this: MemoryDisk) {
      const doubtful = this.durableVote.trust === 'doubtful';
      const fault = commit.wrappedMethod.call(this);
      if (doubtful && fault === null) this.forget(this.durableLastIndex);
      return fault;
    });
    const faults = { doubt: { everyMs: 1_000, lastsMs: 300 } };
    expect(fired(options({ faults }))[0]).to.be.oneOf(['I12', 'L7']);
  });

  it('I45: a message that its receiver would refuse', () => {
    const send = sinon.stub(Network.prototype, 'send');
    send.callsFake(function (this: Network, message) {
      const broken =
        message.type === 'rpc.appendEntriesReply' ? { ...message, term: 0.5 } : message;
      send.wrappedMethod.call(this, broken);
    });
    expect(fired(options({ wire: true }))[0]).to.equal('I45');
  });
});

/** Names of more operations than one run has. */
const allOperations = Array.from({ length: 8 }, (_, client) =>
  Array.from({ length: 4 }, (_, place) =>
    Array.from({ length: 300 }, (_, n) => `c${client + 1}/${place}/${n + 1}`),
  ),
).flat(2);
