/**
 * Every machine as the page needs it: its drawing, the hash that nodes tell of their charts, and what
 * each transition that a node reports is in the picture.
 */
import { definitionOf } from '../../../actors/inspect/index.ts';
import { layOut } from '../../chart/layout.ts';
import { machinesIn } from '../../chart/machines.ts';
import { allStates, chartOf, outlineOf } from '../../chart/model.ts';
import type { ChartState } from '../../chart/model.ts';
import { svgOf } from '../../chart/svg.ts';
import { scopedStyleSheet } from '../../chart/theme.ts';
import type { DrawnChart, Moves } from '../model/chart-places.ts';

/** A chart with more states is shown in outline first. */
const maxStatesWithoutOutline = 15;

/** The charts of the machines in `folder`, and their style sheet for what is inside `.chart`. */
export async function drawnCharts(
  folder: string,
): Promise<{ charts: readonly DrawnChart[]; styleSheet: string }> {
  const charts: DrawnChart[] = [];
  for (const [name, machine] of await machinesIn(folder)) {
    const chart = chartOf(machine.root);
    const isLarge = [...allStates(chart)].length > maxStatesWithoutOutline;
    charts.push({
      name,
      id: machine.id,
      hash: definitionOf(machine as Parameters<typeof definitionOf>[0]).hash,
      svg: svgOf(await layOut(chart), { live: true }),
      outline: isLarge ? svgOf(await layOut(outlineOf(chart)), { live: true }) : null,
      moves: movesOf(chart),
    });
  }
  return { charts, styleSheet: scopedStyleSheet('.chart') };
}

function movesOf(chart: ChartState): Moves {
  const moves: Record<string, readonly string[]> = {};
  for (const { transitions } of allStates(chart)) {
    for (const { id, targets } of transitions) if (targets.length > 0) moves[id] = targets;
  }
  return moves;
}
