/**
 * The sentences of the paper that say what a server must do, numbered by section. Each has a test
 * of its number in this folder, and is its title; `paper.test.ts` holds the two lists together.
 *
 * `§` is the extended Raft paper (Ongaro and Ousterhout, "In Search of an Understandable Consensus
 * Algorithm"), `thesis §` Ongaro's "Consensus: Bridging Theory and Practice". Typographic quotes and
 * hyphenation are plain here; `…` stands for words left out. Where we do otherwise, as with pre-votes,
 * the test shows that the sentence still holds, or what takes its place.
 */
export const sentences = {
  '5.1-1':
    'At any given time each server is in one of three states: leader, follower, or candidate.',
  '5.1-2':
    'Followers are passive: they issue no requests on their own but simply respond to requests from leaders and candidates.',
  '5.1-3':
    'The leader handles all client requests (if a client contacts a follower, the follower redirects it to the leader).',
  '5.1-4': 'Terms are numbered with consecutive integers.',
  '5.1-5': 'Raft ensures that there is at most one leader in a given term.',
  '5.1-6': 'Each server stores a current term number, which increases monotonically over time.',
  '5.1-7':
    "Current terms are exchanged whenever servers communicate; if one server's current term is smaller than the other's, then it updates its current term to the larger value.",
  '5.1-8':
    'If a candidate or leader discovers that its term is out of date, it immediately reverts to follower state.',
  '5.1-9': 'If a server receives a request with a stale term number, it rejects the request.',
  '5.2-1': 'When servers start up, they begin as followers.',
  '5.2-2':
    'A server remains in follower state as long as it receives valid RPCs from a leader or candidate.',
  '5.2-3':
    'Leaders send periodic heartbeats (AppendEntries RPCs that carry no log entries) to all followers in order to maintain their authority.',
  '5.2-4':
    'If a follower receives no communication over a period of time called the election timeout, then it assumes there is no viable leader and begins an election to choose a new leader.',
  '5.2-5':
    'To begin an election, a follower increments its current term and transitions to candidate state.',
  '5.2-6':
    'It then votes for itself and issues RequestVote RPCs in parallel to each of the other servers in the cluster.',
  '5.2-7':
    'A candidate continues in this state until one of three things happens: (a) it wins the election, (b) another server establishes itself as leader, or (c) a period of time goes by with no winner.',
  '5.2-8':
    'A candidate wins an election if it receives votes from a majority of the servers in the full cluster for the same term.',
  '5.2-9':
    'Each server will vote for at most one candidate in a given term, on a first-come-first-served basis …',
  '5.2-10':
    'Once a candidate wins an election, it becomes leader. It then sends heartbeat messages to all of the other servers to establish its authority and prevent new elections.',
  '5.2-11':
    "If the leader's term (included in its RPC) is at least as large as the candidate's current term, then the candidate recognizes the leader as legitimate and returns to follower state.",
  '5.2-12':
    "If the term in the RPC is smaller than the candidate's current term, then the candidate rejects the RPC and continues in candidate state.",
  '5.2-13':
    '… each candidate will time out and start a new election by incrementing its term and initiating another round of RequestVote RPCs.',
  '5.2-14':
    'Raft uses randomized election timeouts to ensure that split votes are rare and that they are resolved quickly.',
  '5.3-1':
    'The leader appends the command to its log as a new entry, then issues AppendEntries RPCs in parallel to each of the other servers to replicate the entry.',
  '5.3-2':
    'When the entry has been safely replicated …, the leader applies the entry to its state machine and returns the result of that execution to the client.',
  '5.3-3':
    'If followers crash or run slowly, or if network packets are lost, the leader retries AppendEntries RPCs indefinitely … until all followers eventually store all log entries.',
  '5.3-4':
    'A log entry is committed once the leader that created the entry has replicated it on a majority of the servers …',
  '5.3-5':
    "This also commits all preceding entries in the leader's log, including entries created by previous leaders.",
  '5.3-6':
    'The leader keeps track of the highest index it knows to be committed, and it includes that index in future AppendEntries RPCs (including heartbeats) so that the other servers eventually find out.',
  '5.3-7':
    'Once a follower learns that a log entry is committed, it applies the entry to its local state machine (in log order).',
  '5.3-8':
    '… a leader creates at most one entry with a given log index in a given term, and log entries never change their position in the log.',
  '5.3-9':
    'When sending an AppendEntries RPC, the leader includes the index and term of the entry in its log that immediately precedes the new entries.',
  '5.3-10':
    'If the follower does not find an entry in its log with the same index and term, then it refuses the new entries.',
  '5.3-11':
    "This means that conflicting entries in follower logs will be overwritten with entries from the leader's log.",
  '5.3-12':
    'The leader maintains a nextIndex for each follower, which is the index of the next log entry the leader will send to that follower.',
  '5.3-13':
    'When a leader first comes to power, it initializes all nextIndex values to the index just after the last one in its log (11 in Figure 7).',
  '5.3-14':
    'After a rejection, the leader decrements nextIndex and retries the AppendEntries RPC. Eventually nextIndex will reach a point where the leader and follower logs match.',
  '5.3-15':
    '… one AppendEntries RPC will be required for each term with conflicting entries, rather than one RPC per entry.',
  '5.3-16':
    'A leader never overwrites or deletes entries in its own log (the Leader Append-Only Property in Figure 3).',
  '5.4.1-1':
    "… the RPC includes information about the candidate's log, and the voter denies its vote if its own log is more up-to-date than that of the candidate.",
  '5.4.1-2':
    'If the logs have last entries with different terms, then the log with the later term is more up-to-date.',
  '5.4.1-3': 'If the logs end with the same term, then whichever log is longer is more up-to-date.',
  '5.4.2-1': 'Raft never commits log entries from previous terms by counting replicas.',
  '5.4.2-2':
    "Only log entries from the leader's current term are committed by counting replicas; once an entry from the current term has been committed in this way, then all prior entries are committed indirectly because of the Log Matching Property.",
  '8-1':
    "If the client's first choice is not the leader, that server will reject the client's request and supply information about the most recent leader it has heard from …",
  '8-2':
    'If it receives a command whose serial number has already been executed, it responds immediately without re-executing the request.',
  '8-3':
    'Raft handles this by having each leader commit a blank no-op entry into the log at the start of its term.',
  '8-4':
    'Raft handles this by having the leader exchange heartbeat messages with a majority of the cluster before responding to read-only requests.',
  'thesis-4.2.3-1':
    '… if a server receives a RequestVote request within the minimum election timeout of hearing from a current leader, it does not update its term or grant its vote.',
  'thesis-4.2.3-2':
    'This does not affect normal elections, where each server waits at least a minimum election timeout before starting an election.',
  'thesis-4.2.3-3':
    '… if a leader is able to get heartbeats to its cluster, then it will not be deposed by larger term numbers.',
  'thesis-6.2-1':
    '… a leader in Raft steps down if an election timeout elapses without a successful round of heartbeats to a majority of its cluster …',
  'thesis-6.4-1':
    'If the leader has not yet marked an entry from its current term committed, it waits until it has done so.',
  'thesis-6.4-2': 'The leader saves its current commit index in a local variable readIndex.',
  'thesis-6.4-3':
    'It issues a new round of heartbeats and waits for their acknowledgments from a majority of the cluster.',
  'thesis-6.4-4':
    'The leader waits for its state machine to advance at least as far as the readIndex …',
  'thesis-9.6-1':
    '… a candidate only increments its term if it first learns from a majority of the cluster that they would be willing to grant the candidate their votes …',
  'thesis-9.6-2':
    "(if the candidate's log is sufficiently up-to-date, and the voters have not received heartbeats from a valid leader for at least a baseline election timeout)",
  'thesis-9.6-3':
    "One downside of Raft's leader election algorithm is that a server that has been partitioned from the cluster is likely to cause a disruption when it regains connectivity.",
} as const;

export type SentenceId = keyof typeof sentences;

/** The test of a sentence. */
export function paper(id: SentenceId, test: () => void): void {
  it(`${id} "${sentences[id]}"`, test);
}
