/**
 * I35: at any true time, at most one server would serve a read by its lease (thesis §6.4.1).
 *
 * Clocks of servers drift, and servers pause; true time is the simulator's.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { Report, ServerView } from './observation.ts';

export class LeaseRules {
  /** Those that held one when they were last seen. */
  readonly #holders = new Map<ServerId, ServerView>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** After each chart step: only then a lease can begin. */
  stepped(view: ServerView): void {
    if (!view.holdsLease) {
      this.#holders.delete(view.id);
      return;
    }
    for (const other of this.#holders.values()) {
      if (other.id === view.id || !other.holdsLease) continue;
      this.#report('I35', view.id, `holds a lease while ${other.id} holds one`);
    }
    this.#holders.set(view.id, view);
  }
}
