/**
 * One seed from beginning to verdict.
 *
 * First the cluster works under faults. Then a random majority is healed and owes a leader, a
 * commit and a leader whose disk answers (L1, L2, L6) while the rest stay broken; then everybody is
 * back and owes convergence (L3), without an election storm (L4), with every client answered (L5),
 * and with the keys ended whose time is over though nobody writes (L8).
 */
import { Cluster } from './cluster.ts';
import type { SimulatedClient } from './clients/client.ts';
import { guarded } from './guard.ts';
import type { ClusterHooks } from './hooks.ts';
import type { Violation } from './invariants/observation.ts';
import type { SnapshotCounts } from './invariants/snapshots.ts';
import {
  breakMinority,
  doubts,
  hasConverged,
  hasSettled,
  hasSoundLeader,
  isBeyondPromise,
  membersOf,
  membersRunning,
} from './recovery.ts';
import { perfectNetwork } from './network.ts';
import { faultKinds, type FaultKind } from './options/fault-options.ts';
import { minChartSteps, type SimulationOptions } from './options/options.ts';
import { randomFrom } from './random.ts';
import type { Decisions } from './options/schedule.ts';

/** Election timeouts that a healed cluster has for each thing it owes. */
const patienceTimeouts = 40;
/** Terms that may pass while it heals. */
const maxTermGrowth = 20;
/** Events per chart step under faults: past it, the cluster is too idle for the seed to count. */
const maxEventsPerStep = 50;

/** Who listens to a run. */
export interface RunHooks extends ClusterHooks {
  /** Virtual time at which a run under faults is given up, unjudged; no bound by default. */
  readonly stopAtMs?: number;
  /** What happened, by name, for who wants to leave some of it out (shrink.ts). */
  onEnd?(decisions: Decisions): void;
}

/** What came of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly options: SimulationOptions;
  readonly events: number;
  readonly chartSteps: number;
  readonly commits: number;
  readonly faults: Readonly<Record<FaultKind | 'lost' | 'duplicated' | 'heldUp', number>>;
  /** Client operations by outcome. */
  readonly operations: Readonly<Record<'acked' | 'failed' | 'unknown' | 'pending', number>>;
  /** Changes of members: asked for, said to be committed, and configurations committed. */
  readonly changes: Readonly<Record<'asked' | 'confirmed' | 'committed', number>>;
  readonly snapshots: SnapshotCounts;
  readonly virtualMs: number;
  /** Of all events and states: equal when the run was equal. */
  readonly hash: string;
  /** Enough happened: ≥ 2,000 chart steps, ≥ 1 commit, ≥ 1 fault. */
  readonly counts: boolean;
  /**
   * I36 has judged the clients' history; false when it broke off before, or had too many orders.
   */
  readonly judged: boolean;
  /** What went wrong first, and what else was seen in the same event. */
  readonly violations: readonly Violation[];
}

/**
 * Runs one seed. Deterministic: neither real time nor other chance has any influence, and whoever
 * reaches for them is refused (guard.ts), `hooks` as well.
 */
export function runSeed(options: SimulationOptions, hooks: RunHooks = {}): SeedResult {
  const cluster = new Cluster(options, hooks);
  const result = guarded(
    () => cluster.clock.now,
    () => judge(cluster, options, hooks.stopAtMs ?? Infinity),
  );
  hooks.onEnd?.(cluster.decisions);
  return result;
}

function judge(cluster: Cluster, options: SimulationOptions, stopAtMs: number): SeedResult {
  try {
    cluster.begin();
    underFaults(cluster, options, stopAtMs);
    if (cluster.clock.now >= stopAtMs) return resultOf(cluster, options);
    if (!isSound(cluster) || !healed(cluster, options)) return resultOf(cluster, options);
    cluster.checker.ended(cluster.running());
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const violation: Violation = { invariant: 'I44', kind: 'crash', server: null, message };
    cluster.checker.violations.push(violation);
  }
  return resultOf(cluster, options);
}

function isSound(cluster: Cluster): boolean {
  return cluster.checker.violations.length === 0;
}

function underFaults(
  cluster: Cluster,
  { steps, schedule }: SimulationOptions,
  stopAtMs: number,
): void {
  const maxEvents = steps * maxEventsPerStep;
  const isStruck = (): boolean => schedule !== undefined || isHurt(cluster);
  const isDone = (): boolean =>
    cluster.clock.now >= stopAtMs || (cluster.chartSteps >= steps && isStruck());
  while (!isDone() && cluster.clock.steps < maxEvents && isSound(cluster)) {
    if (!cluster.clock.step()) return;
  }
}

/** False when something was owed and is not there, or is no more owed. */
function healed(cluster: Cluster, options: SimulationOptions): boolean {
  const { clock, checker } = cluster;
  let owesNothing = false as boolean;
  const { electionTimeoutMs } = options.timing;
  const owed = (invariant: string, what: string, done: () => boolean): void => {
    if (!isSound(cluster) || owesNothing) return;
    const patienceMs = electionTimeoutMs * patienceTimeouts;
    clock.runUntil(clock.now + patienceMs, () => !isSound(cluster) || done());
    if (!isSound(cluster) || done()) return;
    owesNothing = isBeyondPromise(cluster);
    if (owesNothing) return;
    const message = `${what} within ${patienceMs} ms of healing`;
    checker.violations.push({ invariant, kind: 'liveness', server: null, message });
  };

  for (const client of cluster.users.clients) client.stop();
  cluster.users.operator?.stop();
  cluster.heal();
  cluster.network.conditions = perfectNetwork;
  // Which majority must do is known once no change is on its way.
  if (cluster.users.operator)
    owed('L9', 'a change of members does not end', () => hasSettled(cluster));
  const mended = breakMinority(cluster, randomFrom(options.seed).split('core'));
  const termBefore = highestTerm(cluster);

  owed('L1', 'no leader', () => cluster.leader() !== null);
  // Reads first: a leader must serve them in a term in which nobody writes.
  const reader = probeOf(cluster, 'reader', electionTimeoutMs);
  owed('L2', 'no read was answered', () => reader.acknowledged > 0);
  reader.stop();
  const writer = probeOf(cluster, 'writer', electionTimeoutMs);
  owed('L2', 'no fresh command was acknowledged', () => writer.acknowledged > 0);
  owed('L6', 'no leader whose disk answers', () => hasSoundLeader(cluster));
  writer.stop();

  mended();
  owed('L3', 'no convergence', () => hasConverged(cluster));
  owed('L7', 'a server doubts itself', () => !membersOf(cluster).some((id) => doubts(cluster, id)));
  owed('L5', 'clients still wait', () =>
    cluster.users.clients.every((client) => client.underWay === 0),
  );
  owed('L3', 'no convergence after the last client', () => hasConverged(cluster));
  owed('L5', 'a watch is behind', () =>
    cluster.users.watchers.every(({ place }) => place > checker.reference.lastChange),
  );
  // Nobody writes any more: only what the leader does by itself lets time go on.
  owed(
    'L8',
    'keys outlive their time',
    () => !membersRunning(cluster).some((one) => one.hasEndings()),
  );
  owed('L3', 'no convergence after the last key ended', () => hasConverged(cluster));
  owed('L5', 'something is held for clients of which none waits', () =>
    [...cluster.running()].every(({ uncommittedBytes }) => uncommittedBytes === 0),
  );
  const growth = highestTerm(cluster) - termBefore;
  if (owesNothing) return false;
  if (growth > maxTermGrowth && isSound(cluster)) {
    const message = `${growth} terms passed while the cluster healed`;
    checker.violations.push({ invariant: 'L4', kind: 'liveness', server: null, message });
  }
  return isSound(cluster);
}

function probeOf(
  cluster: Cluster,
  name: 'reader' | 'writer',
  electionTimeoutMs: number,
): SimulatedClient {
  const workload = {
    clients: 1,
    pipeline: 1,
    keys: 1,
    maxPaddingChars: 0,
    thinkMs: electionTimeoutMs / 50,
    getShare: name === 'reader' ? 1 : 0,
    ...{ leaseShare: 0, localShare: 0 },
    deleteShare: 0,
    loyalty: 0.5,
    lossRate: 0,
    attemptTimeoutMs: electionTimeoutMs * 2,
    maxAttempts: Number.POSITIVE_INFINITY,
  };
  // Whoever left may know nobody who leads, and the session is over before another is found.
  const members = membersRunning(cluster).map(({ id }) => id);
  const probe = cluster.users.client(name, workload, undefined, members);
  probe.start();
  return probe;
}

/** By the disks, since a server that starts does not know its term yet. */
function highestTerm(cluster: Cluster): number {
  return Math.max(...cluster.servers.map((id) => cluster.disk(id).durableVote.term));
}

function faultsOf({ nemesis, network }: Cluster): SeedResult['faults'] {
  const { lost, duplicated, heldUp } = network.counts;
  return { ...nemesis.injected, lost, duplicated, heldUp };
}

/** Anything was injected: asked at each step of a cluster to which nothing has happened yet. */
function isHurt({ nemesis, network }: Cluster): boolean {
  const { lost, duplicated, heldUp } = network.counts;
  if (lost > 0 || duplicated > 0 || heldUp > 0) return true;
  for (const kind of faultKinds) if (nemesis.injected[kind] > 0) return true;
  return false;
}

function resultOf(cluster: Cluster, options: SimulationOptions): SeedResult {
  const { checker, clock, chartSteps } = cluster;
  const commits = checker.history.committedIndex;
  const operations = { acked: 0, failed: 0, unknown: 0, pending: 0 };
  for (const { outcome } of checker.clients.operations) operations[outcome] += 1;
  return {
    seed: options.seed,
    options,
    events: cluster.events,
    chartSteps,
    commits,
    faults: faultsOf(cluster),
    operations,
    changes: {
      asked: cluster.users.operator?.asked ?? 0,
      confirmed: cluster.users.operator?.confirmed ?? 0,
      committed: checker.membership.changes,
    },
    snapshots: checker.snapshots.counts,
    virtualMs: clock.now,
    hash: cluster.hash.digest(),
    counts: chartSteps >= minChartSteps && commits > 0 && isHurt(cluster),
    judged: checker.clients.judged,
    violations: checker.violations,
  };
}
