/**
 * What a healed cluster must be able to do: with a minority of its voters broken for good, and with all
 * of its members back. Who was removed is owed nothing, and owes nothing (§6).
 *
 * In which order it is asked for, and how long it may take, is run.ts.
 */
import { configurationOf, lastTerm } from '../machines/log.ts';
import type { ServerId } from '../machines/messages.ts';
import type { Cluster } from './cluster.ts';
import { isMajority } from './invariants/observation.ts';
import type { Random } from './random.ts';
import type { SimulatedServer } from './server.ts';

/** Voters and learners of the configuration that is committed. */
export function membersOf(cluster: Cluster): readonly ServerId[] {
  const { voters, outgoing, learners } = cluster.configuration();
  return [...new Set([...voters, ...outgoing, ...learners])];
}

/** Those of them that run now. */
export function membersRunning(cluster: Cluster): SimulatedServer[] {
  const members = membersOf(cluster);
  return cluster.running().filter(({ id }) => members.includes(id));
}

/**
 * A leader has no change of members under way, nor has any voter a newer configuration in its log. It
 * would use that uncommitted as it is (§6), and where nobody is elected without the voter, whose log is
 * longer, whom the configuration needs is needed by all: such a one must not be broken.
 */
export function hasSettled(cluster: Cluster): boolean {
  const leader = cluster.running().find(({ id }) => id === cluster.leader());
  if (leader === undefined || leader.context.change !== null) return false;
  const { index, outgoing, next, voters } = cluster.configuration();
  if (outgoing.length > 0 || next !== undefined) return false;
  if (configurationOf(leader.context.log).index !== index) return false;
  // §5.3: who has an entry of the leader's own term has its log up to there, and nothing else.
  const followed = cluster
    .running()
    .filter(({ context: { log } }) => lastTerm(log) === leader.context.currentTerm)
    .map(({ id }) => id);
  return voters.every((id) => !cluster.mayRun(id) || followed.includes(id));
}

/** Leaves a random majority whole and breaks the rest for good, each in its way, until mended. */
export function breakMinority(cluster: Cluster, random: Random): () => void {
  const { network, servers } = cluster;
  const { voters } = cluster.configuration();
  const core = new Set(voters);
  const healthy = random.int(Math.floor(voters.length / 2) + 1, voters.length);
  while (core.size > healthy) {
    const broken = random.pick([...core]);
    if (!canElect(cluster, core, broken)) break;
    core.delete(broken);
    const how = random.pick(['crash', 'stall', 'isolate', 'deafen'] as const);
    cluster.note(`${how} of ${broken} until the others have made progress`);
    if (how === 'crash') cluster.crash(broken);
    else if (how === 'stall') cluster.disk(broken).stall();
    for (const other of servers) {
      if (how === 'deafen' || how === 'isolate') network.block(other, broken);
      if (how === 'isolate') network.block(broken, other);
    }
  }
  return () => {
    network.heal();
    for (const server of servers) {
      cluster.disk(server).unstall();
      cluster.start(server);
    }
  };
}

/** Without `broken`, more than half of all voters are left that may vote. */
function canElect(cluster: Cluster, core: ReadonlySet<ServerId>, broken: ServerId): boolean {
  const voters = [...core].filter(
    (id) => id !== broken && cluster.mayRun(id) && !doubts(cluster, id),
  );
  return isMajority(voters.length, cluster.configuration().voters.length);
}

/**
 * An operator who removes proven voters while others doubt may leave too few to elect anybody: nothing
 * is owed then (docs/guides/membership.md). What a cluster that nobody changes owes, it always owes.
 */
export function isBeyondPromise(cluster: Cluster): boolean {
  if (cluster.users.operator === null || cluster.leader() !== null) return false;
  return membersRunning(cluster).some(({ context: { log } }) => {
    const { voters, outgoing } = configurationOf(log);
    return [voters, outgoing].some((side) => {
      const proven = side.filter((id) => !doubts(cluster, id));
      return side.length > 0 && !isMajority(proven.length, side.length);
    });
  });
}

export function doubts(cluster: Cluster, id: ServerId): boolean {
  return cluster.disk(id).durableVote.trust === 'doubtful';
}

/** A hung disk costs the leadership, though followers could commit without it for ever. */
export function hasSoundLeader(cluster: Cluster): boolean {
  const leader = cluster.leader();
  return leader !== null && !cluster.disk(leader).stalled;
}

/** Every member is up and has applied everything that the leader has, with the same result. */
export function hasConverged(cluster: Cluster): boolean {
  const members = membersOf(cluster);
  const servers = membersRunning(cluster);
  const leader = servers.find((server) => server.id === cluster.leader());
  const expected = members.filter((id) => cluster.mayRun(id)).length;
  if (leader === undefined || servers.length < expected) return false;
  const { lastIndex } = leader.context.log;
  return servers.every(
    (server) => server.lastApplied === lastIndex && server.stateHash() === leader.stateHash(),
  );
}
