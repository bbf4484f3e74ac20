/**
 * What a seed draws of faults: which kinds there are, how often each comes, how long it lasts, and how
 * many servers it takes. A run leaves most of them out. What a fault does is faults/fault-effects.ts.
 */
import type { Timing } from '../../actors/ports.ts';
import type { Random } from '../random.ts';

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

export function drawFaults(
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
