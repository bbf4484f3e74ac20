/** The cluster in numbers: small charts of the last five minutes, each also as a table. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { ClusterModel } from '../model/cluster.ts';
import { lineOf } from '../model/lines.ts';
import type { Measured } from '../model/metrics.ts';
import { theme } from '../theme.ts';
import { clockTime } from './clock-time.ts';
import { optionsOf } from './plot-options.ts';

type Plot = typeof uPlot;

/** Rows of a table: the newest. */
const maxRows = 20;

export function MetricsView({ cluster }: { cluster: ClusterModel }) {
  cluster.ticks.value;
  const { metrics } = cluster;
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    void import('uplot').then(({ default: loaded }) => setPlot(() => loaded));
  }, []);
  const times = metrics.times();
  return (
    <div class="metrics-view">
      <p class="muted">
        A point each second since this page was opened, from what the servers tell; up to five
        minutes of them.
      </p>
      <div class="plots" data-test="metrics">
        {metrics.charts(cluster.ids.value).map((measured) => (
          <Chart key={measured.id} plot={plot} times={times} measured={measured} />
        ))}
      </div>
    </div>
  );
}

interface Props {
  readonly plot: Plot | null;
  readonly times: readonly number[];
  readonly measured: Measured;
}

function Chart({ plot, times, measured }: Props) {
  const [asTable, setAsTable] = useState(false);
  const { title, unit, series, limit } = measured;
  return (
    <section class="plot" aria-label={title}>
      <div class="plot-head">
        <h2>
          {title} <span class="muted">{unit}</span>
        </h2>
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          <span class="heard-only">{title} </span>as a table
        </button>
      </div>
      {asTable ? (
        <Numbers times={times} measured={measured} />
      ) : (
        <Drawing plot={plot} times={times} measured={measured} />
      )}
      <ul class="latest" aria-label="Latest">
        {series.map(({ name, values }, i) => (
          <li key={name}>
            <Sample line={i} /> {name} <b>{said(values.at(-1), unit)}</b>
          </li>
        ))}
        {limit !== null && (
          <li>
            <Sample line={null} /> too slow above <b>{said(limit, unit)}</b>
          </li>
        )}
      </ul>
    </section>
  );
}

function Drawing({ plot, times, measured }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const { series, title } = measured;
  const data = [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const names = series.map(({ name }) => name).join();
  useEffect(() => {
    const box = place.current;
    if (plot === null || box === null) return;
    const made = new plot(optionsOf(measured, box.clientWidth), data, box);
    drawn.current = made;
    const resized = new ResizeObserver(() => {
      made.setSize({ width: box.clientWidth, height: made.height });
    });
    resized.observe(box);
    return () => {
      resized.disconnect();
      made.destroy();
      drawn.current = null;
    };
  }, [plot, names, theme.value]);
  useEffect(() => drawn.current?.setData(data), [times.at(-1)]);
  return <div ref={place} class="drawing" role="img" aria-label={`${title}, as lines`} />;
}

/** A piece of a line, to tell it from the others; null: of the one that marks the limit. */
function Sample({ line }: { line: number | null }) {
  const { hue, dash } = line === null ? { hue: '--bad', dash: [3, 3] } : lineOf(line);
  return (
    <svg class="sample" viewBox="0 0 26 6" aria-hidden="true">
      <line x1={0} y1={3} x2={26} y2={3} stroke={`var(${hue})`} stroke-dasharray={dash.join(' ')} />
    </svg>
  );
}

function Numbers({ times, measured: { series, unit, title } }: Omit<Props, 'plot'>) {
  const rows = times.map((_, i) => i).slice(-maxRows);
  return (
    <div
      class="scroll table-scroll short"
      tabIndex={0}
      role="group"
      aria-label={`${title}, numbers`}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map((i) => (
            <tr key={times[i]}>
              <th scope="row">{clockTime((times[i] ?? 0) * 1_000).slice(0, 8)}</th>
              {series.map(({ name, values }) => (
                <td key={name} class="number">
                  {said(values[i], unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function said(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '–';
  const number = value < 10 && !Number.isInteger(value) ? value.toFixed(1) : `${Math.round(value)}`;
  return unit === 'entries' ? number : `${number}${unit === 'ms' ? ' ms' : unit}`;
}
