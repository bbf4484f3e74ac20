/** All events of all servers, newest first, with filters; paused, it says how much it holds back. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import { filtered, maxDrawnRows, type EventFilter, type EventRow } from '../model/event-rows.ts';
import { clockTime } from './clock-time.ts';

const types = ['step', 'message', 'log', 'actor', 'timers', 'digest'];

export function EventsView({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const [filter, setFilter] = useState<EventFilter>({
    server: '',
    type: '',
    text: '',
    quiet: false,
  });
  const [pausedAt, setPausedAt] = useState<number | null>(null);
  const held = useRef<readonly EventRow[]>([]);
  const rows = pausedAt === null ? cluster.events.list() : held.current;
  const shown = filtered(rows, filter);
  const change = (part: Partial<EventFilter>): void => setFilter({ ...filter, ...part });
  const toggle = (): void => {
    held.current = [...cluster.events.list()];
    setPausedAt(pausedAt === null ? cluster.eventCount : null);
  };
  return (
    <div class="events-view">
      <div class="filters">
        <button type="button" onClick={toggle} aria-pressed={pausedAt !== null}>
          {pausedAt === null ? '‖ Pause' : `▶ Go on: ${cluster.eventCount - pausedAt} held back`}
        </button>
        <label>
          Server{' '}
          <select
            value={filter.server}
            onChange={({ currentTarget }) => change({ server: currentTarget.value })}
          >
            <option value="">all</option>
            {cluster.ids.value.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <label>
          Type{' '}
          <select
            value={filter.type}
            onChange={({ currentTarget }) => change({ type: currentTarget.value })}
          >
            <option value="">all</option>
            {types.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        </label>
        <label>
          Contains{' '}
          <input
            type="search"
            value={filter.text}
            onInput={({ currentTarget }) => change({ text: currentTarget.value })}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={filter.quiet}
            onChange={({ currentTarget }) => change({ quiet: currentTarget.checked })}
          />{' '}
          heartbeats, timers and the like
        </label>
      </div>
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
            {shown.map((row) => (
              <Row key={row.key} row={row} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="empty">Nothing that passes the filters.</p>}
      </div>
      <p class="muted small">{`The newest ${maxDrawnRows} that pass are shown.`}</p>
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
