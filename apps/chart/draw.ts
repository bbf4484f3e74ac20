/**
 * All pictures of a folder of machines, as file names and contents.
 *
 * `main.ts` writes them, `statecraft chart` those of a user's machines, and test/charts.test.ts compares them with what is in docs/charts.
 */
import { layOut } from './layout.ts';
import { machinesIn, type Machine } from './machines.ts';
import { mermaidOf } from './mermaid.ts';
import { allStates, chartOf, outlineOf } from './model.ts';
import { svgOf } from './svg.ts';

/** A chart with more states gets an outline, too, for the first look. */
const maxStatesWithoutOutline = 15;

/** The pictures of all machines in `folder`, by file name; see `drawMachine`. */
export async function draw(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, machine] of await machinesIn(folder)) {
    for (const file of await drawMachine(name, machine)) files.set(...file);
  }
  return files;
}

/** Contents by file name: `NAME.svg`, `NAME.mmd`, `NAME.json`, maybe `NAME-outline.svg`. */
export async function drawMachine(
  name: string,
  machine: Machine,
): Promise<ReadonlyMap<string, string>> {
  const chart = chartOf(machine.root);
  const files = new Map([
    [`${name}.svg`, svgOf(await layOut(chart))],
    [`${name}.mmd`, mermaidOf(chart)],
    [`${name}.json`, studioJsonOf(machine)],
  ]);
  if ([...allStates(chart)].length > maxStatesWithoutOutline) {
    files.set(`${name}-outline.svg`, svgOf(await layOut(outlineOf(chart))));
  }
  return files;
}

/** The machine's configuration as Stately's editor imports it; functions are their names. */
function studioJsonOf({ config }: Machine): string {
  const named = (_key: string, value: unknown): unknown =>
    typeof value === 'function' ? { type: value.name } : value;
  return `${JSON.stringify(config, named, 2)}\n`;
}
