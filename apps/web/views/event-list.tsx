/** Every event, newest first. */
import { useMemo } from 'preact/hooks';
import type { EventRow } from '../model/event-rows.ts';
import { clockTime } from './clock-time.ts';

export function EventList({ rows }: { rows: readonly EventRow[] }) {
  return (
    <div
      class="scroll table-scroll tall"
      tabIndex={0}
      role="group"
      aria-label="Events, newest first"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">server</th>
            <th scope="col">type</th>
            <th scope="col">what</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.key} row={row} />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">Nothing that passes the filters.</p>}
    </div>
  );
}

/** Drawn once: an event does not change. */
function Row({ row }: { row: EventRow }) {
  return useMemo(
    () => (
      <tr>
        <td class="number">{clockTime(row.atMs)}</td>
        <td>{row.server}</td>
        <td>
          <span class={`chip ${row.type.split('.')[0] ?? ''}`}>{row.type}</span>
        </td>
        <td>{row.text}</td>
      </tr>
    ),
    [row],
  );
}
