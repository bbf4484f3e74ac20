/**
 * All events of all servers as one list: a line each, with what filters need to know.
 */
import type { NodeEvent } from '../../../actors/inspect/index.ts';
import { causeName, valueInWords } from './chart-places.ts';
import { fieldsOf, MessageReader } from './messages.ts';

/** Rows that are kept; the newest. */
export const maxEventRows = 3_000;
/** Rows of them that are drawn. */
export const maxDrawnRows = 120;

export interface EventRow {
  readonly key: string;
  readonly atMs: number;
  readonly server: string;
  readonly type: string;
  readonly text: string;
  /** Of a heartbeat, or a timer or digest that moves with each: hidden unless asked for. */
  readonly quiet: boolean;
}

export class EventReader {
  /** One for each server: it hears, or sends, each message once. */
  readonly #messages = new Map<string, MessageReader>();

  row(server: string, event: NodeEvent): EventRow {
    const { seq, atMs, type } = event;
    return { key: `${server}:${seq}`, atMs, server, type, ...this.#describe(server, event) };
  }

  #readerOf(server: string): MessageReader {
    let reader = this.#messages.get(server);
    if (reader === undefined) this.#messages.set(server, (reader = new MessageReader()));
    return reader;
  }

  #describe(server: string, event: NodeEvent): { text: string; quiet: boolean } {
    switch (event.type) {
      case 'step': {
        const { actor, cause, edges, value } = event;
        const what = `${shortActor(actor)}: ${causeName(cause.type)}`;
        const becomes = value === undefined ? '' : ` → ${valueInWords(value).join('; ')}`;
        const ignored = edges.length === 0 ? ' (ignored)' : '';
        return { text: `${what}${becomes}${ignored}`, quiet: value === undefined };
      }
      case 'message.sent':
      case 'message.received': {
        const { message } = event;
        const quiet = this.#readerOf(server).read(message).kind === 'heartbeat';
        const route = `${String(message['from'])} → ${String(message['to'])}`;
        return {
          text: `${message.type.slice(4)} ${route}: ${fieldsOf(message, ['from', 'to'])}`,
          quiet,
        };
      }
      case 'timers': {
        const armed = event.armed.map(({ delay }) => delay).join(', ');
        return {
          text: `${shortActor(event.actor)}: ${armed || `${event.cancelled.length} cancelled`}`,
          quiet: true,
        };
      }
      case 'digest':
        return { text: `${shortActor(event.actor)} knows more`, quiet: true };
      case 'actor.started':
        return { text: shortActor(event.actor), quiet: false };
      case 'actor.stopped':
        return { text: `${shortActor(event.actor)}, ${event.status}`, quiet: false };
      case 'log.appended':
      case 'log.truncated':
        return { text: `${event.firstIndex} … ${event.lastIndex}`, quiet: false };
      case 'log.persisted':
      case 'log.committed':
      case 'log.applied':
        return { text: `through ${event.index}`, quiet: false };
      case 'process':
        return { text: `event loop ${event.loopDelayMs} ms late`, quiet: true };
    }
  }
}

/** `n1/replicator.n2` without the server, which has a column of its own. */
function shortActor(actor: string): string {
  return actor.slice(actor.indexOf('/') + 1);
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
