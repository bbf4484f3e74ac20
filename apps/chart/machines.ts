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

/** A machine as far as it is drawn. */
export interface Machine {
  readonly id: string;
  readonly root: MachineNode;
  readonly config: object;
}

/** The charts of all machines in `folder`, by the names of `machinesIn`. */
export async function chartsIn(folder: string): Promise<ReadonlyMap<string, ChartState>> {
  const machines = await machinesIn(folder);
  return new Map([...machines].map(([name, { root }]) => [name, chartOf(root)]));
}

/**
 * All machines in `folder`, by file name without the suffix, in alphabetical order; none when there
 * is no such folder. A file with several machines adds each one's id to its name.
 * Throws what a machine throws that cannot be built, a target that does not resolve for example.
 */
export async function machinesIn(folder: string): Promise<ReadonlyMap<string, Machine>> {
  const found = new Map<string, Machine>();
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  for (const file of files.filter((name) => name.endsWith(suffix))) {
    const url = pathToFileURL(resolve(folder, file)).href;
    for (const one of await machinesOfFile(url, file.slice(0, -suffix.length))) found.set(...one);
  }
  return found;
}

/** The machines that the module at `url` exports, by `name`; of several, each one's id follows. */
export async function machinesOfFile(
  url: string,
  name: string,
): Promise<ReadonlyMap<string, Machine>> {
  const exported = Object.values((await import(url)) as Record<string, unknown>);
  // The same one may be exported by its name and as the default.
  const machines = [...new Set(exported.filter(isMachine))];
  return new Map(
    machines.map((machine) => [
      machines.length === 1 ? name : `${name}-${inFileName(machine.root.key)}`,
      machine,
    ]),
  );
}

/** An id as a part of a file's name: `shop/order` is no folder, and `(machine)` no subshell. */
function inFileName(id: string): string {
  return id.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+|-+$/g, '');
}

function isMachine(thing: unknown): thing is Machine {
  return typeof thing === 'object' && thing !== null && 'root' in thing && 'config' in thing;
}
