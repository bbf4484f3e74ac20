/**
 * All events of all servers as one list: a row each, with what filters need to know.
 *
 * A row is put into words when somebody reads it, and then once: most are pushed out unread.
 */
import type { NodeEvent } from '../../../actors/inspect/index.ts';
import { describe } from './event-text.ts';
import { MessageReader, type ShownMessage } from './messages.ts';

/** Rows that are kept; the newest. */
export const maxEventRows = 3_000;
/** Rows of them that are drawn. */
export const maxDrawnRows = 120;

export class EventRow {
  /** Counted by this page: a server that is started anew begins its own numbers anew. */
  readonly key: string;
  readonly server: string;
  readonly event: NodeEvent;
  /** Of a heartbeat, or a timer or digest that moves with each: hidden unless asked for. */
  readonly quiet: boolean;
  /** null: it is no message. */
  readonly message: ShownMessage | null;
  #text: string | null = null;

  constructor(key: string, server: string, event: NodeEvent, message: ShownMessage | null) {
    this.key = key;
    this.server = server;
    this.event = event;
    this.message = message;
    this.quiet = message === null ? isQuiet(event) : message.kind === 'heartbeat';
  }

  get atMs(): number {
    return this.event.atMs;
  }

  get type(): string {
    return this.event.type;
  }

  get text(): string {
    this.#text ??= describe(this.event);
    return this.#text;
  }
}

function isQuiet(event: NodeEvent): boolean {
  if (event.type === 'step') return event.value === undefined;
  return event.type === 'timers' || event.type === 'digest' || event.type === 'process';
}

export class EventReader {
  /** One for each server: it hears, or sends, each message once. */
  readonly #messages = new Map<string, MessageReader>();
  #count = 0;

  row(server: string, event: NodeEvent): EventRow {
    const isMessage = event.type === 'message.sent' || event.type === 'message.received';
    const message = isMessage ? this.#readerOf(server).read(event.message) : null;
    this.#count += 1;
    return new EventRow(`row ${this.#count}`, server, event, message);
  }

  #readerOf(server: string): MessageReader {
    let reader = this.#messages.get(server);
    if (reader === undefined) this.#messages.set(server, (reader = new MessageReader()));
    return reader;
  }
}

export interface EventFilter {
  /** '' for all. */
  readonly server: string;
  /** The beginning of a type, `log`; '' for all. */
  readonly type: string;
  /** In the text, whatever its case. */
  readonly text: string;
  readonly quiet: boolean;
}

/** The newest rows that pass, newest first. */
export function filtered(rows: readonly EventRow[], filter: EventFilter): EventRow[] {
  const wanted = filter.text.toLowerCase();
  const found: EventRow[] = [];
  for (let i = rows.length - 1; i >= 0 && found.length < maxDrawnRows; i--) {
    const row = rows[i];
    if (row === undefined) break;
    if (row.quiet && !filter.quiet) continue;
    if (filter.server !== '' && row.server !== filter.server) continue;
    if (!row.type.startsWith(filter.type)) continue;
    if (wanted !== '' && !`${row.type} ${row.text}`.toLowerCase().includes(wanted)) continue;
    found.push(row);
  }
  // Servers tell in turns, twenty times a second: what they tell is put in order here.
  return found.sort((a, b) => b.atMs - a.atMs);
}

/** As JSON lines: the events as they were told, with the server that told them. */
export function asJsonLines(rows: readonly EventRow[]): string {
  return rows.map(({ server, event }) => `${JSON.stringify({ server, ...event })}\n`).join('');
}
