/**
 * What an entry of the log says, apart from its index and term (Figure 2, "log[]"; docs/formats.md):
 * the no-op that opens a term, a configuration, a client's session or command, or a tick, which is
 * there for its time.
 *
 * An entry is encoded once, by the server that leads. Where its text sits in a line of the log is
 * the affair of storage/lines.ts; what its command means, of the machine that it names.
 */
import { readConfiguration, type ConfigurationEntry } from './configuration-entry.ts';
import type { Json } from './state-machine.ts';

/** One command of a client, applied once per (session, seq) however often it is in the log. */
export interface CommandEntry {
  readonly kind: 'command';
  /** Index of the entry that opened the session. */
  readonly session: number;
  /** Counted up from 1 by the client. */
  readonly seq: number;
  /** The client has the results of every seq below this one, and will not ask for them again. */
  readonly doneBelow: number;
  readonly machine: string;
  readonly command: Json;
}

/**
 * Opens a session, whose id is the index of the entry. It carries what decides about the session's
 * end, so that servers with different options decide alike.
 */
export interface SessionEntry {
  readonly kind: 'session';
  /** Replicated time without a command after which it expires, in milliseconds. */
  readonly ttlMs: number;
  /** Sessions kept beside it: past it, the least recently used one is evicted. */
  readonly maxSessions: number;
}

export type Entry =
  | { readonly kind: 'noop' }
  | { readonly kind: 'tick' }
  | ConfigurationEntry
  | SessionEntry
  | CommandEntry;

const isPositive = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0;

/**
 * Reads the parsed JSON of an entry. null: a kind or a shape that this version does not know, which
 * must stop the server, since skipping it would make its state differ from the others'.
 */
export function readEntry(value: unknown): Entry | null {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null;
  if (value.kind === 'noop' || value.kind === 'tick') return { kind: value.kind };
  if (value.kind === 'configuration') return readConfiguration(value as Json);
  if (value.kind === 'session') return readSession(value);
  if (value.kind !== 'command') return null;
  const { session, seq, doneBelow, machine, command } = value as Partial<CommandEntry>;
  if (!isPositive(session) || !isPositive(seq) || !isPositive(doneBelow)) return null;
  if (typeof machine !== 'string' || command === undefined) return null;
  return value as CommandEntry;
}

function readSession(value: object): SessionEntry | null {
  const { ttlMs, maxSessions } = value as Partial<SessionEntry>;
  if (!isPositive(ttlMs) || !isPositive(maxSessions)) return null;
  return { kind: 'session', ttlMs: Number(ttlMs), maxSessions: Number(maxSessions) };
}

/** The one encoding of an entry; its text is never made a second time. */
export function encodeEntry(entry: Entry): string {
  return JSON.stringify(entry);
}
