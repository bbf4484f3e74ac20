/**
 * How uPlot draws a chart of the metrics: lines are told apart by dashes before colours, and a bound
 * that matters is a line of its own.
 */
import type uPlot from 'uplot';
import { lineOf } from '../model/lines.ts';
import type { Measured } from '../model/metrics.ts';

const heightPx = 150;

export function optionsOf({ series, limit }: Measured, width: number): uPlot.Options {
  const colour = (name: string): string =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      // From zero, and never without room: a quiet chart is a line at its foot.
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.15)] },
    },
    axes: [
      { ...axis, space: 90, size: 24, values: (_plot, ticks) => ticks.map(timeOf) },
      { ...axis, size: 46 },
    ],
    series: [
      {},
      ...series.map(({ name }, i) => ({
        label: name,
        stroke: colour(lineOf(i).hue),
        width: 2,
        dash: [...lineOf(i).dash],
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      draw: limit === null ? [] : [(plot) => drawLimit(plot, limit, colour('--bad'))],
    },
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, 8);
}

function drawLimit(plot: uPlot, limit: number, stroke: string): void {
  const { left, top, width } = plot.bbox;
  const y = plot.valToPos(limit, 'y', true);
  if (y < top) return;
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(left + width, y);
  ctx.stroke();
  ctx.restore();
}
