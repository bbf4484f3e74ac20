/**
 * What happened to a server's log between two steps, read off Figure 2's numbers.
 */
import { runsBetween, termAt, type Log } from '../../machines/log.ts';
import type { LogIndex } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import type { NodeFact } from './events.ts';

type Facts = Pick<ServerContext, 'log' | 'durableIndex' | 'commitIndex'>;

/** In the order in which it must have happened. */
export function logFacts(before: Facts, after: Facts): NodeFact[] {
  const facts: NodeFact[] = [];
  if (before.log !== after.log) facts.push(...entryFacts(before.log, after.log));
  if (after.durableIndex > before.durableIndex) {
    facts.push({ type: 'log.persisted', index: after.durableIndex });
  }
  if (after.commitIndex > before.commitIndex) {
    facts.push({ type: 'log.committed', index: after.commitIndex });
  }
  return facts;
}

function entryFacts(before: Log, after: Log): NodeFact[] {
  const facts: NodeFact[] = [];
  const common = lastCommonIndex(before, after);
  const firstIndex = common + 1;
  if (before.lastIndex > common) {
    facts.push({ type: 'log.truncated', firstIndex, lastIndex: before.lastIndex });
  }
  if (after.lastIndex > common) {
    const { lastIndex } = after;
    const runs = runsBetween(after, firstIndex, lastIndex);
    facts.push({ type: 'log.appended', firstIndex, lastIndex, runs });
  }
  return facts;
}

/** §5.3, Log Matching: an equal index and term mean equal logs up to there. */
function lastCommonIndex(a: Log, b: Log): LogIndex {
  const compacted = Math.max(a.snapshotIndex, b.snapshotIndex);
  let index = Math.min(a.lastIndex, b.lastIndex);
  while (index > compacted && termAt(a, index) !== termAt(b, index)) {
    // Below the younger of the two runs the terms may be equal again.
    index = Math.max(runStart(a, index), runStart(b, index)) - 1;
  }
  return Math.max(index, compacted);
}

function runStart(log: Log, index: LogIndex): LogIndex {
  const run = log.runs.findLast(({ firstIndex }) => firstIndex <= index);
  return run?.firstIndex ?? log.snapshotIndex + 1;
}
