/**
 * What clients and servers say to each other: requests and responses, one JSON line each, and the
 * strict schemas that check them (docs/formats.md#client-frame). What is said of members and in a watch
 * is membership-protocol.ts and watch-protocol.ts.
 *
 * This is the border for client input: what passes here has the type it claims. Commands, queries
 * and results are opaque JSON, carried by reference, so a key such as `__proto__` stays an ordinary
 * own key. What a command means, and how large it may be, is the gateway's and the machine's affair.
 * Runs in browsers, too.
 */
// As a namespace: a page's bundle then leaves out what is not used, two thirds of it.
import * as z from 'zod';
import type { Json } from '../replicated/state-machine.ts';
import { failedSchema, type FailedResponse } from './failed-response.ts';
import {
  changeSchema,
  membersSchema,
  type ChangeRequest,
  type MembersRequest,
} from './membership-protocol.ts';
import { count, json, machine, positive } from './protocol-fields.ts';
import {
  cancelSchema,
  changesSchema,
  endedSchema,
  watchSchema,
  type StreamRequest,
  type StreamResponse,
} from './watch-protocol.ts';

export type { FailedResponse, LeaderHint } from './failed-response.ts';
export type { ChangeRequest, MembersRequest } from './membership-protocol.ts';
export type {
  ChangesResponse,
  EndedResponse,
  StreamRequest,
  StreamResponse,
  WatchRequest,
  WatchSink,
} from './watch-protocol.ts';

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

export interface PingResponse {
  readonly id: number;
  readonly ok: true;
  /** It leads, or has lately heard its leader; else clients do better elsewhere. */
  readonly inTouch: boolean;
}

export type ClientResponse =
  OpenedResponse | ResultResponse | StatusResponse | PingResponse | FailedResponse;

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
  watchSchema,
  cancelSchema,
]);

/** Unlike requests, responses may have fields that an older client does not know; it drops them. */
const responseSchema = z.union([
  z.object({ id: count, ok: z.literal(true), index: count, result: json }),
  z.object({ id: count, ok: z.literal(true), session: positive }),
  z.object({ id: count, ok: z.literal(true), status: json }),
  z.object({ id: count, ok: z.literal(true), inTouch: z.boolean() }),
  changesSchema,
  endedSchema,
  failedSchema,
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
