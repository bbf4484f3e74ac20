/**
 * I38: what a watch tells is every change, once, in order, all of an index together, and nothing else,
 * wherever it goes on after a server was lost. The committed log is the witness.
 */
import type { LogIndex } from '../../machines/messages.ts';
import type { Reference, ReferenceEvent } from '../reference.ts';
import type { ChangesResponse } from '../../transport/client-protocol.ts';
import type { Report } from './observation.ts';

export class WatchRules {
  /** Changes that watches were told. */
  told = 0;
  readonly #report: Report;
  readonly #reference: Reference;

  constructor(report: Report, reference: Reference) {
    this.#report = report;
    this.#reference = reference;
  }

  /** `watcher` has been told all below `place`, and now this; returns its next place. */
  heard(watcher: string, place: LogIndex, { revision, events }: ChangesResponse): LogIndex {
    if (revision < place) {
      // A server that lags shows life with a revision that has passed, and tells nothing again.
      if (events.length > 0) this.#lies(watcher, `was told ${revision} again, after ${place - 1}`);
      return place;
    }
    for (let index = place; index < revision; index += 1) {
      const missed = this.#reference.eventsAt(index).length;
      if (missed > 0) this.#lies(watcher, `went on to ${revision} without the change at ${index}`);
    }
    const is = JSON.stringify(this.#reference.eventsAt(revision).map(asTold));
    const told = JSON.stringify(events);
    if (told !== is) this.#lies(watcher, `was told ${told} at ${revision}, which is ${is}`);
    this.told += events.length;
    return revision + 1;
  }

  #lies(watcher: string, message: string): void {
    this.#report('I38', null, `${watcher} ${message}`);
  }
}

function asTold(event: ReferenceEvent): object {
  return event.type === 'put' ? { ...event, value: { json: event.value } } : event;
}
