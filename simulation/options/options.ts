/**
 * What one run is like, drawn from its seed (swarm testing: each run leaves most faults out, so
 * that the rest can go far). A seed and these options, printed, reproduce a run bit for bit.
 */
import type { Limits, Timing } from '../../actors/ports.ts';
import type { NetworkConditions } from '../network.ts';
import { drawLeases, drawSessions, type Leases } from './lease-options.ts';
import { drawMembership, type MembershipWorkload } from './membership-options.ts';
import { randomFrom, type Random } from '../random.ts';
import type { Schedule } from './schedule.ts';

export const faultKinds = [
  'crash',
  'powerCut',
  'crashAtEffect',
  'pause',
  'pauseAfterSend',
  'applyLag',
  'partition',
  'bridge',
  'oneWay',
  'isolateAfterAppend',
  'cut',
  'repliesLost',
  'diskStall',
  'diskFail',
  'diskFull',
  'diskShort',
  'bitRot',
  'doubt',
  'transfer',
  'votesLate',
  'campaignAlone',
  'answersLate',
  'slowFollower',
  'promisersRestart',
] as const;

/** What can be broken in a simulated cluster. */
export type FaultKind = (typeof faultKinds)[number];

/** On average one every `everyMs`, each lasting `lastsMs`, both times 0.5 … 1.5. */
export interface FaultRate {
  readonly everyMs: number;
  readonly lastsMs: number;
}

/** How often a server takes a snapshot, and how it sends it. */
export type SnapshotBounds = Pick<
  Limits,
  'snapshotEntries' | 'snapshotGrowth' | 'retainedEntries' | 'maxChunkBytes'
>;

/** Simulated clients and what they ask for. */
export interface Workload {
  readonly clients: number;
  /** Operations that one client has under way at most. */
  readonly pipeline: number;
  readonly keys: number;
  /** Values are up to so much longer than they need to be. */
  readonly maxPaddingChars: number;
  /** Mean pause of a client between two operations. */
  readonly thinkMs: number;
  readonly getShare: number;
  /** Of its gets, so many ask for a lease; of the rest, so many for what a server has (`local`). */
  readonly leaseShare: number;
  readonly localShare: number;
  readonly deleteShare: number;
  /** How often a client asks the server that it takes for the leader; else it asks anybody. */
  readonly loyalty: number;
  /** Share of requests and responses that are lost with their connection. */
  readonly lossRate: number;
  /** A client repeats an attempt that was not answered for this long. */
  readonly attemptTimeoutMs: number;
  /** It gives an operation up after so many attempts. */
  readonly maxAttempts: number;
  /** Without it only `put`, `get` and `delete` are asked for. */
  readonly leases?: Leases;
}

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

const splits: ReadonlySet<FaultKind> = new Set([
  ...(['partition', 'bridge', 'oneWay', 'isolateAfterAppend', 'pauseAfterSend'] as const),
  ...(['votesLate', 'campaignAlone', 'answersLate', 'slowFollower', 'promisersRestart'] as const),
]);
/** Election timeouts that a fault lasts at least. */
function leastTimeouts(kind: FaultKind): number {
  if (kind === 'promisersRestart') return 2; // Somebody must have given up the leader by then.
  return splits.has(kind) ? 0.5 : 0.05;
}

const rare: ReadonlySet<FaultKind> = new Set([
  ...(['powerCut', 'bridge', 'diskFail', 'diskFull', 'bitRot'] as const),
  ...(['votesLate', 'campaignAlone'] as const),
]);

/** Servers that it takes; 1 unless said here. */
const leastServers: Readonly<Partial<Record<FaultKind, number>>> = {
  ...{ partition: 2, bridge: 3, oneWay: 2, transfer: 2, isolateAfterAppend: 2, cut: 2, doubt: 3 },
  ...{ votesLate: 3, campaignAlone: 3, answersLate: 3, slowFollower: 2, promisersRestart: 3 },
};

function drawFaults(
  random: Random,
  { electionTimeoutMs }: Timing,
  servers: number,
  leases: boolean,
): Partial<Record<FaultKind, FaultRate>> {
  const faults: Partial<Record<FaultKind, FaultRate>> = {};
  for (const kind of faultKinds) {
    if (servers < (leastServers[kind] ?? 1)) continue;
    const stream = random.split(kind);
    // Promises not to vote are what leases stand on.
    const often = leases && kind === 'promisersRestart';
    if (!stream.chance(often ? 0.5 : rare.has(kind) ? 0.14 : 0.25)) continue;
    faults[kind] = {
      everyMs: electionTimeoutMs * stream.logUniform(0.7, kind === 'promisersRestart' ? 3 : 10),
      // What splits the cluster matters once it outlasts an election.
      lastsMs: electionTimeoutMs * stream.logUniform(leastTimeouts(kind), 5),
    };
  }
  if (Object.keys(faults).length === 0) {
    faults.crash = { everyMs: electionTimeoutMs * 5, lastsMs: electionTimeoutMs };
  }
  return faults;
}

function drawWorkload(random: Random, timing: Timing): Workload {
  const { electionTimeoutMs } = timing;
  return {
    ...drawLeases(random.split('leases'), timing),
    clients: random.int(2, 8),
    pipeline: random.int(1, 4),
    keys: random.int(1, 8),
    maxPaddingChars: Math.round(random.logUniform(1, 500)),
    thinkMs: electionTimeoutMs * random.logUniform(0.05, 2),
    getShare: random.next() * 0.9,
    deleteShare: random.next() * 0.3,
    loyalty: random.next(),
    lossRate: random.chance(0.5) ? random.logUniform(0.005, 0.2) : 0,
    attemptTimeoutMs: electionTimeoutMs * random.logUniform(0.1, 3),
    maxAttempts: random.int(1, 12),
    leaseShare: random.split('lease').next(),
    localShare: random.split('local').next() / 2,
  };
}
