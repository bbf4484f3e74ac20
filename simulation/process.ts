/**
 * What one run of a server's process consists of: a real replica, on the ports of server-ports.ts,
 * within the bounds that the seed drew. The checker hears of what it applies, and of every event
 * that no state of its charts lists. When a process begins and ends is server.ts.
 */
import { createReplica, type Replica } from '../actors/replica.ts';
import { defaultLimits, type Limits } from '../actors/ports.ts';
import type { Fault } from '../machines/events.ts';
import type { Store } from '../storage/store.ts';
import type { Owner } from './clock.ts';
import { watchedKv, type WatchedKv } from './clients/watched.ts';
import { ApplyRules } from './invariants/clients.ts';
import type { SimulationOptions } from './options/options.ts';
import type { Random } from './random.ts';
import { portsOf, reached, storeOf, type Life } from './server-ports.ts';

export interface Process {
  readonly replica: Replica;
  readonly store: Store;
  readonly owner: Owner;
  readonly kv: WatchedKv;
}

/** What the process says to whoever started it. */
export interface ProcessEvents {
  /** The server's chart has made a step. */
  stepped(replica: Replica): void;
  faulted(fault: Fault): void;
}

/** Not yet started: the caller does it. `latency`: chance of the disk, over all runs. */
export function createProcess(life: Life, latency: Random, events: ProcessEvents): Process {
  const { owner, server, env } = life;
  const { options, checker, voters, random } = env;
  const store = storeOf(life, latency);
  const timers = random.split(`timers/${server.id}/${server.incarnation}`);
  const kv = watchedKv(new ApplyRules(checker.report, server.id), () => reached(life, 'apply'));
  const replica = createReplica({
    id: server.id,
    voters,
    machines: { kv: kv.machine },
    timing: options.timing,
    limits: limitsOf(options),
    leases: options.leases,
    boot: server.incarnation,
    ports: portsOf(life, store, timers),
    leaderAddress: (id) => ({ id, client: '' }),
    status: () => null,
    onFault: (fault) => {
      if (owner.alive) events.faulted(fault);
    },
  });
  replica.server.subscribe({
    next: () => events.stepped(replica),
    // What it threw reaches `onFault`; an observer without this would throw it at the process.
    error: () => undefined,
  });
  lookInside(replica, life);
  return { replica, store, owner, kv };
}

function lookInside({ server: { system } }: Replica, { server: { id }, env }: Life): void {
  const { inspect, checker } = env;
  if (inspect) system.inspect((seen) => inspect(id, seen));
  // I44: whatever a chart hears, some state lists it, if only to say that it is ignored.
  system.inspect((seen) => {
    if (seen.type !== '@xstate.microstep' || seen._transitions.length > 0) return;
    const { type } = seen.event;
    if (!type.startsWith('xstate.')) checker.report('I44', id, `no state lists ${type}`);
  });
}

function limitsOf(options: SimulationOptions): Limits {
  const { maxFrameBytes, maxInflightFrames, maxApplyPerTurn, sessions = {} } = options;
  const { maxUncommittedBytes = defaultLimits.maxUncommittedBytes } = options;
  return {
    ...defaultLimits,
    ...{ maxFrameBytes, maxInflightFrames, maxApplyPerTurn, maxUncommittedBytes },
    ...sessions,
    ...(options.snapshots ?? { snapshotEntries: Infinity }),
  };
}
