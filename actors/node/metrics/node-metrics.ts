/**
 * The metrics of one node: what counts as it passes, and what is read when somebody scrapes
 * `/metrics` (docs/guides/metrics.md). What there is, is definitions.ts's.
 */
import type { ServerId } from '../../../machines/messages.ts';
import type { Tap } from '../../inspect/tap.ts';
import type { Links } from '../../links/links.ts';
import type { Replica } from '../../replica.ts';
import type { ServerRef } from '../../server.actor.ts';
import { followServer } from '../follow-server.ts';
import { monitorEventLoop } from './event-loop.ts';
import { readPeers, readProcess, readServer, readTraffic } from './readings.ts';
import { createMetricsRegistry, type MetricsRegistry } from './registry.ts';
import { Traffic } from './traffic.ts';
import { TransitionCounts } from './transitions.ts';

export interface NodeMetrics extends MetricsRegistry {
  /** Counts what passes the node's borders. */
  readonly traffic: Traffic;
  /** Counts the leaders that `server` hears of. */
  follow(server: ServerRef): void;
  stop(): void;
}

export function createNodeMetrics(options: {
  readonly node: string;
  readonly cluster: string;
  /** Hears the node's charts. */
  readonly tap: Tap;
  /** null: not made yet. */
  replica(): Replica | null;
  links(): Links | null;
}): NodeMetrics {
  const traffic = new Traffic();
  const transitions = new TransitionCounts();
  const eventLoop = monitorEventLoop();
  options.tap.hearSteps(transitions.stepped);
  const registry = createMetricsRegistry((to) => {
    const replica = options.replica();
    if (replica !== null) {
      readServer(to, replica, traffic);
      readPeers(to, replica, options.links(), traffic);
    }
    readTraffic(to, traffic, transitions);
    to.spread('statecraft_event_loop_delay_seconds', eventLoop.read());
    readProcess(to, options.node, options.cluster);
  });
  const follow = (server: ServerRef): void => {
    let last: ServerId | null = null;
    followServer(server, ({ context: { leader } }) => {
      if (leader !== last && leader !== null) traffic.leaderChanges += 1;
      last = leader;
    });
  };
  return { ...registry, traffic, follow, stop: () => eventLoop.stop() };
}
