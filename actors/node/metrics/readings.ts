/**
 * What is read at a scrape: the server's chart, its replicators, its links, its process. Nothing
 * here is kept up to date in between.
 */
import type { SnapshotFrom } from 'xstate';
import { configurationOf } from '../../../machines/log.ts';
import type { ReplicatorContext } from '../../../machines/replicator.context.ts';
import type { replicatorMachine } from '../../../machines/replicator.machine.ts';
import type { Links } from '../../links/links.ts';
import type { Replica } from '../../replica.ts';
import { roles, roleOf } from '../status.ts';
import { version } from '../version.ts';
import type { Readings } from './registry.ts';
import type { Traffic } from './traffic.ts';
import type { TransitionCounts } from './transitions.ts';

type ReplicatorSnapshot = SnapshotFrom<typeof replicatorMachine>;

export function readServer(to: Readings, replica: Replica, traffic: Traffic): void {
  const { value, context } = replica.server.getSnapshot();
  const { usage } = replica;
  const role = roleOf(value);
  to.set('statecraft_server_has_leader', context.leader === null ? 0 : 1);
  to.set('statecraft_server_is_leader', role === 'leader' ? 1 : 0);
  const { voters, learners } = configurationOf(context.log);
  to.set('statecraft_server_is_learner', learners.includes(context.id) ? 1 : 0);
  to.set('statecraft_server_voters', voters.length);
  for (const one of roles) {
    to.set('statecraft_server_role', one === role ? 1 : 0, { role: one });
  }
  to.set('statecraft_server_is_doubtful', value.trust === 'doubtful' ? 1 : 0);
  to.set('statecraft_server_leader_changes_seen_total', traffic.leaderChanges);
  to.set('statecraft_server_term', context.currentTerm);
  to.set('statecraft_server_last_index', context.log.lastIndex);
  to.set('statecraft_server_durable_index', context.durableIndex);
  to.set('statecraft_server_commit_index', context.commitIndex);
  to.set('statecraft_server_applied_index', replica.lastApplied);
  to.set('statecraft_server_snapshot_index', replica.snapshotIndex);
  to.set('statecraft_server_first_index', context.log.snapshotIndex + 1);
  to.set('statecraft_server_proposals_committed_total', context.commitIndex);
  to.set('statecraft_server_proposals_applied_total', replica.lastApplied);
  to.set('statecraft_server_proposals_pending', replica.pendingCount);
  to.set('statecraft_server_uncommitted_bytes', usage.uncommittedBytes);
  to.set('statecraft_outbox_held_messages', usage.heldMessages);
  // Without a number there is none: 0 would look like a full disk.
  to.set('statecraft_disk_free_bytes', usage.freeBytes ?? NaN);
  to.set('statecraft_disk_min_free_bytes', replica.limits.minFreeBytes);
  to.set('statecraft_sessions', usage.sessions);
  to.set('statecraft_watchers', usage.watchers);
}

export function readPeers(
  to: Readings,
  replica: Replica,
  links: Links | null,
  traffic: Traffic,
): void {
  const { context, children } = replica.server.getSnapshot();
  for (const [peer, link] of Object.entries(links?.status() ?? {})) {
    const { sentBytes, receivedBytes, sentFailures, heardAtMs } = traffic.peer(peer);
    const label = { peer };
    to.set('statecraft_network_peer_connected', link.state === 'open' ? 1 : 0, label);
    to.set('statecraft_network_peer_buffered_bytes', link.bufferedBytes, label);
    to.set('statecraft_network_peer_sent_bytes_total', sentBytes, label);
    to.set('statecraft_network_peer_received_bytes_total', receivedBytes, label);
    to.set('statecraft_network_peer_sent_failures_total', sentFailures, label);
    const roundTrip = traffic.roundTripSeconds.of(peer);
    to.spread('statecraft_network_peer_round_trip_time_seconds', roundTrip, label);
    if (heardAtMs !== null) {
      const seconds = (performance.now() - heardAtMs) / 1_000;
      to.set('statecraft_peer_last_contact_seconds', seconds, label);
    }
    const replicator = children[`replicator.${peer}`]?.getSnapshot();
    if (replicator !== undefined) {
      readReplicator(to, peer, replicator, context.log.lastIndex);
    }
  }
}

const replicatorStates = ['probe', 'replicate', 'snapshot'] as const;

function readReplicator(
  to: Readings,
  peer: string,
  { value, context }: ReplicatorSnapshot,
  lastIndex: number,
): void {
  const { matchIndex, inflight }: ReplicatorContext = context;
  const { flow } = value;
  const state = typeof flow === 'string' ? flow : Object.keys(flow)[0];
  for (const one of replicatorStates) {
    to.set('statecraft_peer_replicator_state', one === state ? 1 : 0, { peer, state: one });
  }
  to.set('statecraft_peer_match_index', matchIndex, { peer });
  to.set('statecraft_peer_lag_entries', Math.max(0, lastIndex - matchIndex), { peer });
  to.set('statecraft_peer_inflight_frames', inflight.length, { peer });
  const bytes = inflight.reduce((sum, frame) => sum + frame.bytes, 0);
  to.set('statecraft_peer_inflight_bytes', bytes, { peer });
}

export function readTraffic(to: Readings, traffic: Traffic, transitions: TransitionCounts): void {
  let failed = 0;
  for (const { op, code, outcome, count } of traffic.answers.values()) {
    to.set('statecraft_requests_total', count, { op, code, outcome });
    if (op === 'command' && code !== 'OK') failed += count;
  }
  to.set('statecraft_server_proposals_failed_total', failed);
  for (const [op, spread] of traffic.requestSeconds.byLabel) {
    to.spread('statecraft_request_duration_seconds', spread, { op });
  }
  to.spread('statecraft_disk_wal_fsync_duration_seconds', traffic.syncSeconds);
  to.set('statecraft_disk_written_bytes_total', traffic.writtenBytes);
  for (const { count, machine, from, to: entered, event } of transitions.read()) {
    to.set('statecraft_chart_transitions_total', count, { machine, from, to: entered, event });
  }
}

export function readProcess(to: Readings, node: string, cluster: string): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  to.set('statecraft_node_info', 1, { node, cluster, version });
  to.set('process_start_time_seconds', Date.now() / 1_000 - process.uptime());
  to.set('process_cpu_seconds_total', (user + system) / 1e6);
  to.set('process_resident_memory_bytes', rss);
  to.set('nodejs_heap_size_used_bytes', heapUsed);
  to.set('nodejs_external_memory_bytes', external);
}
