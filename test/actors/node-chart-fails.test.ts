/** A chart that throws is a bug: the node is told once, with a code, whoever else listens to the chart. */
import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { createTap } from '../../actors/inspect/tap.ts';
import { tellChanges, type NodeEvents } from '../../actors/node/events.ts';
import { handOver } from '../../actors/node/hand-over.ts';
import { followServer } from '../../actors/node/follow-server.ts';
import { createNodeMetrics } from '../../actors/node/metrics/node-metrics.ts';
import { silent } from '../../actors/node/options.ts';
import { Standing } from '../../actors/node/standing.ts';
import { recovered } from '../../actors/node/starting.ts';
import { HeldReplica } from '../support/held-replica.ts';

/** XState throws in a timer of its own what nobody heard, and mocha fails the test then. */
const untilThrown = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** No guard can read it. */
const unreadable = {
  type: 'log.recovered',
  get trust() {
    throw new TypeError('unreadable');
  },
} as never;

describe('node: its chart throws', () => {
  it('the replica tells why, and nothing is thrown into the process', async () => {
    const { replica, faults } = new HeldReplica();
    const { server } = replica;
    const events = new EventEmitter<NodeEvents>();
    const tap = createTap();
    tap.add(server);
    tellChanges(server, events);
    followServer(server, () => undefined);
    new Standing({ replica, events, logger: silent, onRemoved: () => undefined }).follow(
      () => undefined,
    );
    const about = { node: 'a', cluster: 'c', tap, links: () => null, replica: () => replica };
    const metrics = createNodeMetrics(about);
    metrics.follow(server);
    replica.start();

    server.send(unreadable);
    await untilThrown();

    metrics.stop();
    expect(faults.map(({ code }) => code)).to.deep.equal(['ERR_INTERNAL']);
  });

  it('while it recovers, which then fails instead of taking for ever', async () => {
    const { replica } = new HeldReplica();
    const start = recovered(replica).then(
      () => 'recovered',
      (error: unknown) => String(error),
    );
    replica.server.send(unreadable);
    expect(await start).to.include('unreadable');
    await untilThrown();
  });

  it('while it leads, and a stop waits for no answer of it: nobody takes over from a chart that has ended', async () => {
    for (const when of ['before', 'during']) {
      const held = new HeldReplica().start().elect();
      const { replica, clock } = held;
      if (when === 'before') replica.server.send(unreadable);
      const deadlineMs = 500;
      const stopping = handOver(replica, clock, deadlineMs).then(() => 'stopped');
      if (when === 'during') replica.server.send(unreadable);
      held.settle().pass(10 * deadlineMs);
      const late = new Promise((resolve) => setTimeout(resolve, 1_000, 'it waits for ever'));
      expect(await Promise.race([stopping, late]), when).to.equal('stopped');
    }
  });
});
