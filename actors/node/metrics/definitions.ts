/**
 * Every metric of a node, by name: what `/metrics` serves, what docs/guides/metrics.md lists, and all
 * that the dashboard and the alerts may speak of. Tests hold the three to this table.
 *
 * Names are etcd's behind our prefix where etcd has one; base units; no label ever holds a key, a
 * value or a secret, and each has few values: servers, states of the charts, error codes.
 */

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Of a histogram: upper bounds, in the unit of the name. */
  readonly buckets?: readonly number[];
}

type Definitions = Readonly<Record<string, MetricDefinition>>;

const gauge = (help: string, ...labels: string[]) => ({ type: 'gauge', help, labels }) as const;
const counter = (help: string, ...labels: string[]) => ({ type: 'counter', help, labels }) as const;
const histogram = (help: string, buckets: readonly number[], ...labels: string[]) =>
  ({ type: 'histogram', help, buckets, labels }) as const;

/** From a fast disk or link to one that stalls. */
const ioSeconds = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 1, 4];
/** From a read of the leader to a deadline of a client. */
const requestSeconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
/** From a breath to more than an election timeout. */
const delaySeconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

const server = {
  statecraft_node_info: gauge('Always 1; says who this is.', 'node', 'cluster', 'version'),
  statecraft_server_has_leader: gauge('1 when a leader is known here.'),
  statecraft_server_is_leader: gauge('1 on the leader.'),
  statecraft_server_is_learner: gauge('1 on a server that is a member and has no vote.'),
  statecraft_server_voters: gauge('Voters of the configuration in force here.'),
  statecraft_server_role: gauge('1 for the role that the server is in, 0 for the others.', 'role'),
  statecraft_server_is_doubtful: gauge('1 while entries may be missing here, so it never votes.'),
  statecraft_server_leader_changes_seen_total: counter('Leaders that came, as seen from here.'),
  statecraft_server_term: gauge('currentTerm.'),
  statecraft_server_last_index: gauge('The end of the log.'),
  statecraft_server_durable_index: gauge('The log is on this disk through here.'),
  statecraft_server_commit_index: gauge('Committed through here, as far as is known here.'),
  statecraft_server_applied_index: gauge('Applied to the state machines through here.'),
  statecraft_server_snapshot_index: gauge('The newest snapshot goes through here; 0: none yet.'),
  statecraft_server_first_index: gauge('The first entry that the log still has, or would have.'),
  statecraft_server_proposals_committed_total: counter('Entries committed: commitIndex.'),
  statecraft_server_proposals_applied_total: counter('Entries applied: the applied index.'),
  statecraft_server_proposals_pending: gauge('Requests accepted and not yet answered.'),
  statecraft_server_proposals_failed_total: counter('Commands that were answered by an error.'),
  statecraft_server_uncommitted_bytes: gauge('Commands accepted here and not yet applied.'),
  statecraft_outbox_held_messages: gauge('Messages that wait for a write to be on the disk.'),
  statecraft_sessions: gauge('Client sessions in the replicated state.'),
  statecraft_watchers: gauge("Clients' watches that are open here."),
  statecraft_chart_transitions_total: counter(
    'Transitions taken that enter a state, by chart; a state that is entered again counts.',
    ...['machine', 'from', 'to', 'event'],
  ),
} as const satisfies Definitions;

const peers = {
  statecraft_peer_last_contact_seconds: gauge('Since a message of this peer was heard.', 'peer'),
  statecraft_peer_match_index: gauge('On the leader: durable on the peer through here.', 'peer'),
  statecraft_peer_lag_entries: gauge('On the leader: entries that the peer lacks.', 'peer'),
  statecraft_peer_replicator_state: gauge(
    'On the leader: 1 for what its replicator for the peer does, 0 for the rest.',
    ...['peer', 'state'],
  ),
  statecraft_peer_inflight_frames: gauge('On the leader: frames not acknowledged.', 'peer'),
  statecraft_peer_inflight_bytes: gauge('On the leader: entry bytes not acknowledged.', 'peer'),
  statecraft_network_peer_connected: gauge('1 while the connection to the peer is open.', 'peer'),
  statecraft_network_peer_buffered_bytes: gauge('Queued on the connection to the peer.', 'peer'),
  statecraft_network_peer_sent_bytes_total: counter('Sent to the peer.', 'peer'),
  statecraft_network_peer_received_bytes_total: counter('Received from the peer.', 'peer'),
  statecraft_network_peer_sent_failures_total: counter(
    'Messages dropped because the connection was full.',
    'peer',
  ),
  statecraft_network_peer_round_trip_time_seconds: histogram(
    'From a ping to the pong of the peer.',
    ioSeconds,
    'peer',
  ),
} as const satisfies Definitions;

const requests = {
  statecraft_requests_total: counter(
    "Clients' requests answered; code OK for success.",
    ...['op', 'code', 'outcome'],
  ),
  statecraft_request_duration_seconds: histogram(
    'From a request to its answer, on this server.',
    requestSeconds,
    'op',
  ),
} as const satisfies Definitions;

const host = {
  statecraft_disk_wal_fsync_duration_seconds: histogram(
    'fsync calls of log, vote and proof of sync.',
    ioSeconds,
  ),
  statecraft_disk_free_bytes: gauge('Free on the disk of the data directory.'),
  statecraft_disk_min_free_bytes: gauge('The reserve: with less free, commands are refused.'),
  statecraft_disk_written_bytes_total: counter('Written to the data directory.'),
  statecraft_event_loop_delay_seconds: histogram(
    'How late a timer of the event loop is; all that a server does waits that long.',
    delaySeconds,
  ),
  process_start_time_seconds: gauge('Start of the process, Unix time.'),
  process_cpu_seconds_total: counter('CPU time of the process, user and system.'),
  process_resident_memory_bytes: gauge('Resident memory of the process.'),
  nodejs_heap_size_used_bytes: gauge('JavaScript heap in use.'),
  nodejs_external_memory_bytes: gauge('Memory of buffers and C++ objects, outside the heap.'),
} as const satisfies Definitions;

/** By title, as the guide lists them. */
export const metricGroups = {
  'The server': server,
  Peers: peers,
  'Clients’ requests': requests,
  'Disk, event loop and process': host,
} as const satisfies Readonly<Record<string, Definitions>>;

export const metrics = { ...server, ...peers, ...requests, ...host } as const;

export type MetricName = keyof typeof metrics;

/** The names of one type of metric. */
export type NamesOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof metrics)[N] extends { readonly type: T } ? N : never;
}[MetricName];
