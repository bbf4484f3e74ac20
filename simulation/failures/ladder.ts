/**
 * A ladder diagram of a run: time goes down, each server has a column, faults go across.
 *
 * Only what changed a server is drawn, and everything of the last few steps, where the promise
 * broke.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { TraceRecord, TraceStep } from './trace.ts';

/** Rows at most, the newest; a note says how many were left out. */
export const maxLadderRows = 80;
/** The last so many steps are drawn even if they changed nothing. */
const lastSteps = 6;
const timeWidth = 10;
const columnWidth = 34;

/** Rows of text, without colours. */
export function ladder(records: readonly TraceRecord[], servers: readonly ServerId[]): string[] {
  const before = new Map<ServerId, TraceStep>();
  const drawn: string[] = [];
  records.forEach((record, i) => {
    const time = record.atMs.toFixed(1).padStart(timeWidth);
    if (record.type === 'fault') {
      drawn.push(`${time} ── ${record.text}`);
      return;
    }
    const changes = changesOf(record, before.get(record.server));
    before.set(record.server, record);
    if (changes === '' && i < records.length - lastSteps) return;
    const cells = servers.map((server) => (server === record.server ? cell(record, changes) : ''));
    drawn.push(`${time} │ ${cells.map(fit).join('│ ').trimEnd()}`);
  });
  const left = Math.max(0, drawn.length - maxLadderRows);
  const head = `${'ms'.padStart(timeWidth)} │ ${servers.map(fit).join('│ ').trimEnd()}`;
  const note = left === 0 ? [] : [`${' '.repeat(timeWidth)} … ${left} rows before`];
  return [head, ...note, ...drawn.slice(left)];
}

function cell({ cause, about }: TraceStep, changes: string): string {
  const what =
    cause === 'message' ? shortMessage(about) : about === '' ? cause : `${cause} ${about}`;
  return changes === '' ? what : `${what} ⇒ ${changes}`;
}

/** `rpc.appendEntries n1>n2 t3 …` is `n1▸appendEntries`. */
function shortMessage(about: string): string {
  const [type = '', link = ''] = about.split(' ');
  return `${link.split('>')[0] ?? ''}▸${type.replace('rpc.', '')}`;
}

function changesOf(after: TraceStep, before: TraceStep | undefined): string {
  const parts: string[] = [];
  const { role, currentTerm, lastIndex, commitIndex, diskLastIndex } = after;
  if (role !== before?.role || currentTerm !== before.currentTerm) {
    parts.push(`${role} t${currentTerm}`);
  }
  if (lastIndex !== (before?.lastIndex ?? 0)) parts.push(`log ${lastIndex}`);
  if (commitIndex !== (before?.commitIndex ?? 0)) parts.push(`commit ${commitIndex}`);
  if (diskLastIndex !== (before?.diskLastIndex ?? 0)) parts.push(`disk ${diskLastIndex}`);
  return parts.join(' ');
}

function fit(text: string): string {
  const cut = text.length > columnWidth ? `${text.slice(0, columnWidth - 1)}…` : text;
  return cut.padEnd(columnWidth);
}
