/**
 * What is asked of a server and said by it while a client follows what a machine applies there, and the
 * schemas that check it: a part of the client's protocol (docs/formats.md#client-frame). What is
 * selected, and from which index on it is still known, is the gateway's and the machine's affair.
 */
// As a namespace: a page's bundle then leaves out what is not used, two thirds of it.
import * as z from 'zod';
import type { Json } from '../replicated/state-machine.ts';
import type { FailedResponse } from './failed-response.ts';
import { count, json, machine, positive } from './protocol-fields.ts';

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

export const watchSchema = z.strictObject({
  id: count,
  op: z.literal('watch'),
  machine,
  select: json,
  from: positive.nullable(),
});
export const cancelSchema = z.strictObject({ id: count, op: z.literal('cancel') });

export const changesSchema = z.object({
  id: count,
  ok: z.literal(true),
  revision: count,
  events: z.array(json),
});
export const endedSchema = z.object({ id: count, ok: z.literal(true), ended: z.literal(true) });
