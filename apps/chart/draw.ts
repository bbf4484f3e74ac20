/**
 * All pictures of a folder of machines, as file names and contents.
 *
 * `main.ts` writes them, and test/charts.test.ts compares them with what is in docs/charts.
 */
import { layOut } from './layout.ts';
import { chartsIn } from './machines.ts';
import { mermaidOf } from './mermaid.ts';
import { allStates, outlineOf } from './model.ts';
import { svgOf } from './svg.ts';

/** A chart with more states gets an outline, too, for the first look. */
const maxStatesWithoutOutline = 15;

/** Contents by file name: `NAME.svg`, `NAME.mmd`, maybe `NAME-outline.svg`, per machine in `folder`. */
export async function draw(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, chart] of await chartsIn(folder)) {
    files.set(`${name}.svg`, svgOf(await layOut(chart)));
    files.set(`${name}.mmd`, mermaidOf(chart));
    if ([...allStates(chart)].length > maxStatesWithoutOutline) {
      files.set(`${name}-outline.svg`, svgOf(await layOut(outlineOf(chart))));
    }
  }
  return files;
}
