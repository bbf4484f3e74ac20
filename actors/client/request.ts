/**
 * One request of the client: what is asked, its place in a session, and the line that says so.
 */
import type { Json } from '../../replicated/state-machine.ts';
import type {
  ChangeRequest,
  ClientResponse,
  FailedResponse,
  ReadRequest,
} from '../../transport/client-protocol.ts';
import type { ReadOptions } from './api.ts';
import type { ClientSession } from './session.ts';
import type { StatecraftError } from '../errors.ts';

/** What a caller asks. */
export type Call =
  | { readonly op: 'command'; readonly machine: string; readonly command: Json }
  | ({ readonly op: 'read' } & Pick<ReadRequest, 'machine' | 'query' | 'consistency' | 'atLeast'>)
  | { readonly op: 'moveLeader'; readonly target: string | null }
  | { readonly op: 'members' }
  | Omit<ChangeRequest, 'id'>;

export interface Request {
  readonly id: number;
  readonly call: Call | { readonly op: 'open' };
  /** A command's place, from its first try on: every try has the same. */
  place: { readonly session: ClientSession; readonly seq: number } | null;
  /** A try of it ended without a definite "not applied". */
  uncertain: boolean;
  resolve(answer: Exclude<ClientResponse, FailedResponse>): void;
  reject(error: StatecraftError): void;
}

/** What a read asks for, beside its question. */
export function readTerms({
  consistency,
  atLeast,
}: ReadOptions): Pick<ReadRequest, 'consistency' | 'atLeast'> {
  return {
    ...(consistency === undefined ? {} : { consistency }),
    ...(atLeast === undefined ? {} : { atLeast }),
  };
}

/**
 * Whether it must not be sent again, since an earlier try may have done it. A command has its place and a
 * change the members that it expects; to hand leadership over to anybody would do so once more.
 */
export function isSpent({ call, uncertain }: Request): boolean {
  return uncertain && call.op === 'moveLeader' && call.target === null;
}

/** Whether it is a command that was never given a place. */
export function needsPlace({ call, place }: Request): boolean {
  return call.op === 'command' && place === null;
}

/** Gives a command its place in `session`; false: it must wait for a session, or for room in it. */
export function takePlace(request: Request, session: ClientSession | null): boolean {
  if (!needsPlace(request)) return true;
  const seq = session?.take() ?? null;
  if (session === null || seq === null) return false;
  request.place = { session, seq };
  return true;
}

/** The line, with what the session knows now. */
export function encodeRequest({ id, call, place }: Request): string {
  if (call.op !== 'command' || place === null) return `${JSON.stringify({ id, ...call })}\n`;
  const { op, machine, command } = call;
  const { session, seq } = place;
  const { id: sessionId, doneBelow } = session;
  return `${JSON.stringify({ id, op, session: sessionId, seq, doneBelow, machine, command })}\n`;
}
