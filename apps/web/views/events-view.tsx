/**
 * What all servers told: as things that happened, as a sequence diagram, or every event; with filters,
 * and as JSON lines to take away. Paused, it says how much it holds back.
 */
import { useRef, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import { detailInWords, type Thing } from '../model/compact-events.ts';
import {
  asJsonLines,
  filtered,
  maxDrawnRows,
  type EventFilter,
  type EventRow,
} from '../model/event-rows.ts';
import { CompactList } from './compact-list.tsx';
import { EventList } from './event-list.tsx';
import { SequenceDiagram } from './sequence-diagram.tsx';

const types = ['step', 'message', 'log', 'actor', 'timers', 'digest', 'counted', 'process'];
const modes = ['compact', 'sequence', 'all'] as const;
type Mode = (typeof modes)[number];

/** What is shown while new events are held back. */
interface Held {
  readonly rows: readonly EventRow[];
  readonly things: readonly Thing[];
  readonly count: number;
}

export function EventsView({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const [mode, setMode] = useState<Mode>('compact');
  const [filter, setFilter] = useState<EventFilter>({
    ...{ server: '', type: '', text: '', quiet: false },
  });
  const [held, setHeld] = useState<Held | null>(null);
  const rows = held?.rows ?? cluster.events.list();
  const things = held?.things ?? cluster.compact.list();
  const toggle = (): void =>
    setHeld(held === null ? { rows: [...rows], things, count: cluster.eventCount } : null);
  return (
    <div class="events-view">
      <div class="filters">
        <button type="button" onClick={toggle} aria-pressed={held !== null} data-test="pause">
          {held === null ? '‖ Pause' : `▶ Go on: ${cluster.eventCount - held.count} held back`}
        </button>
        <div class="buttons" role="group" aria-label="Show as">
          {modes.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === mode}
              onClick={() => setMode(one)}
            >
              {one}
            </button>
          ))}
        </div>
        <Filters cluster={cluster} filter={filter} set={setFilter} mode={mode} />
        <Export rows={rows} />
      </div>
      {mode === 'compact' && <CompactList things={matching(things, filter)} />}
      {mode === 'sequence' && (
        <SequenceDiagram ids={cluster.ids.value} rows={rows} filter={filter} />
      )}
      {mode === 'all' && <EventList rows={filtered(rows, filter)} />}
      <p class="muted small">
        {`At most the newest ${maxDrawnRows} that pass the filters are shown.`}
        {cluster.skippedEvents > 0 &&
          ` More came than this page could take in: ${cluster.skippedEvents} were left out.`}
      </p>
    </div>
  );
}

function matching(things: readonly Thing[], { server, text }: EventFilter): readonly Thing[] {
  const wanted = text.toLowerCase();
  const told = (thing: Thing): string =>
    [thing.title, ...thing.details.map(detailInWords)].join(' ').toLowerCase();
  return things
    .filter((thing) => server === '' || thing.server === server)
    .filter((thing) => wanted === '' || told(thing).includes(wanted))
    .slice(0, maxDrawnRows);
}

interface FiltersProps {
  readonly cluster: ClusterModel;
  readonly filter: EventFilter;
  readonly set: (filter: EventFilter) => void;
  /** Types are told apart among all events, and things that happened are never quiet. */
  readonly mode: Mode;
}

function Filters({ cluster, filter, set, mode }: FiltersProps) {
  const change = (part: Partial<EventFilter>): void => set({ ...filter, ...part });
  const ids = cluster.ids.value;
  // One that was removed is still what is filtered by.
  const choices =
    filter.server === '' || ids.includes(filter.server) ? ids : [...ids, filter.server];
  return (
    <>
      <label>
        Server{' '}
        <select
          value={filter.server}
          onChange={({ currentTarget }) => change({ server: currentTarget.value })}
        >
          <option value="">all</option>
          {choices.map((id) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </label>
      {mode === 'all' && (
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
      )}
      <label>
        Contains{' '}
        <input
          type="search"
          value={filter.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </label>
      {mode !== 'compact' && (
        <label>
          <input
            type="checkbox"
            checked={filter.quiet}
            onChange={({ currentTarget }) => change({ quiet: currentTarget.checked })}
          />{' '}
          heartbeats and the like
        </label>
      )}
    </>
  );
}

/** A file of all events that are kept, or that were when it was paused. */
function Export({ rows }: { rows: readonly EventRow[] }) {
  const link = useRef<HTMLAnchorElement>(null);
  const save = (): void => {
    if (link.current === null) return;
    const url = URL.createObjectURL(new Blob([asJsonLines(rows)], { type: 'application/jsonl' }));
    link.current.href = url;
    link.current.click();
    setTimeout(() => URL.revokeObjectURL(url), 0);
  };
  return (
    <>
      <button type="button" onClick={save}>
        Save as JSON lines
      </button>
      <a ref={link} hidden download="events.jsonl">
        events.jsonl
      </a>
    </>
  );
}
