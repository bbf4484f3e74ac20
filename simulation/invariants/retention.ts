/**
 * I49: a leader's log keeps what a peer that answers still needs (§7; docs/divergence.md#retention).
 *
 * Were it let go while the peer is given a snapshot, the peer would need another one when it is done,
 * and under load so on for ever: each run would look well, and the peer would never catch up.
 */
import type { Log } from '../../machines/log.ts';
import type { Report, ServerView } from './observation.ts';

/** A peer that missed so many quorum checks in a row is owed nothing. */
const goneAfterChecks = 20;

export class RetentionRules {
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** After a step of a leader that led before it, too, with the log `before`. */
  led({ id, context: { log, peers } }: ServerView, before: Log): void {
    if (log.snapshotIndex <= before.snapshotIndex) return;
    for (const [peer, { matchIndex, pinnedIndex, missedChecks }] of Object.entries(peers)) {
      const held = Math.max(matchIndex, pinnedIndex);
      if (missedChecks >= goneAfterChecks || log.snapshotIndex <= held) continue;
      const gone = `${held + 1} … ${log.snapshotIndex}`;
      this.#report('I49', id, `let go of ${gone}, which ${peer} answers and needs`);
    }
  }
}
