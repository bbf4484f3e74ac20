/**
 * All pictures of a folder of machines, as file names and contents.
 *
 * `main.ts` writes them, and test/charts.test.ts compares them with what is in docs/charts.
 */
import { layOut } from './layout.ts';
import { chartsIn } from './machines.ts';
import { mermaidOf } from './mermaid.ts';
import { svgOf } from './svg.ts';

/** Contents by file name: `NAME.svg` and `NAME.mmd` for each machine in `folder`. */
export async function draw(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, chart] of await chartsIn(folder)) {
    files.set(`${name}.svg`, svgOf(await layOut(chart)));
    files.set(`${name}.mmd`, mermaidOf(chart));
  }
  return files;
}
