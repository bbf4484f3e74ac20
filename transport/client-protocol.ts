/**
 * What clients and servers say to each other: requests and responses, one JSON line each, and the
 * strict schemas that check them (docs/formats.md#client-frame).
 *
 * This is the border for client input: what passes here has the type it claims. Commands, queries
 * and results are opaque JSON, carried by reference, so a key such as `__proto__` stays an ordinary
 * own key. What a command means, and how large it may be, is the gateway's and the machine's affair.
 * Runs in browsers, too.
 */
// As a namespace: a page's bundle then leaves out what is not used, two thirds of it.
import * as z from 'zod';
import type { Json } from '../replicated/state-machine.ts';
import {
  changeSchema,
  membersSchema,
  type ChangeRequest,
  type MembersRequest,
} from './membership-protocol.ts';

export type { ChangeRequest, MembersRequest } from './membership-protocol.ts';

/** Arrays and objects may nest this deep in a command, a query or a result. */
export const maxJsonDepth = 64;
/** Characters in the name of a state machine. */
export const maxMachineNameLength = 128;

/** Characters in the id of a server. */
const maxServerNameLength = 128;

/** Opens a session: commands need one, so that a retry takes effect once. */
export interface OpenRequest {
  readonly id: number;
  readonly op: 'open';
}

/** A command of a session, applied once however often it is sent. */
export interface CommandRequest {
  readonly id: number;
  readonly op: 'command';
  readonly session: number;
  /** Counted up from 1 within the session. */
  readonly seq: number;
  /** The client has the results of all commands below this sequence number. */
  readonly doneBelow: number;
  readonly machine: string;
  readonly command: Json;
}

/** What a read may miss (docs/guides/client.md#reads). */
export const consistencies = ['linearizable', 'lease', 'local'] as const;
export type Consistency = (typeof consistencies)[number];

/** A read; linearizable unless it asks for less. */
export interface ReadRequest {
  readonly id: number;
  readonly op: 'read';
  readonly machine: string;
  readonly query: Json;
  /**
   * `lease`: linearizable as long as clocks keep to their drift; where leases are off, as without it.
   * `local`: what this server has applied, however old.
   */
  readonly consistency?: Consistency;
  /** A log index that the read must have seen: its own writes, or what another read saw. */
  readonly atLeast?: number;
}

/** What this server thinks of itself and its cluster; answered by any server. */
export interface StatusRequest {
  readonly id: number;
  readonly op: 'status';
}

/** Asks for a sign of life; answered at once, by any server. */
export interface PingRequest {
  readonly id: number;
  readonly op: 'ping';
}

/** Hands leadership over; answered by the leader with `{"leader": ID}` as its result. */
export interface MoveLeaderRequest {
  readonly id: number;
  readonly op: 'moveLeader';
  /** A server id; null: whoever is closest behind. */
  readonly target: string | null;
}

/** What is answered once. */
export type ClientRequest =
  | OpenRequest
  | CommandRequest
  | ReadRequest
  | StatusRequest
  | PingRequest
  | MoveLeaderRequest
  | MembersRequest
  | ChangeRequest;

/** Follows what a machine applies here: answered by a stream, by any server, as far as that is. */
export interface WatchRequest {
  readonly id: number;
  readonly op: 'watch';
  readonly machine: string;
  /** What of it; the machine knows. */
  readonly select: Json;
  /** The first index that matters; null: the next one that is applied here. */
  readonly from: number | null;
}

/** Ends the watch of the same id, which then answers `ended`; when it has ended, nothing. */
export interface CancelRequest {
  readonly id: number;
  readonly op: 'cancel';
}

export type StreamRequest = WatchRequest | CancelRequest;

export interface OpenedResponse {
  readonly id: number;
  readonly ok: true;
  readonly session: number;
}

/**
 * The answer to a command (`index`: its entry), a read (`index`: the state it was read from), or a
 * question about members (`index`: the entry that says who takes part; `result`: who does).
 */
export interface ResultResponse {
  readonly id: number;
  readonly ok: true;
  readonly index: number;
  readonly result: Json;
}

export interface StatusResponse {
  readonly id: number;
  readonly ok: true;
  readonly status: Json;
}

/** Where to go instead. */
export interface LeaderHint {
  readonly id: string;
  /** Its client address, `host:port`; '' when it serves none. */
  readonly client: string;
}

export interface PingResponse {
  readonly id: number;
  readonly ok: true;
  /** It leads, or has lately heard its leader; else clients do better elsewhere. */
  readonly inTouch: boolean;
}

export interface FailedResponse {
  /** null: the line could not be read, so nobody knows which request it was. */
  readonly id: number | null;
  readonly ok: false;
  /** Stable code, `ERR_…`. */
  readonly code: string;
  /** What happened and what to do. */
  readonly message: string;
  /** `not-applied`: it had no effect and never will. `unknown`: it may have, or may still. */
  readonly outcome: 'not-applied' | 'unknown';
  /** The same request may succeed when sent again, here or to `leader`. */
  readonly retryable: boolean;
  readonly leader: LeaderHint | null;
  /** ERR_COMPACTED: the lowest index that a watch can start from here. */
  readonly oldest?: number;
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs?: number;
}

/** All selected events up to index `revision` have been sent, these last; none: a sign of life. */
export interface ChangesResponse {
  readonly id: number;
  readonly ok: true;
  readonly revision: number;
  readonly events: readonly Json[];
}

/** The last words of a watch that was cancelled. */
export interface EndedResponse {
  readonly id: number;
  readonly ok: true;
  readonly ended: true;
}

/** What a watch says, any number of times; a failure or `ended` is the last. */
export type StreamResponse = ChangesResponse | EndedResponse | FailedResponse;

/** Where a watch speaks to: the client's connection. */
export interface WatchSink {
  send(response: ChangesResponse | FailedResponse): void;
  /** About how many bytes the client has yet to take from this connection. */
  backlogBytes(): number;
}

export type ClientResponse =
  OpenedResponse | ResultResponse | StatusResponse | PingResponse | FailedResponse;

/** Finite numbers and bounded depth; the rest of JSON is whatever JSON.parse made. */
function isBoundedJson(value: unknown, depth = maxJsonDepth): value is Json {
  if (typeof value === 'number') return Number.isFinite(value); // 1e999 parses as Infinity.
  if (typeof value !== 'object') return value !== undefined;
  if (value === null) return true;
  if (depth === 0) return false;
  for (const item of Object.values(value)) if (!isBoundedJson(item, depth - 1)) return false;
  return true;
}

const count = z.number().refine((value) => Number.isSafeInteger(value) && value >= 0);
const positive = z.number().refine((value) => Number.isSafeInteger(value) && value > 0);
const machine = z.string().min(1).max(maxMachineNameLength);
const json = z.custom<Json>((value) => isBoundedJson(value));

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ id: count, op: z.literal('open') }),
  z.strictObject({
    id: count,
    op: z.literal('command'),
    session: positive,
    seq: positive,
    doneBelow: positive,
    machine,
    command: json,
  }),
  z.strictObject({
    id: count,
    op: z.literal('read'),
    machine,
    query: json,
    consistency: z.exactOptional(z.enum(consistencies)),
    atLeast: z.exactOptional(count),
  }),
  z.strictObject({ id: count, op: z.literal('status') }),
  z.strictObject({ id: count, op: z.literal('ping') }),
  membersSchema,
  changeSchema,
  z.strictObject({
    id: count,
    op: z.literal('moveLeader'),
    target: z.string().min(1).max(maxServerNameLength).nullable(),
  }),
  z.strictObject({
    id: count,
    op: z.literal('watch'),
    machine,
    select: json,
    from: positive.nullable(),
  }),
  z.strictObject({ id: count, op: z.literal('cancel') }),
]);

/** Unlike requests, responses may have fields that an older client does not know; it drops them. */
const responseSchema = z.union([
  z.object({ id: count, ok: z.literal(true), index: count, result: json }),
  z.object({ id: count, ok: z.literal(true), session: positive }),
  z.object({ id: count, ok: z.literal(true), status: json }),
  z.object({ id: count, ok: z.literal(true), inTouch: z.boolean() }),
  z.object({ id: count, ok: z.literal(true), revision: count, events: z.array(json) }),
  z.object({ id: count, ok: z.literal(true), ended: z.literal(true) }),
  z.object({
    id: count.nullable(),
    ok: z.literal(false),
    code: z.string().startsWith('ERR_'),
    message: z.string(),
    outcome: z.enum(['not-applied', 'unknown']),
    retryable: z.boolean(),
    leader: z.object({ id: z.string(), client: z.string() }).nullable(),
    oldest: z.exactOptional(positive),
    retryAfterMs: z.exactOptional(count),
  }),
]);

function parseLine<T>(schema: z.ZodType<T>, line: string): T | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const checked = schema.safeParse(value);
  return checked.success ? checked.data : null;
}

/** One line as a request; null when it is not exactly one (ERR_BAD_REQUEST). */
export function parseRequest(line: string): ClientRequest | StreamRequest | null {
  return parseLine(requestSchema, line);
}

/** One line as a response; null when it is none. */
export function parseResponse(line: string): ClientResponse | StreamResponse | null {
  return parseLine(responseSchema, line);
}
