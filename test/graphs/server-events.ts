/**
 * What may happen to a server next, as events to try: everything that its peers, its clients, its disk
 * and its clock could do within a small world of few terms and short logs.
 *
 * Peers keep to the protocol, since against one that does not, nothing is promised: each term has one
 * leader with one history, none for terms that this server led itself.
 */
import type { ServerEvent } from '../../machines/events.ts';
import { configurationOf } from '../../machines/log.ts';
import type { Message, Term } from '../../machines/messages.ts';
import type { MembershipChange } from '../../machines/rules/membership.ts';
import {
  appendEntries,
  appendRefusal,
  appendReply,
  preVote,
  preVoteReply,
  requestVote,
  timeoutNow,
  timeoutNowReply,
  voteReply,
} from '../support/step.ts';
import { id, type World, type WorldEvent } from './server-world.ts';

/** The log of the leader of each term, as terms of entries; each differs from the one before it. */
const histories: readonly (readonly Term[])[] = [[], [1, 1], [1, 2], [1, 2, 3]];
export const historyOf = (term: Term): readonly Term[] => histories[term] ?? [];

/** Which kinds of events are worth trying where; all of them everywhere are too many. */
export type Topic =
  | 'append'
  | 'partialAppend'
  | 'vote'
  | 'voteReply'
  | 'appendReply'
  | 'refusal'
  | 'command'
  | 'read'
  | 'change'
  | 'link'
  | 'transfer'
  | 'reading'
  | 'late'
  | 'stop'
  | 'failure';

export interface Bounds {
  readonly topics: readonly Topic[];
  readonly maxTerm: Term;
  readonly maxLog: number;
  /** Writes and messages that may wait for the disk. */
  readonly maxWaiting: number;
}

export function eventsOf(world: World, bounds: Bounds): WorldEvent[] {
  const { server, logWriter } = world.family;
  if (server.value.role === 'recovering' && server.context.log.lastIndex === 0) {
    if (world.timers.length === 0) return early(bounds);
  }
  const has = (topic: Topic): boolean => bounds.topics.includes(topic);
  const { outbox } = world;
  if (world.isOver) return heard(world, bounds);
  if (server.context.currentTerm > bounds.maxTerm) return [];
  const waiting = outbox.newestWrite - outbox.durable + outbox.term.length + outbox.log.length;
  const isSlow = waiting > bounds.maxWaiting;
  const syncing = typeof logWriter.value === 'object';
  return [
    ...(isSlow ? [] : heard(world, bounds)),
    ...(syncing ? [{ type: 'disk.synced', to: 'disk' } as const] : []),
    ...(syncing && has('failure') ? [diskFailed] : []),
    ...(isSlow ? world.timers.filter((timer) => timer.startsWith('logWriter')) : world.timers).map(
      (timer) => {
        const [to, type] = timer.split(' ') as [WorldEvent['to'], string];
        return { type, to };
      },
    ),
  ];
}

const diskFailed: WorldEvent = {
  type: 'disk.failed',
  to: 'disk',
  event: { type: 'disk.failed', fault: { code: 'ERR_STORAGE_IO', message: '' } },
};

/** Before the disk has spoken. */
function early({ topics }: Bounds): WorldEvent[] {
  const messages = topics.includes('vote')
    ? [appendEntries(), appendReply(), requestVote(), voteReply(), preVote(), preVoteReply()]
    : [];
  const handingOver = topics.includes('transfer') ? [timeoutNow(), timeoutNowReply()] : [];
  const envelope = { from: 'b', to: id, term: 1, context: 1 } as const;
  const reading: (Message | ServerEvent)[] = topics.includes('reading')
    ? [
        { type: 'rpc.readIndex', ...envelope },
        { type: 'rpc.readIndexReply', ...envelope, granted: true, readIndex: 0 },
        { type: 'client.leaseRead', batch: 2 },
      ]
    : [];
  const late: ServerEvent[] = topics.includes('late') ? [{ type: 'clock.late' }] : [];
  const others: ServerEvent[] = topics.includes('stop')
    ? [aCommand, aChange, { type: 'client.read', batch: 1 }, handOver(null), closed('b'), stop]
    : [];
  const all = [...messages, ...handingOver, ...reading, ...late, ...others];
  return [{ type: 'disk.recovered', to: 'disk' }, ...all.map(toServer)];
}

/** One entry, as the gateway encodes it. */
const aCommand: ServerEvent = {
  ...{ type: 'client.command', batch: 1, count: 1 },
  payload: ['{"kind":"command"}'],
};
/** Heard before the disk has spoken. */
const aChange: ServerEvent = {
  ...{ type: 'admin.changeMembers', batch: 2, expected: 0, payload: null },
  change: { voters: [], learners: [], removed: ['b'], moved: [] },
};
const stop: ServerEvent = { type: 'admin.stop' };
const toServer = (event: ServerEvent): WorldEvent => ({ type: event.type, to: 'server', event });

function heard(world: World, bounds: Bounds): WorldEvent[] {
  const { context, value } = world.family.server;
  const { currentTerm, log, round } = context;
  // A new round only once; while one is under way, another batch is refused.
  const isReading =
    typeof value.role === 'object' && 'leader' in value.role && value.role.leader.reads !== 'idle';
  const has = (topic: Topic): boolean => bounds.topics.includes(topic);
  const isFull = log.lastIndex >= bounds.maxLog && context.leader === id;
  const clients: ServerEvent[] = [
    ...(has('command') && !isFull ? [aCommand] : []),
    ...(has('change') ? changes(world, isFull) : []),
    ...(has('read') && (round < 1 || isReading)
      ? [{ type: 'client.read', batch: 1 } as const]
      : []),
  ];
  const others: ServerEvent[] = [
    ...(has('transfer') ? [handOver(null), handOver(id), handOver('stranger')] : []),
    ...(has('reading') ? [{ type: 'client.leaseRead', batch: 2 } as const] : []),
    ...(has('late') ? [{ type: 'clock.late' } as const] : []),
    ...(has('link') ? (['b', 'c'] as const).map((peer) => closed(peer)) : []),
    ...(has('stop') ? [stop] : []),
  ];
  const terms = [currentTerm - 1, currentTerm, currentTerm + 1].filter(
    (term) => term >= 1 && term <= bounds.maxTerm,
  );
  const messages = terms.flatMap((term) => messagesOf(world, term, has));
  return [...clients, ...others, ...messages].map(toServer);
}

const handOver = (target: string | null): ServerEvent => ({
  ...{ type: 'admin.transfer', batch: 1, target },
});
/** Of a cluster of a and b: everything that may be asked while nothing is under way, else one. */
function changes({ family }: World, isFull: boolean): ServerEvent[] {
  const { context, value } = family.server;
  const { index: expected } = configurationOf(context.log);
  const none = { voters: [], learners: [], removed: [], moved: [] };
  const ask = (change: Partial<MembershipChange>, seen = expected): ServerEvent => ({
    ...{ type: 'admin.changeMembers', batch: 2, expected: seen, payload: null },
    change: { ...none, ...change },
  });
  const { role } = value;
  const isStable =
    typeof role === 'object' && 'leader' in role && role.leader.membership === 'stable';
  if (!isStable) return [ask({ removed: ['b'] })];
  const idle = [ask({}, expected + 1), ask({ removed: ['x'] }), ask({ voters: ['a'] })];
  if (isFull) return idle;
  return [
    ...idle,
    ask({ learners: ['b'] }),
    ask({ voters: ['b'] }),
    ask({ removed: ['a'] }),
    ask({ removed: ['b'] }),
  ];
}

const closed = (peer: string): ServerEvent => ({ type: 'link.closed', peer });

function messagesOf(world: World, term: Term, has: (topic: Topic) => boolean): Message[] {
  const { currentTerm } = world.family.server.context;
  const isStale = term < currentTerm;
  return [
    ...(has('append') ? appends(world, term, isStale, has('partialAppend')) : []),
    ...(has('vote') ? votes(term, isStale) : []),
    ...(has('transfer') ? transfers(world, term) : []),
    ...(has('reading') ? readIndexes(world, term) : []),
    ...(has('voteReply') ? voteReplies(term, isStale) : []),
    ...(has('appendReply') ? appendReplies(world, term, isStale, has('refusal')) : []),
  ];
}

function appends(world: World, term: Term, isStale: boolean, partial: boolean): Message[] {
  const log = historyOf(term);
  const all = appendEntries({ term, entries: log });
  if (isStale) return [all];
  // A second leader of our own term has a log that nobody can know: it only says that it leads.
  if (world.led.includes(term)) return [appendEntries({ term, last: log.length })];
  const end = [log.length, log.at(-1) ?? 0] as const;
  const heartbeat = appendEntries({ term, prev: end, commit: log.length });
  const first = appendEntries({ term, entries: log.slice(0, 1), last: log.length });
  return partial ? [all, heartbeat, first] : [all, heartbeat];
}

function votes(term: Term, isStale: boolean): Message[] {
  const ahead = { lastLogIndex: 9, lastLogTerm: term };
  if (isStale) return [requestVote({ term }), preVote({ term })];
  return [
    requestVote({ term }),
    requestVote({ term, ...ahead }),
    preVote({ term }),
    preVote({ term, ...ahead }),
    preVote({ term, campaignTerm: term, ...ahead }),
  ];
}

/** Who leads tells whom it likes to campaign; whom this server told may turn it down, or do it. */
function transfers({ family, led }: World, term: Term): Message[] {
  const ahead = { lastLogIndex: 9, lastLogTerm: term, leadershipTransfer: true };
  const isStale = term < family.server.context.currentTerm;
  const asked = [timeoutNow({ term }), requestVote({ term, ...ahead })];
  if (isStale) return [...asked, timeoutNowReply({ term })];
  if (!led.includes(term)) return asked;
  const { round, log } = family.server.context;
  const all = appendReply({ term, from: 'c', matchIndex: log.lastIndex, round });
  return [timeoutNowReply({ term }), timeoutNowReply({ term, from: 'c' }), all];
}

/** Peers ask who leads, and the leader of the term answers this attempt, an older one, or not. */
function readIndexes({ family, led }: World, term: Term): Message[] {
  const { currentTerm, round } = family.server.context;
  const asks: Message = { type: 'rpc.readIndex', from: 'b', to: id, term, context: 7 };
  const answer = { type: 'rpc.readIndexReply', from: 'b', to: id, term, readIndex: 0 } as const;
  const answers: Message[] = [
    { ...answer, context: 1, granted: true },
    { ...answer, context: 1, granted: false },
    { ...answer, context: 9, granted: true },
  ];
  if (term < currentTerm) return [asks, ...answers.slice(0, 1)];
  const isFull = led.includes(term) && round >= 2;
  return [...(isFull ? [] : [asks]), ...(led.includes(term) ? answers.slice(0, 1) : answers)];
}

function voteReplies(term: Term, isStale: boolean): Message[] {
  if (isStale) return [voteReply({ term }), preVoteReply({ term })];
  return [
    voteReply({ term }),
    voteReply({ term, voteGranted: false }),
    preVoteReply({ term }),
    preVoteReply({ term, voteGranted: false }),
  ];
}

function appendReplies(
  { family, led }: World,
  term: Term,
  isStale: boolean,
  refusal: boolean,
): Message[] {
  const { log, round, currentTerm } = family.server.context;
  const plain = appendReply({ term });
  if (isStale || term > currentTerm || !led.includes(term)) return [plain];
  const { lastIndex } = log;
  const matches = [appendReply({ term, matchIndex: lastIndex, round }), plain];
  if (!refusal) return [...matches, appendReply({ term, from: 'stranger' })];
  return [
    ...matches,
    appendReply({ term, from: 'stranger' }),
    appendRefusal({ term, refusedIndex: lastIndex, hintIndex: lastIndex - 1, hintTerm: 1 }),
    appendRefusal({ term, refusedIndex: 1 }),
    appendRefusal({ term, refusedIndex: 9 }),
  ];
}
