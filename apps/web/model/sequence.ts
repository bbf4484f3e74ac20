/** What a sequence diagram shows: the newest messages and changes of a server's state, and their lanes. */
import type { EventFilter, EventRow } from './event-rows.ts';

/** Rows that are drawn; the newest. */
const maxRows = 60;

/** Newest first. */
export function sequenceOf(
  rows: readonly EventRow[],
  { server, text, quiet }: EventFilter,
): EventRow[] {
  const wanted = text.toLowerCase();
  const found: EventRow[] = [];
  for (let i = rows.length - 1; i >= 0 && found.length < maxRows; i--) {
    const row = rows[i];
    if (row === undefined || (row.quiet && !quiet)) continue;
    const { event } = row;
    const isStep =
      event.type === 'step' && event.value !== undefined && event.actor === `${row.server}/server`;
    if (event.type !== 'message.sent' && !isStep) continue;
    if (server !== '' && row.server !== server) continue;
    if (wanted !== '' && !row.text.toLowerCase().includes(wanted)) continue;
    found.push(row);
  }
  return found.sort((a, b) => b.atMs - a.atMs);
}

/** A lane for each member, and for whoever is none any more but is in the rows. */
export function lanesOf(ids: readonly string[], rows: readonly EventRow[]): readonly string[] {
  const met = rows.flatMap(({ server, event }) =>
    event.type === 'message.sent' ? [server, String(event.message['to'])] : [server],
  );
  return [...new Set([...ids, ...met])].sort();
}
