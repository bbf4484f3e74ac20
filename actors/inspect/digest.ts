/**
 * What of an event, a message or a context may leave the node: fields by name, and no others.
 *
 * An allow-list, so that a field that someone adds to a message is not published by accident. No
 * payload, no text that a user wrote, no message of an error (it may name files): codes instead.
 */
import { configurationOf, lastTerm, type Log } from '../../machines/log.ts';
import type { LinkContext } from '../../machines/link.machine.ts';
import type { LogWriterContext } from '../../machines/log-writer.machine.ts';
import type { ReplicatorContext } from '../../machines/replicator.context.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { Digest, DigestValue, Header, Scalar } from './events.ts';

/** Term runs of a log that are told, the newest: enough for any window of it on a screen. */
export const maxRunsTold = 64;

const ids: ReadonlySet<string> = new Set(['from', 'to', 'peer', 'votedFor']);
const numbers: ReadonlySet<string> = new Set([
  ...['term', 'campaignTerm', 'round', 'success', 'voteGranted'],
  ...['prevLogIndex', 'prevLogTerm', 'lastIndex', 'lastTerm', 'leaderCommit', 'leaderLast'],
  ...['lastLogIndex', 'lastLogTerm', 'matchIndex', 'refusedIndex', 'hintIndex', 'hintTerm'],
  ...['commitIndex', 'write', 'batch', 'count', 'bytes'],
]);

/** The header of an event or a message. */
export function headerOf(event: { readonly type: string }): Header {
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  const header: { type: string; [field: string]: Scalar } = { type: event.type };
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (numbers.has(name)) header[name] = value;
    } else if (typeof value === 'string') {
      if (ids.has(name)) header[name] = value;
    } else if (name === 'fault' || name === 'why') {
      header['code'] = codeOf(value);
    }
  }
  return header;
}

function codeOf(fault: unknown): string | null {
  const { code } = (fault ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : null;
}

function membersOf(log: Log) {
  const { voters, outgoing, learners } = configurationOf(log);
  return { voters: [...voters], outgoing: [...outgoing], learners: [...learners] };
}

const digests: Readonly<Record<string, (context: never) => Digest>> = {
  server: (context: ServerContext) => ({
    currentTerm: context.currentTerm,
    votedFor: context.votedFor,
    leader: context.leader,
    lastIndex: context.log.lastIndex,
    lastTerm: lastTerm(context.log),
    snapshotIndex: context.log.snapshotIndex,
    snapshotTerm: context.log.snapshotTerm,
    runs: context.log.runs.slice(-maxRunsTold).map(({ firstIndex, term }) => [firstIndex, term]),
    durableIndex: context.durableIndex,
    verifiedIndex: context.verifiedIndex,
    commitIndex: context.commitIndex,
    ...membersOf(context.log),
    votes: [...context.votes],
    peers: Object.fromEntries(
      Object.entries(context.peers).map(([peer, { matchIndex, round, heard }]) => [
        peer,
        { matchIndex, round, heard },
      ]),
    ),
    round: context.round,
    readIndex: context.read?.readIndex ?? null,
    fault: context.fault?.code ?? null,
  }),
  replicator: (context: ReplicatorContext) => ({
    peer: context.peer,
    term: context.term,
    nextIndex: context.nextIndex,
    matchIndex: context.matchIndex,
    lastIndex: context.log.lastIndex,
    inflightFrames: context.inflight.length,
    inflightBytes: context.inflight.reduce((sum, { bytes }) => sum + bytes, 0),
    round: context.round,
  }),
  logWriter: ({ asked, syncing }: LogWriterContext) => ({
    askedWrite: asked.write,
    askedIndex: asked.lastIndex,
    syncingWrite: syncing.write,
    syncingIndex: syncing.lastIndex,
  }),
  link: ({ peer, attempts, lastError }: LinkContext) => ({
    peer,
    attempts,
    lastError: lastError?.code ?? null,
  }),
};

/** What an actor of that chart knows; nothing of a chart that is not ours. */
export function digestOf(machineId: string, context: unknown): Digest {
  return Object.hasOwn(digests, machineId) ? (digests[machineId]?.(context as never) ?? {}) : {};
}

/** Equal by content. */
export function sameDigest(a: DigestValue, b: DigestValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Digest, b as Digest];
  return keys.every((key) => key in right && sameDigest(left[key] ?? null, right[key] ?? null));
}
