/**
 * The peer frame: one JSON header line, then the raw log lines (docs/formats.md#peer-frame).
 *
 * This is the border for messages of peers: what `decodeMessage` returns has the shape, the ranges
 * and the entries it claims. Log lines pass unread, as the bytes that the leader's disk holds;
 * their checksums are checked by whoever appends them. Who may send what is transport/admission.ts.
 * Runs in browsers, too.
 */
import { z } from 'zod';
import type { AppendEntries, InstallSnapshot, Message, TermRun } from '../machines/messages.ts';
import type { Chunk } from '../storage/snapshots/snapshot-chunk.ts';
import type { Lines } from '../storage/store.ts';
import { badFrame, parseHeaderLine, type BadFrame } from './header-line.ts';

/** Characters of a server id. */
export const maxServerIdLength = 128;

const newline = 0x0a;
const encoder = new TextEncoder();

export const serverIdSchema = z.string().min(1).max(maxServerIdLength);
export const countSchema = z
  .number()
  .refine((value) => Number.isSafeInteger(value) && value >= 0, 'not a safe integer from 0 up');
const checksumSchema = countSchema.max(0xffff_ffff);

const envelope = { from: serverIdSchema, to: serverIdSchema, term: countSchema };
const serverIds = z.array(serverIdSchema);
const snapshotSchema = z.strictObject({
  index: countSchema,
  term: countSchema,
  sizeBytes: countSchema,
  hash: checksumSchema,
});
const lastLog = { lastLogIndex: countSchema, lastLogTerm: countSchema };

// Built once: zod compiles each into one function, which costs about as much as JSON.parse.
const headerSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('rpc.appendEntries'),
    ...envelope,
    prevLogIndex: countSchema,
    prevLogTerm: countSchema,
    lastIndex: countSchema,
    runs: z.array(z.strictObject({ firstIndex: countSchema, term: countSchema })),
    configurations: z.array(
      z.strictObject({
        index: countSchema,
        voters: serverIds,
        outgoing: serverIds,
        learners: serverIds,
        next: z.strictObject({ voters: serverIds, learners: serverIds }).exactOptional(),
      }),
    ),
    leaderCommit: countSchema,
    leaderLast: countSchema,
    round: countSchema,
    seed: checksumSchema,
  }),
  z.strictObject({
    type: z.literal('rpc.appendEntriesReply'),
    ...envelope,
    success: z.boolean(),
    matchIndex: countSchema,
    refusedIndex: countSchema,
    hintIndex: countSchema,
    hintTerm: countSchema,
    round: countSchema,
  }),
  z.strictObject({
    type: z.literal('rpc.installSnapshot'),
    ...envelope,
    snapshot: snapshotSchema,
    offset: countSchema,
    chunkBytes: countSchema,
    time: countSchema,
    checksum: checksumSchema,
    extra: z.record(z.string(), z.json()),
  }),
  z.strictObject({
    type: z.literal('rpc.installSnapshotReply'),
    ...envelope,
    snapshot: snapshotSchema,
    offset: countSchema,
    installed: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('rpc.requestVote'),
    ...envelope,
    ...lastLog,
    leadershipTransfer: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('rpc.requestVoteReply'),
    ...envelope,
    voteGranted: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('rpc.preVote'),
    ...envelope,
    campaignTerm: countSchema,
    ...lastLog,
  }),
  z.strictObject({
    type: z.literal('rpc.preVoteReply'),
    ...envelope,
    campaignTerm: countSchema,
    voteGranted: z.boolean(),
  }),
  z.strictObject({ type: z.literal('rpc.timeoutNow'), ...envelope }),
  z.strictObject({ type: z.literal('rpc.timeoutNowReply'), ...envelope }),
  z.strictObject({ type: z.literal('rpc.readIndex'), ...envelope, context: countSchema }),
  z.strictObject({
    type: z.literal('rpc.readIndexReply'),
    ...envelope,
    context: countSchema,
    granted: z.boolean(),
    readIndex: countSchema,
  }),
]);

type Header = z.infer<typeof headerSchema>;
type AppendEntriesHeader = Extract<Header, { type: 'rpc.appendEntries' }>;
type InstallSnapshotHeader = Extract<Header, { type: 'rpc.installSnapshot' }>;

/** A message as one frame. The bytes of its log lines are copied once, into the frame. */
export function encodeMessage(message: Message): Uint8Array {
  if (message.type === 'rpc.appendEntries') {
    const { payload, ...rest } = message;
    const { seed, bytes } = linesOf(message, payload);
    return frameOf({ ...rest, seed }, bytes);
  }
  if (message.type === 'rpc.installSnapshot') {
    const { payload, ...rest } = message;
    const { time, checksum, extra, bytes } = chunkOf(message, payload);
    return frameOf({ ...rest, time, checksum, extra }, bytes);
  }
  return encoder.encode(`${JSON.stringify(message)}\n`);
}

function frameOf(fields: object, body: Uint8Array): Uint8Array {
  const header = encoder.encode(`${JSON.stringify(fields)}\n`);
  const frame = new Uint8Array(header.length + body.length);
  frame.set(header);
  frame.set(body, header.length);
  return frame;
}

/** As for the lines of an AppendEntries. */
function chunkOf(message: InstallSnapshot, payload: unknown): Chunk {
  const chunk = payload as Chunk;
  if (chunk.bytes.length !== message.chunkBytes) {
    throw new Error(`a chunk of ${message.chunkBytes} bytes carries ${chunk.bytes.length}`);
  }
  return chunk;
}

/** The payload, which must be what the header says: anything else is a bug of this server. */
function linesOf(message: AppendEntries, payload: unknown): Lines {
  const lines = payload as Lines;
  if (
    lines.firstIndex !== message.prevLogIndex + 1 ||
    lines.ends.length !== message.lastIndex - message.prevLogIndex
  ) {
    throw new Error(
      `appendEntries of ${message.prevLogIndex + 1}…${message.lastIndex} carries ` +
        `${lines.ends.length} lines from ${lines.firstIndex}`,
    );
  }
  return lines;
}

/**
 * One frame as a message; ERR_BAD_FRAME when it is not exactly what an encoder writes. The lines of
 * the result are a view into `bytes`, which the caller hands over.
 */
export function decodeMessage(bytes: Uint8Array): Message | BadFrame {
  const end = bytes.indexOf(newline);
  if (end < 0) return badFrame('the header line has no end');
  const header = parseHeaderLine(headerSchema, bytes.subarray(0, end));
  if ('code' in header) return header;
  const body = bytes.subarray(end + 1);
  if (header.type === 'rpc.appendEntries') return withLines(header, body);
  if (header.type === 'rpc.installSnapshot') return withChunk(header, body);
  return body.length === 0 ? header : badFrame(`${header.type} carries a body`);
}

function withLines(
  { seed, ...header }: AppendEntriesHeader,
  bytes: Uint8Array,
): Message | BadFrame {
  const count = header.lastIndex - header.prevLogIndex;
  if (count < 0) return badFrame('lastIndex is before prevLogIndex');
  const wrong = refuseRuns(header) ?? refuseConfigurations(header);
  if (wrong !== null) return badFrame(wrong);

  const ends: number[] = [];
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) {
    if (ends.push(at + 1) > count) break;
  }
  if (ends.length !== count || (ends.at(-1) ?? 0) !== bytes.length) {
    return badFrame(`the body is not the ${count} log lines that the header announces`);
  }
  const payload: Lines = { firstIndex: header.prevLogIndex + 1, seed, bytes, ends };
  return { ...header, payload };
}

function withChunk(
  { time, checksum, extra, ...header }: InstallSnapshotHeader,
  bytes: Uint8Array,
): Message | BadFrame {
  const { snapshot, offset, chunkBytes } = header;
  if (bytes.length !== chunkBytes) {
    return badFrame(`the body is not the ${chunkBytes} bytes that the header announces`);
  }
  if (offset + chunkBytes > snapshot.sizeBytes)
    return badFrame('the chunk passes the end of its file');
  const payload: Chunk = { time, checksum, extra, bytes };
  return { ...header, payload };
}

/** Runs cover exactly prevLogIndex+1 … lastIndex; terms only grow (§5.3), up to the sender's. */
function refuseRuns(header: Omit<AppendEntriesHeader, 'seed'>): string | null {
  const { runs, prevLogIndex, lastIndex } = header;
  if ((runs[0]?.firstIndex ?? lastIndex + 1) !== prevLogIndex + 1) {
    return 'the runs do not begin at the first entry';
  }
  let previous: TermRun = { firstIndex: prevLogIndex, term: header.prevLogTerm };
  for (const [place, run] of runs.entries()) {
    if (run.firstIndex <= previous.firstIndex || run.firstIndex > lastIndex) {
      return 'the runs are not in order';
    }
    const grows = place === 0 ? run.term >= previous.term : run.term > previous.term;
    if (!grows || run.term > header.term) return 'the terms of the runs do not grow';
    previous = run;
  }
  return null;
}

/** They are configurations of the entries that the message carries, each with a voter (§6). */
function refuseConfigurations(header: Omit<AppendEntriesHeader, 'seed'>): string | null {
  let previous = header.prevLogIndex;
  for (const { index, voters } of header.configurations) {
    if (index <= previous || index > header.lastIndex) return 'the configurations are not in order';
    if (voters.length === 0) return 'a configuration has no voter';
    previous = index;
  }
  return null;
}
