/**
 * Builders for chart tests: servers in a given state, messages with sensible defaults, effects by
 * name. Servers get where they are by real events, so no test starts from a state that cannot be.
 *
 * The server under test is `a` of the voters a, b, c; messages come from `b` in term 1.
 */
import { append, bootstrapLog, type Log } from '../../machines/log.ts';
import type { Persist, Reply, Send, ServerEvent, Trust } from '../../machines/events.ts';
import type {
  AppendEntries,
  AppendEntriesReply,
  Current,
  LoggedConfiguration,
  LogIndex,
  Message,
  PreVote,
  PreVoteReply,
  RequestVote,
  RequestVoteReply,
  ServerId,
  Term,
  TermRun,
  TimeoutNow,
  TimeoutNowReply,
} from '../../machines/messages.ts';
import type { Window } from '../../machines/replicator.context.ts';
import { serverMachine } from '../../machines/server.machine.ts';
import type { ServerSnapshot } from '../../simulation/server-stepper.ts';
import { createStepper, timerEvent, type Effect } from '../../simulation/stepper.ts';

/** A window that no test fills by chance. */
export const wide: Window = { frames: 64, bytes: 1 << 20 };
/** As in actors/ports.ts. */
export const retainedEntries = 5_000;
const servers = createStepper(serverMachine, {
  id: 'a',
  voters: ['a', 'b', 'c'],
  leases: false,
  window: wide,
  retainedEntries,
});

/** Hears `events` one after the other; the effects are those of the last. */
export function step(
  snapshot: ServerSnapshot,
  ...events: readonly ServerEvent[]
): [ServerSnapshot, Effect[]] {
  let result: [ServerSnapshot, Effect[]] = [snapshot, []];
  for (const event of events) result = servers.step(result[0], event);
  return result;
}

// Logs, written as the terms of their entries: [1, 1, 2] has entry 3 of term 2.

/** The runs of entries with these terms, the first of which is entry `firstIndex`. */
export function runsOf(terms: readonly Term[], firstIndex: LogIndex = 1): readonly TermRun[] {
  return terms
    .map((term, i) => ({ firstIndex: firstIndex + i, term }))
    .filter((run, i) => i === 0 || run.term !== terms[i - 1]);
}

export function logOf(terms: readonly Term[]): Log {
  return append(bootstrapLog(['a', 'b', 'c']), runsOf(terms), terms.length);
}

/** The terms of a log's entries; the inverse of `logOf`. */
export function termsOf({ lastIndex, runs }: Pick<Log, 'lastIndex' | 'runs'>): Term[] {
  return runs.flatMap((run, i) =>
    Array<Term>((runs[i + 1]?.firstIndex ?? lastIndex + 1) - run.firstIndex).fill(run.term),
  );
}

// Servers.

export interface ServerOptions {
  readonly id?: ServerId;
  readonly voters?: readonly ServerId[];
  readonly term?: Term;
  readonly votedFor?: ServerId | null;
  readonly log?: readonly Term[];
  /** Those in the log; else `voters` is the configuration. */
  readonly configurations?: readonly LoggedConfiguration[];
  readonly trust?: Trust;
  readonly leases?: boolean;
}

/** A server that has not heard from its disk yet. */
export function aRecovering(options: ServerOptions = {}) {
  const { id = 'a', voters = ['a', 'b', 'c'], leases = false } = options;
  return servers.start({ id, voters, leases, window: wide, retainedEntries })[0];
}

/** What the disk held, as the chart hears it first of all. */
export function recovered(options: ServerOptions = {}): ServerEvent {
  const { term = 1, votedFor = null, log = [], trust = 'proven' } = options;
  const runs = runsOf(log);
  const configurations: readonly LoggedConfiguration[] = options.configurations ?? [];
  const began = { snapshotIndex: 0, snapshotTerm: 0, base: null, commitIndex: 0 };
  return {
    type: 'log.recovered',
    ...{ term, votedFor, trust, ...began, lastIndex: log.length, runs, configurations },
  };
}

export interface FollowerOptions extends ServerOptions {
  /** A leader of `term` that was just heard, and agrees with the whole log. */
  readonly leader?: ServerId;
  /** Needs a leader. */
  readonly commitIndex?: LogIndex;
}

/** A follower: `leaderless`, or `fresh` when a leader is given. */
export function aFollower(options: FollowerOptions = {}): ServerSnapshot {
  const { term = 1, log = [], leader, commitIndex = 0 } = options;
  const [snapshot] = step(aRecovering(options), recovered(options));
  if (leader === undefined) return snapshot;
  const prev = [log.length, log.at(-1) ?? 0] as const;
  return step(snapshot, appendEntries({ from: leader, term, prev, commit: commitIndex }))[0];
}

/** Asks whether it would win term + 1; `log` and `term` as on its disk. */
export function aPreCandidate(options: ServerOptions = {}): ServerSnapshot {
  const follower = aFollower(options);
  if (roleOf(follower) === 'follower.leaderless') {
    return step(follower, fire('electionTimeout', 'role.follower.contact.leaderless'))[0];
  }
  return step(
    follower,
    fire('freshness', 'role.follower.contact.wary'),
    fire('staleness', 'role.follower.contact.stale'),
  )[0];
}

/** A candidate of `term`, which it has raised itself. */
export function aCandidate(options: ServerOptions = {}): ServerSnapshot {
  const { id = 'a', voters = ['a', 'b', 'c'], term = 1 } = options;
  const canvassing = aPreCandidate({ ...options, term: term - 1 });
  const promises = voters
    .filter((voter) => voter !== id)
    .slice(0, Math.floor(voters.length / 2))
    .map((from) => preVoteReply({ from, to: id, term: term - 1, campaignTerm: term }));
  return step(canvassing, ...promises)[0];
}

export interface LeaderOptions extends ServerOptions {
  /** Its no-op has committed: on its own disk and on those of a majority. */
  readonly open?: boolean;
}

/** A leader of `term`, elected with `log`; the no-op that opens its term follows that. */
export function aLeader(options: LeaderOptions = {}): ServerSnapshot {
  const { id = 'a', voters = ['a', 'b', 'c'], term = 1, log = [], open = false } = options;
  const helpers = voters.filter((voter) => voter !== id).slice(0, Math.floor(voters.length / 2));
  const votes = [id, ...helpers].map((from) => voteReply({ from, to: id, term }));
  const [leader] = step(aCandidate(options), ...votes);
  if (!open) return leader;
  const matchIndex = log.length + 1;
  return step(
    leader,
    persisted({ write: leader.context.writes, lastIndex: matchIndex, lastTerm: term }),
    ...helpers.map((peer) => matched({ peer, term, matchIndex })),
  )[0];
}

/** The role with its inner state: `follower.fresh`, `candidate`, `leader`. */
export function roleOf(snapshot: ServerSnapshot): string {
  const { role } = snapshot.value;
  if (typeof role === 'string') return role;
  if ('follower' in role) return `follower.${role.follower.contact}`;
  const [[name, inner]] = Object.entries(role) as [[string, unknown]];
  return typeof inner === 'string' ? `${name}.${inner}` : name;
}

// Events.

/** The timer named `delay` of a state, fired: `fire('freshness', 'role.follower.contact.fresh')`. */
export function fire(delay: string, state: string): never {
  return timerEvent(timerOf(delay, state));
}

const timerOf = (delay: string, state: string) => `xstate.after.${delay}.server.${state}`;

export function persisted(fact: {
  write: number;
  lastIndex: LogIndex;
  lastTerm: Term;
}): ServerEvent {
  return { type: 'log.persisted', ...fact };
}

export function matched(fact: { peer?: ServerId; term?: Term; matchIndex: LogIndex }): ServerEvent {
  return { type: 'peer.matched', peer: 'b', term: 1, ...fact };
}

export function command(batch: number, count = 1): ServerEvent {
  return { type: 'client.command', batch, count, payload: 'commands' };
}

// Messages.

export interface AppendOptions {
  readonly from?: ServerId;
  readonly to?: ServerId;
  readonly term?: Term;
  /** prevLogIndex and prevLogTerm. */
  readonly prev?: readonly [LogIndex, Term];
  /** Terms of the entries carried. */
  readonly entries?: readonly Term[];
  readonly configurations?: readonly LoggedConfiguration[];
  readonly commit?: LogIndex;
  /** leaderLast; the last entry carried unless given. */
  readonly last?: LogIndex;
  readonly round?: number;
}

/** AppendEntries; a heartbeat when no entries are given. */
export function appendEntries(options: AppendOptions = {}): AppendEntries {
  const { from = 'b', to = 'a', term = 1, prev = [0, 0], entries = [] } = options;
  const [prevLogIndex, prevLogTerm] = prev;
  const lastIndex = prevLogIndex + entries.length;
  return {
    type: 'rpc.appendEntries',
    ...{ from, to, term, prevLogIndex, prevLogTerm, lastIndex },
    runs: runsOf(entries, prevLogIndex + 1),
    configurations: options.configurations ?? [],
    leaderCommit: options.commit ?? 0,
    leaderLast: options.last ?? lastIndex,
    round: options.round ?? 0,
    payload: entries.length > 0 ? 'lines' : null,
  };
}

const fromB = { from: 'b', to: 'a', term: 1 } as const;
type Fields<M extends Message> = Partial<Omit<M, 'type'>>;

/** "The log is verified and on disk through `matchIndex`." */
export function appendReply(fields: Fields<AppendEntriesReply> = {}): AppendEntriesReply {
  const about = { matchIndex: 0, refusedIndex: 0, hintIndex: 0, hintTerm: 0, round: 0 };
  return { type: 'rpc.appendEntriesReply', ...fromB, success: true, ...about, ...fields };
}

/** "No entry of prevLogTerm at `refusedIndex`." */
export function appendRefusal(fields: Fields<AppendEntriesReply> = {}): AppendEntriesReply {
  return appendReply({ success: false, ...fields });
}

export function requestVote(fields: Fields<RequestVote> = {}): RequestVote {
  return {
    type: 'rpc.requestVote',
    ...fromB,
    ...{ lastLogIndex: 0, lastLogTerm: 0, leadershipTransfer: false },
    ...fields,
  };
}

export function voteReply(fields: Fields<RequestVoteReply> = {}): RequestVoteReply {
  return { type: 'rpc.requestVoteReply', ...fromB, voteGranted: true, ...fields };
}

/** Asks about the term after the sender's, unless told otherwise. */
export function preVote(fields: Fields<PreVote> = {}): PreVote {
  const campaignTerm = (fields.term ?? 1) + 1;
  const last = { lastLogIndex: 0, lastLogTerm: 0 };
  return { type: 'rpc.preVote', ...fromB, campaignTerm, ...last, ...fields };
}

export function preVoteReply(fields: Fields<PreVoteReply> = {}): PreVoteReply {
  const campaignTerm = (fields.term ?? 1) + 1;
  return { type: 'rpc.preVoteReply', ...fromB, campaignTerm, voteGranted: true, ...fields };
}

export function timeoutNow(fields: Fields<TimeoutNow> = {}): TimeoutNow {
  return { type: 'rpc.timeoutNow', ...fromB, ...fields };
}

export function timeoutNowReply(fields: Fields<TimeoutNowReply> = {}): TimeoutNowReply {
  return { type: 'rpc.timeoutNowReply', ...fromB, ...fields };
}

/** From a to b: what the server under test says back. */
export const back = { from: 'a', to: 'b' } as const;

/** The message as a role or a replicator hears it, past the term gate. */
export function current<M extends Message>(message: M): Current<M> {
  return { ...message, type: message.type.replace('rpc.', 'current.') } as unknown as Current<M>;
}

// Effects.

export const sends = (after: Send['after'], ...messages: Message[]): Effect => {
  return { send: { after, messages } };
};
export const persists = (persist: Persist): Effect => ({ persist });
export const replies = (reply: Reply): Effect => ({ reply });
export const applies = (commitIndex: LogIndex): Effect => ({ apply: { commitIndex } });
export const cancels = (delay: string, state: string): Effect => ({
  cancel: timerOf(delay, state),
});

/** Armed, for the milliseconds that the chart names when nobody provides others. */
export function arms(delay: keyof typeof defaultDelays, state: string): Effect {
  return { timer: timerOf(delay, state), delayMs: defaultDelays[delay] };
}

const defaultDelays = {
  freshness: 500,
  staleness: 250,
  electionTimeout: 750,
  suspicion: 20,
  quorumCheck: 500,
  transferDeadline: 500,
  leaseTimeout: 300,
  leaseRenewal: 50,
  readTimeout: 500,
};

/** The effects without timers: what leaves the server, whatever its clock does. */
export function withoutTimers(effects: readonly Effect[]): Effect[] {
  return effects.filter((effect) => !('timer' in effect || 'cancel' in effect));
}
