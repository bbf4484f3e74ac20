/**
 * The newest messages as a sequence diagram: a lane for each server, time downwards, and what changed
 * a server's state on its lane. Drawn from what was sent; a message over a cut link is drawn, too.
 */
import { useMemo } from 'preact/hooks';
import { valueInWords } from '../model/chart-places.ts';
import type { EventFilter, EventRow } from '../model/event-rows.ts';
import { lanesOf, sequenceOf } from '../model/sequence.ts';
import { fieldsOf } from '../model/messages.ts';
import { clockTime } from './clock-time.ts';

const rowHeight = 24;
const headHeight = 30;
const timeWidth = 110;
const laneWidth = 250;

interface Props {
  readonly ids: readonly string[];
  readonly rows: readonly EventRow[];
  readonly filter: EventFilter;
}

export function SequenceDiagram({ ids, rows, filter }: Props) {
  const shown = sequenceOf(rows, filter);
  const lanes = lanesOf(ids, shown);
  const width = timeWidth + laneWidth * lanes.length;
  const height = headHeight + rowHeight * (shown.length + 1);
  const laneOf = (id: string): number => timeWidth + laneWidth * (lanes.indexOf(id) + 0.5);
  return (
    <div class="scroll table-scroll tall" tabIndex={0} role="group" aria-label="Sequence diagram">
      <svg
        class="sequence"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`The last ${shown.length} messages and changes of state; "all" has them as text`}
      >
        {lanes.map((id) => (
          <g key={id}>
            <line class="lane" x1={laneOf(id)} y1={headHeight} x2={laneOf(id)} y2={height} />
            <text class="head" x={laneOf(id)} y={20}>
              {id}
            </text>
          </g>
        ))}
        {shown.map((row, i) => (
          <g key={row.key} transform={`translate(0 ${headHeight + rowHeight * (i + 0.6)})`}>
            <Row row={row} lanes={lanes.join()} laneOf={laneOf} />
          </g>
        ))}
      </svg>
      {shown.length === 0 && (
        <p class="empty">No message that passes the filters since the page opened.</p>
      )}
    </div>
  );
}

interface RowProps {
  readonly row: EventRow;
  /** Of whom, in order: a row is drawn anew when somebody joins. */
  readonly lanes: string;
  readonly laneOf: (id: string) => number;
}

function Row({ row, lanes, laneOf }: RowProps) {
  return useMemo(() => draw(row, laneOf), [row, lanes]);
}

function draw({ atMs, server, event, message, text }: EventRow, laneOf: (id: string) => number) {
  const time = (
    <text class="time" x={6} y={4}>
      {clockTime(atMs)}
    </text>
  );
  if (event.type === 'step') {
    const state = valueInWords(event.value ?? '').join('; ');
    return (
      <>
        <title>{text}</title>
        {time}
        <circle class="became" cx={laneOf(server)} cy={0} r={4.5} />
        <text class="state" x={laneOf(server) + 9} y={4}>
          {state.length > 34 ? `${state.slice(0, 33)}…` : state}
        </text>
      </>
    );
  }
  if (event.type !== 'message.sent') return null;
  const { type, ...fields } = event.message;
  const [from, to] = [laneOf(String(fields['from'])), laneOf(String(fields['to']))];
  const way = Math.sign(to - from);
  const name = `${message?.sign ?? ''} ${type.slice(4)}`.trim();
  return (
    <>
      <title>{`${type}: ${fieldsOf(event.message)}`}</title>
      {time}
      <line
        class={`arrow ${message?.kind ?? ''} ${message?.sign === '−' ? 'no' : ''}`}
        x1={from}
        y1={4}
        x2={to - way * 6}
        y2={4}
      />
      <path class="tip" d={`M${to} 4l${-way * 8} -4v8z`} />
      <text class="label" x={from + way * 12} y={0} text-anchor={way > 0 ? 'start' : 'end'}>
        {name}
      </text>
    </>
  );
}
