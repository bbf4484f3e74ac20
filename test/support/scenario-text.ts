/**
 * How a scenario's transcript writes things: messages in the words of Figure 2, a server's state in
 * a few words, logs as Figures 7 and 8 draw them. `index/term` names an entry, `t3` a term.
 */
import { configurationOf, lastTerm, termAt, type Log } from '../../machines/log.ts';
import type { Message, ServerId, TermRun } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { ServerRef } from '../../actors/server.actor.ts';
import type { ClientResponse } from '../../transport/client-protocol.ts';

/** `AppendEntries`, `PreVoteReply` …: what scripts and transcripts call a message. */
export function nameOf(message: Message): string {
  const name = message.type.slice('rpc.'.length);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function describeMessage(message: Message): string {
  return `${nameOf(message)} t${message.term} ${argumentsOf(message)}`;
}

function argumentsOf(message: Message): string {
  switch (message.type) {
    case 'rpc.appendEntries': {
      const { prevLogIndex, prevLogTerm, lastIndex, runs, leaderCommit, round } = message;
      const what =
        lastIndex === prevLogIndex
          ? 'empty'
          : `entries ${span(prevLogIndex + 1, lastIndex)} of ${termsOf(runs)}`;
      const asks = round === 0 ? '' : ` round ${round}`;
      return `prev ${prevLogIndex}/${prevLogTerm} ${what} commit ${leaderCommit}${asks}`;
    }
    case 'rpc.appendEntriesReply': {
      const { success, matchIndex, refusedIndex, hintIndex, hintTerm, round } = message;
      const answers = round === 0 ? '' : ` round ${round}`;
      return success
        ? `match ${matchIndex}${answers}`
        : `refuses prev ${refusedIndex} hint ${hintIndex}/${hintTerm}${answers}`;
    }
    case 'rpc.installSnapshot': {
      const { snapshot, offset, chunkBytes } = message;
      const what = chunkBytes === 0 ? 'asks' : `bytes ${span(offset, offset + chunkBytes - 1)}`;
      return `of ${snapshot.index}/${snapshot.term} ${what}`;
    }
    case 'rpc.installSnapshotReply': {
      const { snapshot, offset, installed } = message;
      return `of ${snapshot.index}/${snapshot.term} ${installed ? 'installed' : `has ${offset}`}`;
    }
    case 'rpc.requestVote': {
      const asked = message.leadershipTransfer ? ' for the leader' : '';
      return `last ${message.lastLogIndex}/${message.lastLogTerm}${asked}`;
    }
    case 'rpc.preVote':
      return `for t${message.campaignTerm} last ${message.lastLogIndex}/${message.lastLogTerm}`;
    case 'rpc.requestVoteReply':
      return message.voteGranted ? 'granted' : 'denied';
    case 'rpc.preVoteReply':
      return `for t${message.campaignTerm} ${message.voteGranted ? 'granted' : 'denied'}`;
    case 'rpc.timeoutNow':
      return 'campaign';
    case 'rpc.timeoutNowReply':
      return 'refuses';
    case 'rpc.readIndex':
      return `attempt ${attemptOf(message.context)}`;
    case 'rpc.readIndexReply': {
      const index = message.granted ? `from ${message.readIndex}` : 'denied';
      return `attempt ${attemptOf(message.context)} ${index}`;
    }
  }
}

/** Contexts begin far apart for each start of a server: what counts is which attempt it is. */
const attemptOf = (context: number): number => context % 2 ** 32;

export function span(first: number, last: number): string {
  return first === last ? `${first}` : `${first}..${last}`;
}

function termsOf(runs: readonly TermRun[]): string {
  return runs.map(({ term }) => `t${term}`).join(' ');
}

/** `follower(fresh)`, `leader(opening, reads waiting)`, `doubtful follower(leaderless)` … */
export function describeRole(ref: ServerRef): string {
  const { role, trust } = ref.getSnapshot().value;
  return trust === 'doubtful' ? `doubtful ${roleText(role)}` : roleText(role);
}

type Role = ReturnType<ServerRef['getSnapshot']>['value']['role'];

function roleText(role: Role): string {
  if (typeof role === 'string') return role;
  if ('follower' in role) {
    const { contact, install } = role.follower;
    return `follower(${contact}${install === 'none' ? '' : `, ${install}`})`;
  }
  const [[name, inner] = ['', '']] = Object.entries(role);
  const { term, reads, transfer, membership, lease } = inner as Readonly<Record<string, unknown>>;
  const all = [
    ...[String(term), reads === 'idle' ? '' : `reads ${String(reads)}`],
    lease === 'held' ? 'leased' : '',
    transfer === 'none' ? '' : nestedText(transfer),
    membership === 'inherited' || membership === 'stable' ? '' : nestedText(membership),
  ];
  return `${name}(${all.filter((each) => each !== '').join(', ')})`;
}

/** `joint`; `transferring handing` for a state within a state; '' for a role without the region. */
function nestedText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value : '';
  return Object.entries(value)
    .map(([state, inner]) => `${state} ${String(inner)}`)
    .join(' ');
}

/** What of a server's state a transcript tells, in the order it is told. */
export function describeState(ref: ServerRef): ReadonlyMap<string, string> {
  const { context } = ref.getSnapshot();
  return new Map([
    ['', describeRole(ref)],
    ['term', String(context.currentTerm)],
    ['vote', context.votedFor ?? '-'],
    ['leader', context.leader ?? '-'],
    ['log', `${context.log.lastIndex}/${lastTerm(context.log)}`],
    ['commit', String(context.commitIndex)],
    ['members', membersIn(context.log)],
    ['snapshot', String(context.log.snapshotIndex)],
  ]);
}

/** What changed: `follower(stale) → preCandidate; leader n1 → -`. '' when nothing did. */
export function describeChange(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string {
  return [...after]
    .filter(([what, now]) => before.get(what) !== now)
    .map(([what, now]) => `${what} ${before.get(what) ?? ''} → ${now}`.trim())
    .join('; ');
}

/** What results of the requests that scenarios know may have. */
interface Answer {
  readonly value?: { readonly json: string };
  readonly leader?: ServerId;
  readonly voters?: object;
}

export function describeResponse(response: ClientResponse): string {
  if (!response.ok) {
    const leader = response.leader === null ? '' : `, leader ${response.leader.id}`;
    return `${response.code} (${response.outcome}${leader})`;
  }
  if ('session' in response) return `session ${response.session}`;
  if ('status' in response) return 'status';
  if ('inTouch' in response) return 'a sign of life';
  const { index, result } = response;
  const { value: read, leader, voters } = (result ?? {}) as Answer;
  if (voters !== undefined) return `members ${Object.keys(voters).join(' ')} as of ${index}`;
  if (leader !== undefined) return `${leader} leads`;
  const value = read?.json;
  return value === undefined ? `done at ${index}` : `${value} as of ${index}`;
}

/** `n1 n2`; of a joint configuration `n1 n2 n3 beside n1 n2`; learners after a plus. */
export function membersIn(log: Log): string {
  const { voters, outgoing, learners } = configurationOf(log);
  const old = outgoing.length === 0 ? '' : ` beside ${outgoing.join(' ')}`;
  const all = `${voters.join(' ')}${old}${learners.length === 0 ? '' : ` + ${learners.join(' ')}`}`;
  return all === '' ? 'unknown' : all;
}

/** The terms of all entries, oldest first. */
export function termsIn(log: Log): readonly number[] {
  return Array.from({ length: log.lastIndex }, (_, i) => termAt(log, i + 1) ?? 0);
}

/** Logs side by side, a term per entry; `|` is where the server's commitIndex ends. */
export function drawLogs(servers: readonly (readonly [string, ServerContext])[]): string[] {
  const length = Math.max(...servers.map(([, { log }]) => log.lastIndex));
  const cells = (texts: readonly (string | number)[]) =>
    texts.map((text) => String(text).padStart(3));
  const rows = servers.map(([id, { log, commitIndex }]) => {
    const terms = cells(termsIn(log));
    return `${id.padEnd(6)} ${terms.slice(0, commitIndex).join('')}|${terms.slice(commitIndex).join('')}`;
  });
  const indices = cells(Array.from({ length }, (_, i) => i + 1)).join('');
  return [`index  ${indices}`, ...rows];
}
