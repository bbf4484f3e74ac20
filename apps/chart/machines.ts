/**
 * Which machines there are: whatever `*.machine.ts` exports that has states.
 *
 * Found by reading the folder, so that a new machine is drawn and tested without being listed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chartOf } from './model.ts';
import type { ChartState, MachineNode } from './model.ts';

const suffix = '.machine.ts';

/**
 * The charts of all machines in `folder`, by file name without the suffix, in alphabetical order;
 * none when there is no such folder. A file with several machines adds each one's id to its name.
 * Throws what a machine throws that cannot be built, a target that does not resolve for example.
 */
export async function chartsIn(folder: string): Promise<ReadonlyMap<string, ChartState>> {
  const charts = new Map<string, ChartState>();
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  for (const file of files.filter((name) => name.endsWith(suffix))) {
    const url = pathToFileURL(resolve(folder, file)).href;
    const exported = Object.values((await import(url)) as Record<string, unknown>);
    const roots = exported.filter(hasRoot).map((machine) => machine.root);
    const name = file.slice(0, -suffix.length);
    for (const root of roots) {
      charts.set(roots.length === 1 ? name : `${name}-${root.key}`, chartOf(root));
    }
  }
  return charts;
}

function hasRoot(thing: unknown): thing is { readonly root: MachineNode } {
  return typeof thing === 'object' && thing !== null && 'root' in thing && 'config' in thing;
}
