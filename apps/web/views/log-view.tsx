/** The logs side by side: a row for each server, a cell for each index, as far as each has come. */
import { useMemo, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import { leaderOf, numberOf } from '../model/facts.ts';
import { logWindow, narrowWindowSize, windowSize, type Cell } from '../model/log-window.ts';
import { isNarrow } from '../theme.ts';
import { EntryPanel } from './entry-panel.tsx';

/** Terms after which the colours begin again; the number is in the cell. */
const termColours = 8;
/** Pixels, where there is room; the last indices are always in view. */
const headWidth = 70;
const cellWidth = 27;

export function LogView({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const [opened, open] = useState<number | null>(null);
  const all = cluster.facts();
  const leader = leaderOf(all);
  const size = isNarrow.value ? narrowWindowSize : windowSize;
  const { firstIndex, rows } = logWindow(all, leader, size);
  const actors = cluster.servers.value.find(({ id }) => id === leader?.id)?.view?.actors;
  const longest = Math.max(0, ...all.map((one) => one.lastIndex));
  const indices = rows[0]?.cells.map(({ index }) => index) ?? [];
  return (
    <div class="log-view">
      <p class="muted">
        {`The last ${size} indices, from ${firstIndex}. In a cell: the term of its entry; select one to open it.`}
      </p>
      <div class="scroll" tabIndex={0} role="group" aria-label="Logs">
        <table
          class="log"
          style={{ width: `min(100%, ${headWidth + cellWidth * indices.length}px)` }}
        >
          <thead>
            <tr>
              <th scope="col">server</th>
              {indices.map((index) => (
                <th key={index} scope="col" class="index">
                  <button
                    type="button"
                    class="index-button"
                    aria-label={`Open entry ${index}`}
                    aria-pressed={index === opened}
                    disabled={index > longest}
                    onClick={() => open(index === opened ? null : index)}
                  >
                    {index % 5 === 0 && index < (indices.at(-1) ?? 0) - 1 ? index : '·'}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, cells }) => {
              const known = actors?.get(`${leader?.id ?? ''}/replicator.${id}`)?.digest;
              const match = known === undefined ? null : numberOf(known['matchIndex']);
              const next = known === undefined ? null : numberOf(known['nextIndex']);
              return (
                <tr key={id}>
                  <th scope="row">{id === leader?.id ? `${id} ★` : id}</th>
                  {cells.map((cell) => (
                    <LogCell key={cell.index} cell={cell} match={match} next={next} open={open} />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {opened !== null && <EntryPanel cluster={cluster} index={opened} close={() => open(null)} />}
      <Legend />
      <Positions cluster={cluster} />
    </div>
  );
}

interface CellProps {
  readonly cell: Cell;
  readonly match: number | null;
  readonly next: number | null;
  readonly open: (index: number) => void;
}

function LogCell({ cell, match, next, open }: CellProps) {
  const { index, term, state, conflict } = cell;
  const mark = index === match ? '•' : index === next ? '▲' : '';
  // Hundreds of cells, of which a few change.
  return useMemo(() => drawCell(cell, mark, open), [index, term, state, conflict, mark]);
}

function drawCell(
  { index, term, state, conflict }: Cell,
  mark: string,
  open: (index: number) => void,
) {
  const hue = term === 0 ? '' : ` term-${term % termColours}`;
  const said = `${index}: ${state}${term === 0 ? '' : `, term ${term}`}${conflict ? ', conflicts with the leader' : ''}`;
  return (
    <td
      class={`cell ${state}${hue}${conflict ? ' conflict' : ''}`}
      title={said}
      onClick={state === 'absent' ? undefined : () => open(index)}
    >
      <span class="entry">
        {state === 'snapshot' ? '▦' : term === 0 ? '' : term}
        {state === 'applied' && <span class="tick">✓</span>}
      </span>
      <span class="mark">{mark}</span>
    </td>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      <li>
        <b class="swatch appended" /> in the log, not on the disk
      </li>
      <li>
        <b class="swatch durable" /> on the disk
      </li>
      <li>
        <b class="swatch committed" /> committed
      </li>
      <li>
        <b class="swatch applied">✓</b> applied
      </li>
      <li>▦ in the snapshot</li>
      <li>• match ▲ next, as the leader knows them</li>
      <li>
        <b class="swatch conflict" /> conflicts with the leader
      </li>
    </ul>
  );
}

function Positions({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  return (
    <table class="plain-table">
      <caption>How far each server has come</caption>
      <thead>
        <tr>
          {['server', 'role', 'term', 'snapshot', 'last', 'on disk', 'committed', 'applied'].map(
            (name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {cluster.facts().map((one) => (
          <tr key={one.id}>
            <th scope="row">{one.id}</th>
            <td>{one.live ? one.role : '✕ not heard'}</td>
            {[
              one.term,
              one.snapshotIndex,
              one.lastIndex,
              one.durableIndex,
              one.commitIndex,
              one.appliedIndex,
            ].map((value, i) => (
              <td key={i} class="number">
                {value}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
