/**
 * I46: a leader whose disk has less free than its reserve appends nothing that a client asked for.
 * The no-op of its term and configurations are not asked for by clients.
 */
import { entryText } from '../../storage/lines.ts';
import type { Lines } from '../../storage/store.ts';
import type { Report, ServerView } from './observation.ts';

const proposed: ReadonlySet<unknown> = new Set(['command', 'session', 'tick']);

/** When `lines` reach the store of `view`'s server, whose disk is known to be short of space. */
export function appendedWithoutSpace(view: ServerView, lines: Lines, report: Report): void {
  if (view.role !== 'leader') return;
  for (let i = 0; i < lines.ends.length; i += 1) {
    const { kind } = JSON.parse(entryText(lines, i)) as { readonly kind?: unknown };
    if (!proposed.has(kind)) continue;
    const what = `entry ${lines.firstIndex + i}, a ${String(kind)}`;
    report('I46', view.id, `appended ${what}, without free space`);
    return;
  }
}
