/**
 * A hunt as a line for people.
 */
import type { Catch } from './hunt.ts';
import type { Mutant } from './mutant.ts';

const columns = [8, 8, 8, 10, 8] as const;

function cells(values: readonly (string | number)[]): string {
  return values.map((value, i) => String(value).padEnd(columns[i] ?? 0)).join('');
}

export const headline = cells(['mutant', 'seeds', 'by', 'events', 'crashes', 'what was planted']);

/** `≠` marks a find by another invariant than was expected. */
export function row({ name, title, expects }: Mutant, caught: Catch): string {
  const { killedBy, seeds, events, crashes } = caught;
  const by = killedBy === null ? '-' : `${killedBy}${expects.includes(killedBy) ? '' : ' ≠'}`;
  return cells([name, seeds, by, events, crashes, title]);
}
