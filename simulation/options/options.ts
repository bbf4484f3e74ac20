/**
 * What one run is like, drawn from its seed (swarm testing: each run leaves most faults out, so
 * that the rest can go far). A seed and these options, printed, reproduce a run bit for bit.
 */
import type { Limits, Timing } from '../../actors/ports.ts';
import type { NetworkConditions } from '../network.ts';
import { drawFaults, type FaultKind, type FaultRate } from './fault-options.ts';
import { drawSessions } from './lease-options.ts';
import { drawMembership, type MembershipWorkload } from './membership-options.ts';
import { randomFrom, type Random } from '../random.ts';
import type { Schedule } from './schedule.ts';
import { drawWorkload, type Workload } from './workload-options.ts';

/** How often a server takes a snapshot, and how it sends it. */
export type SnapshotBounds = Pick<
  Limits,
  'snapshotEntries' | 'snapshotGrowth' | 'retainedEntries' | 'maxChunkBytes'
>;

/** One simulated cluster: all that a seed draws. */
export interface SimulationOptions {
  readonly seed: number;
  readonly servers: number;
  /** Chart steps under faults; then everything heals. */
  readonly steps: number;
  readonly timing: Timing;
  readonly network: NetworkConditions;
  /** Messages are encoded and decoded on their way (wire.ts). */
  readonly wire: boolean;
  /** A turn of a server's event loop takes up to so long. */
  readonly mostTurnMs: number;
  /** Timers of a server run fast or slow by up to this share, each server's by its own. */
  readonly clockDrift: number;
  readonly diskLeastMs: number;
  readonly diskMostMs: number;
  /** Followers promise, and leaders read by, leases. */
  readonly leases: boolean;
  readonly maxFrameBytes: number;
  readonly maxInflightFrames: number;
  readonly maxApplyPerTurn: number;
  /** Without it no snapshot is taken. */
  readonly snapshots?: SnapshotBounds;
  /** Bytes of commands that one server takes before they are applied; plenty without it. */
  readonly maxUncommittedBytes?: number;
  /** What session entries say; the defaults without it. */
  readonly sessions?: { readonly sessionTtlMs: number; readonly maxSessions: number };
  readonly faults: Readonly<Partial<Record<FaultKind, FaultRate>>>;
  readonly workload: Workload;
  /** Clients that follow all keys; none without it. */
  readonly watchers?: number;
  /** Machines that may join, and who asks for changes of members; without it nobody does. */
  readonly membership?: MembershipWorkload;
  /** What of all this happens; without it, everything. */
  readonly schedule?: Schedule;
}

/** The least a run must have done to count. */
export const minChartSteps = 2_000;

/** Draws the options of a seed. `servers` 1 … 9. */
export function drawOptions(
  seed: number,
  servers: number,
  steps: number = minChartSteps,
): SimulationOptions {
  const random = randomFrom(seed).split('options');
  const leases = random.split('leases').chance(0.3);
  const timing = drawTiming(random.split('timing'));
  return {
    seed,
    servers,
    steps,
    timing,
    network: drawNetwork(random.split('network'), timing),
    wire: random.split('wire').chance(0.2),
    mostTurnMs: drawTurn(random.split('turn'), timing),
    clockDrift: drawDrift(random.split('drift')),
    leases,
    ...drawDisk(random.split('disk'), timing),
    ...drawBounds(random.split('bounds')),
    snapshots: drawSnapshots(random.split('snapshots')),
    maxUncommittedBytes: drawUncommitted(random.split('uncommitted')),
    faults: drawFaults(random.split('faults'), timing, servers, leases),
    ...drawSessions(random.split('sessions'), timing),
    workload: drawWorkload(random.split('workload'), timing),
    watchers: random.split('watchers').int(0, 2),
    ...drawMembership(random.split('membership'), timing, servers),
  };
}

function drawTiming(random: Random): Timing {
  const heartbeatMs = Math.round(random.logUniform(10, 100));
  const electionTimeoutMs = heartbeatMs * random.int(4, 12);
  return { heartbeatMs, electionTimeoutMs, stallTimeoutMs: electionTimeoutMs * random.int(2, 8) };
}

function drawNetwork(random: Random, timing: Timing): NetworkConditions {
  const leastDelayMs = random.logUniform(0.05, 2);
  const swarm = (least: number, most: number): number => {
    const rate = random.logUniform(least, most);
    return random.chance(0.5) ? rate : 0;
  };
  return {
    leastDelayMs,
    mostDelayMs: leastDelayMs + random.logUniform(0.1, timing.electionTimeoutMs / 8),
    lossRate: swarm(0.001, 0.15),
    duplicateRate: swarm(0.001, 0.15),
    holdUpRate: swarm(0.001, 0.1),
    holdUpMs: random.logUniform(5, timing.electionTimeoutMs * 3),
    inOrder: random.chance(0.4),
  };
}

/** Half of the runs have an idle event loop, whose turns take no time. */
function drawTurn(random: Random, { heartbeatMs }: Timing): number {
  const busyMs = random.logUniform(0.01, heartbeatMs / 2);
  return random.chance(0.5) ? busyMs : 0;
}

/** Half of the runs have perfect clocks. */
function drawDrift(random: Random): number {
  const share = random.logUniform(0.001, 0.2);
  return random.chance(0.5) ? share : 0;
}

function drawDisk(random: Random, timing: Timing) {
  const diskLeastMs = random.logUniform(0.05, 5);
  return {
    diskLeastMs,
    diskMostMs: diskLeastMs + random.logUniform(0.1, timing.electionTimeoutMs / 2),
    // Small frames make several of one batch, so that conflicts land in the middle of one.
    maxFrameBytes: random.chance(0.5) ? Math.round(random.logUniform(100, 4_000)) : 1 << 20,
  };
}

/** Half of the runs have narrow ones, so that a replica lags behind what it knows. */
function drawBounds(random: Random) {
  const narrow = random.chance(0.5);
  return {
    maxInflightFrames: narrow ? random.int(1, 8) : 64,
    maxApplyPerTurn: narrow ? Math.round(random.logUniform(2, 64)) : 1_024,
  };
}

/** Half of the runs have room for a few commands only, so that clients are refused. */
function drawUncommitted(random: Random): number {
  const narrow = Math.round(random.logUniform(500, 10_000));
  return random.chance(0.5) ? narrow : 64 << 20;
}

/**
 * Short tails and small chunks, so that who was away for a moment needs a snapshot, in many pieces.
 */
function drawSnapshots(random: Random): SnapshotBounds {
  const snapshotEntries = Math.round(random.logUniform(2, 15));
  return {
    snapshotEntries,
    retainedEntries: random.chance(0.8) ? random.int(0, 2) : snapshotEntries,
    maxChunkBytes: Math.round(random.logUniform(60, 4_000)),
    snapshotGrowth: random.chance(0.8) ? 0 : 1,
  };
}
